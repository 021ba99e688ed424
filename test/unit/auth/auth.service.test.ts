import { describe, expect, it } from 'vitest';
import { AllowedOrigins } from '../../../src/api/allowed-origins.ts';
import type { Credentials } from '../../../src/api/credentials.ts';
import { AuthService } from '../../../src/auth/auth.service.ts';
import { ClientCertificates } from '../../../src/auth/client-certificates.ts';
import { InstallationTokens } from '../../../src/auth/installation-tokens.ts';
import { OidcTokens } from '../../../src/auth/oidc/oidc-tokens.ts';
import { hashOf, newToken } from '../../../src/auth/token-format.ts';
import { TicketsService } from '../../../src/auth/tickets.service.ts';
import { TokenRecords } from '../../../src/auth/token-records.ts';
import { TokensService } from '../../../src/auth/tokens.service.ts';
import { principalWith } from '../../../src/domain/role.ts';
import { GrantStore } from '../../../src/grants/grant-store.ts';
import { RightsBook } from '../../../src/grants/rights-book.ts';
import { ClusterState } from '../../../src/swarm/cluster-state.ts';
import { snapshot } from '../../factories/domain.ts';
import { MemoryStore } from './memory-store.ts';

const ADMIN_TOKEN = newToken();
const ADMIN = principalWith('admin', {
  id: 'admin',
  name: 'Installation',
  proof: 'installation-token',
});

const JWT = [{ alg: 'RS256' }, { iss: 'https://login.example.com' }, {}]
  .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  .join('.');

const service = (state: ClusterState, installation = new InstallationTokens(ADMIN_TOKEN)) => {
  const store = new MemoryStore();
  const grants = new GrantStore(store);
  const rights = new RightsBook(grants);
  const tokens = new TokensService(new TokenRecords(store), state, rights);
  return {
    tokens,
    grants,
    auth: new AuthService(
      installation,
      tokens,
      new TicketsService(),
      rights,
      new ClientCertificates(rights, new AllowedOrigins([]), []),
      new OidcTokens(state, []),
    ),
  };
};
/** What comes with a request that has this header and nothing else. */
const sent = (authorization: string | undefined): Credentials => ({
  authorization,
  certificate: null,
  page: {},
  address: undefined,
});
const synced = (): ClusterState => {
  const state = new ClusterState();
  state.apply([{ type: 'snapshot', snapshot: snapshot() }]);
  return state;
};

describe('AuthService', () => {
  it('knows the token of the installation, even before the swarm has been read', () => {
    const { auth } = service(new ClusterState());
    expect(auth.authenticate(sent(`Bearer ${ADMIN_TOKEN}`))).toEqual(ADMIN);
  });

  it('takes an admin token of any form, since it may be chosen by hand', () => {
    const { auth } = service(synced(), new InstallationTokens('by-hand'));
    expect(auth.authenticate(sent('Bearer by-hand'))).toEqual(ADMIN);
  });

  it('knows the token of the routers of the installation, which goes no further', async () => {
    const { auth } = service(new ClusterState(), new InstallationTokens(ADMIN_TOKEN, 'by-hand'));
    const routers = await auth.authenticate(sent('Bearer by-hand'));
    expect(routers).toMatchObject({ role: 'router' });
    expect(auth.isInForce(routers)).toBe(true);
    expect(() => auth.authenticate(sent('Bearer null'))).toThrow(/incomplete or mistyped/);
  });

  it('knows whom a token belongs to', async () => {
    const { auth, tokens } = service(synced());
    const { id, token } = await tokens.create({ name: 'ci', role: 'viewer' }).apply(ADMIN);
    expect(auth.authenticate(sent(`Bearer ${token}`))).toMatchObject({
      id,
      name: 'ci',
      proof: 'api-token',
      subjects: [`token:${id}`],
      expiresAt: null,
      role: 'viewer',
    });
    expect(auth.authenticate(sent(`bearer   ${token}`))).toMatchObject({ id });
    await tokens.revoke(id).apply(ADMIN);
    expect(() => auth.authenticate(sent(`Bearer ${token}`))).toThrow(/revoked/);
  });

  it.each([
    ['nothing', undefined, /Send a token/],
    ['an empty header', '', /Send a token/],
    ['another scheme', `Basic ${ADMIN_TOKEN}`, /must be "Bearer <token>"/],
    ['no scheme', ADMIN_TOKEN, /must be "Bearer <token>"/],
    ['no token', 'Bearer ', /must be "Bearer <token>"/],
    ['two tokens', `Bearer ${ADMIN_TOKEN} ${ADMIN_TOKEN}`, /must be "Bearer <token>"/],
    ['something else', 'Bearer secret', /incomplete or mistyped/],
    ['a part of a token', `Bearer ${ADMIN_TOKEN.slice(0, -1)}`, /incomplete or mistyped/],
    ['a token of nobody', `Bearer ${newToken()}`, /unknown, expired or revoked/],
    ['the hash of a token', `Bearer ${hashOf(ADMIN_TOKEN)}`, /incomplete or mistyped/],
  ])('refuses %s, saying why', (_, header, message) => {
    const { auth } = service(synced());
    expect(() => auth.authenticate(sent(header))).toThrow(
      expect.objectContaining({
        kind: 'unauthenticated',
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });

  it('refuses a token of an issuer that it does not know', async () => {
    const { auth } = service(synced());
    await expect(auth.authenticate(sent(`Bearer ${JWT}`))).rejects.toThrow(/does not take tokens of/);
  });

  it('never repeats the token that was sent', () => {
    const { auth } = service(synced());
    for (const secret of [newToken(), 'mistyped-secret']) {
      expect(() => auth.authenticate(sent(`Bearer ${secret}`))).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(secret) as string }) as Error,
      );
    }
  });

  it('does not call a token unknown while it cannot know', () => {
    const { auth } = service(new ClusterState());
    expect(() => auth.authenticate(sent(`Bearer ${newToken()}`))).toThrow(
      expect.objectContaining({ kind: 'not-synced' }) as Error,
    );
  });
});
