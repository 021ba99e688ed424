import { BUILT_IN, has, type ROLES, type AccessRole, type Role } from './access-role.ts';
import { RESOURCE_KINDS, VERBS, type ResourceKind, type Target, type Verb } from './resource-kind.ts';
import { EVERYTHING, isWithin, type Scope } from './scope.ts';

/** A role for a scope, and through what somebody has it: `grant "pay"`, or `the role of the token`. */
export interface Binding {
  readonly through: string;
  /** The name of the grant, where it is one. */
  readonly grant?: string;
  readonly role: AccessRole;
  readonly scope: Scope;
}

/** What somebody may do. It never changes: who is granted something else has other rights. */
export class Rights {
  /** The same for all who may do the same: they can share what was answered to one of them. */
  readonly key: string;
  /** The built-in role that they have for everything; null for none. */
  readonly role: Role | null;
  /** `verb kind` of all that they have for everything. */
  private readonly everything: ReadonlySet<string>;
  private readonly anything: ReadonlySet<string>;

  constructor(readonly bindings: readonly Binding[]) {
    const whole = bindings.filter(({ scope }) => scope.all);
    this.role =
      STRONGEST_FIRST.find((role) => whole.some((binding) => binding.role === BUILT_IN[role])) ?? null;
    this.everything = pairsOf(whole);
    this.anything = pairsOf(bindings);
    this.key =
      bindings.length === 1 && this.role !== null
        ? this.role
        : JSON.stringify(bindings.map(({ role, scope }) => [role.rules, scope]));
  }

  /** Whether they may do this with every object of a kind. */
  everywhere(verb: Verb, kind: ResourceKind): boolean {
    return this.everything.has(`${verb} ${kind}`);
  }

  /** Whether there can be an object with which they may do this. */
  anywhere(verb: Verb, kind: ResourceKind): boolean {
    return this.anything.has(`${verb} ${kind}`);
  }

  may(verb: Verb, kind: ResourceKind, target: Target): boolean {
    return this.everywhere(verb, kind) || this.through(verb, kind, target) !== null;
  }

  /** What lets them do this; null when nothing does. */
  through(verb: Verb, kind: ResourceKind, target: Target): Binding | null {
    if (!this.anywhere(verb, kind)) return null;
    return (
      this.bindings.find(({ role, scope }) => has(role, verb, kind) && isWithin(scope, kind, target)) ?? null
    );
  }
}

const STRONGEST_FIRST: readonly Role[] = [
  'admin',
  'operator',
  'viewer',
  'router',
] satisfies (typeof ROLES)[number][];

function pairsOf(bindings: readonly Binding[]): ReadonlySet<string> {
  return new Set(
    bindings.flatMap(({ role }) =>
      VERBS.flatMap((verb) =>
        RESOURCE_KINDS.filter((kind) => has(role, verb, kind)).map((kind) => `${verb} ${kind}`),
      ),
    ),
  );
}

const OF_ROLES: Readonly<Record<Role, Rights>> = {
  viewer: ofRole('viewer'),
  operator: ofRole('operator'),
  admin: ofRole('admin'),
  router: ofRole('router'),
};

function ofRole(role: Role): Rights {
  return new Rights([{ through: `the role "${role}"`, role: BUILT_IN[role], scope: EVERYTHING }]);
}

/** The rights of who has a built-in role for everything, and no grants. */
export function rightsOfRole(role: Role): Rights {
  return OF_ROLES[role];
}

export const NO_RIGHTS = new Rights([]);
