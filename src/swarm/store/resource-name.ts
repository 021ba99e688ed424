import { invalid } from '../../domain/errors.ts';

/** All configs of ours begin with this; the change stream asks for no other configs. */
export const RESOURCE_NAME_PREFIX = 'swarmplane.';

/** Swarm allows 64 characters for the name of a config. */
const MAX_NAME_LENGTH = 64;
const PART = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** The name of the config that holds a resource, `swarmplane.<kind>.<id>`. Fails `invalid` when it cannot be one. */
export function resourceName(kind: string, id: string): string {
  const name = `${RESOURCE_NAME_PREFIX}${kind}.${id}`;
  if (PART.test(kind) && PART.test(id) && name.length <= MAX_NAME_LENGTH) return name;
  throw invalid([
    {
      pointer: '/id',
      detail: `"${id}" is no id of a ${kind}: use lower-case letters, digits and hyphens, ${MAX_NAME_LENGTH - RESOURCE_NAME_PREFIX.length - kind.length - 1} at most.`,
    },
  ]);
}

/** Kind and id from the name of a config; undefined when it is not one of ours. */
export function parseResourceName(name: string): { kind: string; id: string } | undefined {
  if (!name.startsWith(RESOURCE_NAME_PREFIX)) return undefined;
  const [kind, id, ...rest] = name.slice(RESOURCE_NAME_PREFIX.length).split('.');
  return kind && id && PART.test(kind) && PART.test(id) && rest.length === 0 ? { kind, id } : undefined;
}
