/** From least to most: each role may do what those before it may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** True when `role` may do what `needed` is asked for. */
export function covers(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
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
