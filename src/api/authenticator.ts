import type { Principal } from '../domain/role.ts';
import type { Credentials } from './credentials.ts';

/** What every surface asks to know who is there; the auth feature answers. */
export abstract class Authenticator {
  /**
   * Who sends these. Fails `unauthenticated`, `not-synced` while tokens cannot be read, and `unavailable` while it cannot be
   * found out.
   */
  abstract authenticate(credentials: Credentials): Principal | Promise<Principal>;

  /**
   * Whether a principal that was proven earlier still is who it was, and may do just what it could do then. For what lasts
   * longer than a request. Never fails.
   */
  abstract isInForce(principal: Principal): boolean;

  /** Who a single-use ticket was made for. Fails `unauthenticated`. */
  abstract redeem(ticket: string): Principal;
}
