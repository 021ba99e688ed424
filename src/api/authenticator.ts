import type { Principal } from '../domain/role.ts';
import type { Credentials } from './credentials.ts';

/**
 * `other-rights`: still who it was, and may do something else than it could then. `ended`: what it was proven by is revoked
 * or has expired.
 */
export type Standing = 'in-force' | 'other-rights' | 'ended';

/** What every surface asks to know who is there; the auth feature answers. */
export abstract class Authenticator {
  /**
   * Who sends these. Fails `unauthenticated`, `not-synced` while tokens cannot be read, and `unavailable` while it cannot be
   * found out.
   */
  abstract authenticate(credentials: Credentials): Principal | Promise<Principal>;

  /** What has become of a principal that was proven earlier. For what lasts longer than a request. Never fails. */
  abstract standing(principal: Principal): Standing;

  /** Whether a principal that was proven earlier still is who it was, and may do just what it could do then. */
  isInForce(principal: Principal): boolean {
    return this.standing(principal) === 'in-force';
  }

  /** Who a single-use ticket was made for. Fails `unauthenticated`. */
  abstract redeem(ticket: string): Principal;
}
