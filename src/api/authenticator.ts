import type { Principal } from '../domain/role.ts';

/** What every surface asks to know who is there; the auth feature answers. */
export abstract class Authenticator {
  /** Who sends this `Authorization` header. Fails `unauthenticated`, or `not-synced` while tokens cannot be read. */
  abstract authenticate(authorization: string | undefined): Principal;
}
