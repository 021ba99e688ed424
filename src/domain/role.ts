import { ROLES, type Role } from './access/access-role.ts';
import type { Subject } from './access/grant.ts';
import { rightsOfRole, type Rights } from './access/rights.ts';

export { ROLES, type Role };

/** How somebody has proven who they are. An `installation-token` is one that the server was started with. */
export const PROOFS = ['installation-token', 'api-token', 'oidc', 'client-certificate', 'itself'] as const;
export type Proof = (typeof PROOFS)[number];

/** Who somebody is, as was proven, without what they may do. */
export interface Identity {
  /** Of the token; `admin` and `routers` for those of the installation; else the subject of the user. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly proof: Proof;
  /** Whom grants name to mean them: themselves, and the groups that they are in. */
  readonly subjects: readonly Subject[];
  /** Until when the proof holds, RFC 3339; null for no end. */
  readonly expiresAt: string | null;
  /** Of a token: how often it had been rotated when the secret was made that has proven it. */
  readonly rotation?: number;
  /** Of a token of another issuer: the key that it is signed by, as its thumbprint (RFC 7638). */
  readonly signedBy?: string;
}

/** Who makes a request, once proven, and what they may do. */
export interface Principal extends Identity {
  /** The built-in role that they have for everything; null for none. */
  readonly role: Role | null;
  readonly rights: Rights;
}

const COVERED: Readonly<Record<Role, readonly Role[]>> = {
  viewer: ['viewer'],
  operator: ['viewer', 'operator'],
  admin: ROLES,
  router: ['router'],
};

/** True when `role` may do what `needed` may. */
export function covers(role: Role | null, needed: Role): boolean {
  return role !== null && COVERED[role].includes(needed);
}

/** What a principal may see, as a key: principals with the same key see the same, and may share an answer. */
export function rightsOf({ rights }: Principal): string {
  return rights.key;
}

/** Somebody with a built-in role for everything. */
export function principalWith(
  role: Role,
  {
    id,
    name = id,
    proof = 'api-token',
  }: { readonly id: string; readonly name?: string; readonly proof?: Proof },
): Principal {
  const subjects: readonly Subject[] = proof === 'api-token' ? [`token:${id}`] : [];
  return { id, name, proof, subjects, expiresAt: null, role, rights: rightsOfRole(role) };
}

/** Who does what nobody asks for just then, or what was asked for and judged before, such as the steps of an operation. */
export const ITSELF: Principal = principalWith('admin', {
  id: 'swarmplane',
  name: 'Swarmplane itself',
  proof: 'itself',
});
