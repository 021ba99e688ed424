import { createHash } from 'node:crypto';
import type { RouterConfig } from '../domain/router-config.ts';

const digests = new WeakMap<object, string>();

/**
 * The hash of what a configuration says, its version left out: SHA-256 over the digests of its parts, so that only
 * parts that are new objects are looked at. 64 hexadecimal digits.
 */
export function configHash(config: Pick<RouterConfig, 'settings' | 'routes' | 'certificates'>): string {
  const hash = createHash('sha256').update(digestOf(config.settings));
  for (const part of [...config.routes, ...config.certificates]) hash.update(digestOf(part));
  return hash.digest('hex');
}

function digestOf(part: object): string {
  let digest = digests.get(part);
  if (digest === undefined) {
    digest = createHash('sha256').update(JSON.stringify(part)).digest('hex');
    digests.set(part, digest);
  }
  return digest;
}
