import { has, type AccessRole } from './access-role.ts';
import { RESOURCE_KINDS, VERBS, type ResourceKind, type Target, type Verb } from './resource-kind.ts';
import type { Rights } from './rights.ts';
import { isWithin } from './scope.ts';

/** Something that somebody has, and that would have let them do it but for one thing. */
export interface NearMiss {
  readonly through: string;
  /** What is missing: the role has not the verb, or the scope has not the object. */
  readonly lacks: 'verb' | 'scope';
  readonly role: string;
}

/** Whether somebody may do something with an object, and why. */
export interface AccessVerdict {
  readonly allowed: boolean;
  /** What lets them; null when nothing does. */
  readonly through: string | null;
  /** Of a no: what came near. */
  readonly nearMisses: readonly NearMiss[];
}

/** Says whether rights let somebody do something with an object, and why. */
export function verdictOn(rights: Rights, verb: Verb, kind: ResourceKind, target: Target): AccessVerdict {
  const through = rights.through(verb, kind, target)?.through ?? null;
  if (through !== null) return { allowed: true, through, nearMisses: [] };
  const nearMisses = rights.bindings.flatMap(({ through, role, scope }): NearMiss[] => {
    const near = { through, role: role.name };
    if (has(role, verb, kind)) return [{ ...near, lacks: 'scope' }];
    return isWithin(scope, kind, target) ? [{ ...near, lacks: 'verb' }] : [];
  });
  return { allowed: false, through, nearMisses };
}

/** What of some roles somebody does not have for everything, as `update service`. Nobody gives what they do not have. */
export function lackingFor(rights: Rights, roles: readonly AccessRole[]): string[] {
  return RESOURCE_KINDS.flatMap((kind) =>
    VERBS.filter((verb) => roles.some((role) => has(role, verb, kind)) && !rights.everywhere(verb, kind)).map(
      (verb) => `${verb} ${kind}`,
    ),
  );
}
