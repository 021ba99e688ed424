import { Authenticator } from '../../src/api/authenticator.ts';
import type { Principal } from '../../src/domain/role.ts';
import type { Surface } from './surface.ts';

/** Who the server takes the bearer of a token for, without a request. Fails as the request would. */
export async function authenticate({ app }: Surface, token: string): Promise<Principal> {
  const nothing = { certificate: null, page: {}, address: '127.0.0.1' };
  const authenticator = app.get(Authenticator, { strict: false });
  return authenticator.authenticate({ ...nothing, authorization: `Bearer ${token}` });
}
