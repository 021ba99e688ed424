import { describe, expect, it } from 'vitest';
import { AuthService } from '../../../src/auth/auth.service.ts';
import { InstallationTokens } from '../../../src/auth/installation-tokens.ts';
import { hashOf, newToken } from '../../../src/auth/token-format.ts';
import { TicketsService } from '../../../src/auth/tickets.service.ts';
import { TokensService } from '../../../src/auth/tokens.service.ts';
import { ClusterState } from '../../../src/swarm/cluster-state.ts';
import { snapshot } from '../../factories/domain.ts';
import { MemoryStore } from './memory-store.ts';

const ADMIN_TOKEN = newToken();
const ADMIN = { id: 'admin', name: 'Installation', role: 'admin' } as const;

const service = (state: ClusterState) => {
  const tokens = new TokensService(new MemoryStore(), state);
  return {
    tokens,
    auth: new AuthService(new InstallationTokens(ADMIN_TOKEN), tokens, new TicketsService()),
  };
};
const synced = (): ClusterState => {
  const state = new ClusterState();
  state.apply([{ type: 'snapshot', snapshot: snapshot() }]);
  return state;
};

describe('AuthService', () => {
  it('knows the token of the installation, even before the swarm has been read', () => {
    const { auth } = service(new ClusterState());
    expect(auth.authenticate(`Bearer ${ADMIN_TOKEN}`)).toEqual(ADMIN);
  });

  it('takes an admin token of any form, since it may be chosen by hand', () => {
    const tokens = new TokensService(new MemoryStore(), synced());
    const auth = new AuthService(new InstallationTokens('by-hand'), tokens, new TicketsService());
    expect(auth.authenticate('Bearer by-hand')).toEqual(ADMIN);
  });

  it('knows the token of the routers of the installation, which goes no further', () => {
    const tokens = new TokensService(new MemoryStore(), new ClusterState());
    const auth = new AuthService(
      new InstallationTokens(ADMIN_TOKEN, 'by-hand'),
      tokens,
      new TicketsService(),
    );
    const routers = auth.authenticate('Bearer by-hand');
    expect(routers).toMatchObject({ role: 'router' });
    expect(auth.isInForce(routers)).toBe(true);
    expect(() => auth.authenticate('Bearer null')).toThrow(/incomplete or mistyped/);
  });

  it('knows whom a token belongs to', async () => {
    const { auth, tokens } = service(synced());
    const { id, token } = await tokens.create({ name: 'ci', role: 'viewer' }, ADMIN).apply(ADMIN);
    expect(auth.authenticate(`Bearer ${token}`)).toEqual({ id, name: 'ci', role: 'viewer' });
    expect(auth.authenticate(`bearer   ${token}`)).toMatchObject({ id });
    await tokens.revoke(id).apply(ADMIN);
    expect(() => auth.authenticate(`Bearer ${token}`)).toThrow(/revoked/);
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
    expect(() => auth.authenticate(header)).toThrow(
      expect.objectContaining({
        kind: 'unauthenticated',
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });

  it('never repeats the token that was sent', () => {
    const { auth } = service(synced());
    for (const sent of [newToken(), 'mistyped-secret']) {
      expect(() => auth.authenticate(`Bearer ${sent}`)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(sent) as string }) as Error,
      );
    }
  });

  it('does not call a token unknown while it cannot know', () => {
    const { auth } = service(new ClusterState());
    expect(() => auth.authenticate(`Bearer ${newToken()}`)).toThrow(
      expect.objectContaining({ kind: 'not-synced' }) as Error,
    );
  });
});
