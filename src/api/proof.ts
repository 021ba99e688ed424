import type { Principal } from '../domain/role.ts';

/** A request, and what has come of the proof that it has brought. */
export interface Proving {
  principal?: Principal;
  /** What the proof has failed with. */
  unproven?: { readonly error: unknown };
}

/** Who makes a request. Fails with what their proof has failed with. */
export function proven({ principal, unproven }: Proving): Principal {
  if (principal) return principal;
  throw unproven
    ? unproven.error
    : new Error('Nobody has looked at the proof of this request: see limitRequests.');
}
