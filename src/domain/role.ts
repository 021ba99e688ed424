/**
 * Each role may do what those before it may, but for `router`, which stands beside them: it may read what routers are
 * told and report what became of it, and nothing else.
 */
export const ROLES = ['viewer', 'operator', 'admin', 'router'] as const;
export type Role = (typeof ROLES)[number];

/** What a handler can ask for: a role, or any of them. */
export type NeededRole = Role | 'any';

const COVERED: Readonly<Record<Role, readonly Role[]>> = {
  viewer: ['viewer'],
  operator: ['viewer', 'operator'],
  admin: ROLES,
  router: ['router'],
};

/** True when `role` may do what `needed` is asked for. */
export function covers(role: Role, needed: NeededRole): boolean {
  return needed === 'any' || COVERED[role].includes(needed);
}

/** Who makes a request, once proven. `id` is the token's, or `admin` for the token of the installation. */
export interface Principal {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
}

/** What a principal may see, as a key: principals with the same key see the same, and may share an answer. */
export function rightsOf({ role }: Principal): string {
  return role;
}

/** Who does what nobody asks for just then, or what was asked for and judged before, such as the steps of an operation. */
export const ITSELF: Principal = { id: 'swarmplane', name: 'Swarmplane itself', role: 'admin' };
