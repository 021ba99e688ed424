import type { Principal } from '../domain/role.ts';

/** What every surface asks to know who is there; the auth feature answers. */
export abstract class Authenticator {
  /** Who sends this `Authorization` header. Fails `unauthenticated`, or `not-synced` while tokens cannot be read. */
  abstract authenticate(authorization: string | undefined): Principal;

  /**
   * Whether a principal that was proven earlier still is who it was: its token is neither revoked nor expired. For
   * what lasts longer than a request. Never fails.
   */
  abstract isInForce(principal: Principal): boolean;

  /** Who a single-use ticket was made for. Fails `unauthenticated`. */
  abstract redeem(ticket: string): Principal;
}
