import type { ServiceSpec } from '../service.ts';
import type { Privilege } from './privilege.ts';

/** The image: exceptions say from where it may be. */
export function imagePrivileges({ image }: ServiceSpec): Privilege[] {
  return [{ rule: 'images', pointer: '/image', name: repositoryOf(image), value: image }];
}

/** `docker.io/library/nginx` for `nginx:1.27`: what the engine makes of a name (`distribution/reference`). */
function repositoryOf(image: string): string {
  const [named = ''] = image.split('@');
  const slash = named.indexOf('/');
  const first = slash < 0 ? '' : named.slice(0, slash);
  const hasRegistry = first.includes('.') || first.includes(':') || first === 'localhost';
  const registry = hasRegistry && first !== 'index.docker.io' ? first : 'docker.io';
  const path = (hasRegistry ? named.slice(slash + 1) : named).replace(/:[^/:]*$/, '');
  return `${registry}/${registry === 'docker.io' && !path.includes('/') ? 'library/' : ''}${path}`;
}
