import { keyOfName } from './names.ts';
import type { Service } from './service.ts';

/** A name that the last update may have left behind in Docker's DNS, or not brought there. */
export interface Caveat {
  readonly name: string;
  readonly text: string;
  /** Whether the service still has the name. */
  readonly isKept: boolean;
}

/**
 * Names of a service on a network that Docker may answer otherwise than the spec says, by their keys. Engines bind the
 * names of a virtual IP when the first task of a service comes, and undo it when the last one has ended (libnetwork
 * `service_common.go`, `addService` and `rmService`): what an update changes meanwhile they do not follow. Measured on
 * 20.10.24: a new alias does not answer, and one that was taken away goes on answering, even after the service is gone.
 */
export function caveatsOf(service: Service, networkId: string): ReadonlyMap<string, Caveat> {
  const before = service.previousSpec;
  const [had, has] = [before, service].map(
    (spec) => spec?.networks.find((joined) => joined.networkId === networkId)?.aliases,
  );
  const caveats = new Map<string, Caveat>();
  // A network that is joined or left altogether is followed.
  if (!before || !had || !has) return caveats;
  const add = (name: string, isKept: boolean, text: string): void =>
    void caveats.set(keyOfName(name), {
      name,
      isKept,
      text: `${text} Engines on which tasks of "${service.name}" ran all the while do not follow that. Scaled to none and back they do; POST /v1/discovery/probe shows what they answer.`,
    });
  const [wasBalanced, isBalanced] = [before, service].map(({ endpointMode }) => endpointMode === 'vip');
  const [hadKeys, hasKeys] = [had, has].map((aliases) => new Set(aliases.map(keyOfName)));
  if (wasBalanced !== isBalanced) {
    const text = `The last update of "${service.name}" has changed its endpoint mode.`;
    for (const name of [service.name, ...has]) add(name, true, text);
  } else if (isBalanced) {
    const fresh = has.filter((alias) => !hadKeys?.has(keyOfName(alias)));
    for (const alias of fresh) add(alias, true, `The last update has given "${service.name}" this alias.`);
  }
  const taken = wasBalanced ? had.filter((alias) => !hasKeys?.has(keyOfName(alias))) : [];
  for (const alias of taken) {
    add(alias, false, `The last update has taken this alias from "${service.name}".`);
  }
  return caveats;
}
