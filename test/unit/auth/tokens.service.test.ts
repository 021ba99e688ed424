import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { askedBy } from '../../../src/api/asker.ts';
import type { Page } from '../../../src/api/page.ts';
import type { Token } from '../../../src/auth/auth.types.ts';
import { hashOf, isWellFormed, newToken } from '../../../src/auth/token-format.ts';
import { TokenRecords } from '../../../src/auth/token-records.ts';
import { TokensService } from '../../../src/auth/tokens.service.ts';
import { BUILT_IN } from '../../../src/domain/access/access-role.ts';
import { EVERYTHING } from '../../../src/domain/access/scope.ts';
import { principalWith } from '../../../src/domain/role.ts';
import { GrantStore } from '../../../src/grants/grant-store.ts';
import { RightsBook } from '../../../src/grants/rights-book.ts';
import { ClusterState } from '../../../src/swarm/cluster-state.ts';
import { snapshot } from '../../factories/domain.ts';
import { MemoryStore } from './memory-store.ts';

const ADMIN = principalWith('admin', { id: 'admin', name: 'Installation' });
const NOW = new Date('2026-06-01T12:00:00Z');
const ALL = { limit: 100, cursor: null };

// One of the tests makes it write a line that nobody needs to see.
Logger.overrideLogger(false);

describe('TokensService', () => {
  let store: MemoryStore;
  let state: ClusterState;
  let tokens: TokensService;

  beforeEach(() => {
    vi.useFakeTimers({ now: NOW });
    store = new MemoryStore();
    state = new ClusterState();
    state.apply([{ type: 'snapshot', snapshot: snapshot() }]);
    tokens = serviceOver(state);
  });
  afterEach(() => void vi.useRealTimers());

  const serviceOver = (read: ClusterState): TokensService =>
    new TokensService(new TokenRecords(store), read, new RightsBook(new GrantStore(store)));
  const list = (page = ALL as { limit: number; cursor: string | null }): Page<Token> =>
    askedBy(ADMIN, () => tokens.list(page));
  const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
  const create = (input: Partial<Parameters<TokensService['create']>[0]> = {}) =>
    tokens.create({ name: 'ci', role: 'operator', ...input }).apply(ADMIN);
  const kept = (): unknown[] => store.list('token').map(({ document }) => document);

  it('makes a token, and keeps nothing of it but a hash', async () => {
    const { token, ...shown } = await create();
    expect(isWellFormed(token)).toBe(true);
    expect(shown).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      version: 1,
      name: 'ci',
      role: 'operator',
      createdAt: NOW.toISOString(),
      createdBy: 'admin',
      expiresAt: null,
      lastUsedAt: null,
      scope: EVERYTHING,
      rotations: 0,
      previousExpiresAt: null,
    });
    expect(kept()).toMatchObject([{ sha256: hashOf(token) }]);
    expect(JSON.stringify(kept())).not.toContain(token);
    expect(JSON.stringify(list())).not.toMatch(new RegExp(`${token}|${hashOf(token)}|sha256`));
  });

  it('recognises whom a token belongs to', async () => {
    const { id, token } = await create({ name: 'ops', role: 'admin' });
    await create({ name: 'other', role: 'viewer' });
    expect(tokens.recognise(token)).toEqual({
      identity: {
        id,
        name: 'ops',
        proof: 'api-token',
        subjects: [`token:${id}`],
        expiresAt: null,
        rotation: 0,
      },
      own: { through: 'the role of the token', role: BUILT_IN.admin, scope: EVERYTHING },
    });
    expect(tokens.recognise(newToken())).toBeUndefined();
    expect(tokens.recognise(hashOf(token))).toBeUndefined();
  });

  it('forgets a token that was revoked', async () => {
    const { id, token } = await create();
    const other = await create();
    expect(await tokens.revoke(id).apply(ADMIN)).toBe(id);
    expect(tokens.recognise(token)).toBeUndefined();
    expect(tokens.recognise(other.token)).toMatchObject({ identity: { id: other.id } });
    expect(list().items.map((item) => item.id)).toEqual([other.id]);
    await expect(tokens.revoke(id).apply(ADMIN)).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('recognises a token up to the moment when it expires', async () => {
    const { token, expiresAt } = await create({ expiresAt: '2026-06-01T14:00:00+01:00' });
    expect(expiresAt).toBe('2026-06-01T13:00:00.000Z');
    expect(tokens.recognise(token, new Date('2026-06-01T12:59:59.999Z'))).toMatchObject({
      identity: { name: 'ci' },
    });
    expect(tokens.recognise(token, new Date('2026-06-01T13:00:00.000Z'))).toBeUndefined();
    expect(tokens.recognise(token, new Date('2027-01-01T00:00:00Z'))).toBeUndefined();
    expect(list().total).toBe(1);
  });

  it.each([
    ['in the past', '2026-06-01T11:59:59Z'],
    ['now', '2026-06-01T12:00:00Z'],
    ['in the past, though it looks later', '2026-06-01T13:00:00+02:00'],
    ['no time', 'tomorrow'],
    ['a week, which ISO 8601 knows and RFC 3339 does not', '2026-W30-1'],
    ['a second that never was', '2026-12-31T23:59:61Z'],
  ])('makes no token that expires %s', async (_, expiresAt) => {
    await expect(create({ expiresAt })).rejects.toMatchObject({
      kind: 'invalid',
      errors: [{ pointer: '/expiresAt' }],
    });
    expect(store.writes).toBe(0);
  });

  it('lists tokens by their age, page by page', async () => {
    const names = ['first', 'second', 'third'];
    for (const name of names) {
      await create({ name });
      vi.advanceTimersByTime(1000);
    }
    const page = list({ limit: 2, cursor: null });
    expect(page.items.map(({ name }) => name)).toEqual(['first', 'second']);
    expect(page.total).toBe(3);
    expect(list({ limit: 2, cursor: page.nextCursor }).items.map(({ name }) => name)).toEqual(['third']);
  });

  it('notes the use of a token, but not every one of them', async () => {
    const { token } = await create();
    const created = store.writes;
    for (const minutes of [0, 0, 5, 9]) {
      tokens.recognise(token, new Date(NOW.getTime() + minutes * 60_000));
      await settle();
    }
    expect(store.writes).toBe(created + 1);
    expect(list().items[0]?.lastUsedAt).toBe(NOW.toISOString());
    tokens.recognise(token, new Date(NOW.getTime() + 10 * 60_000));
    await settle();
    expect(store.writes).toBe(created + 2);
    expect(kept()).toMatchObject([{ name: 'ci', role: 'operator', sha256: hashOf(token) }]);
  });

  it('notes a use once only when many come at a time', async () => {
    const { token } = await create();
    const created = store.writes;
    const update = vi.spyOn(store, 'update').mockImplementation(() => new Promise(() => {}));
    for (let use = 0; use < 10; use++) tokens.recognise(token);
    await settle();
    expect(update).toHaveBeenCalledTimes(1);
    expect(store.writes).toBe(created);
  });

  it('recognises a token although its use cannot be noted, and tries again later', async () => {
    const { token } = await create();
    const update = vi.spyOn(store, 'update').mockRejectedValue(new Error('no leader'));
    expect(tokens.recognise(token)).toMatchObject({ identity: { name: 'ci' } });
    await settle();
    expect(tokens.recognise(token)).toMatchObject({ identity: { name: 'ci' } });
    await settle();
    expect(update).toHaveBeenCalledTimes(2);
  });

  it('does not recognise anybody by a document with a role that is none', async () => {
    const token = newToken();
    store.put('token', 'bad', { name: 'x', role: 'root', sha256: hashOf(token), expiresAt: null });
    expect(tokens.recognise(token)).toBeUndefined();
  });

  it.each([{}, { sha256: 7 }, { name: 'x' }, []])(
    'is not disturbed by a document such as %j',
    async (document) => {
      store.put('token', 'bad', document);
      const { token } = await create();
      expect(tokens.recognise(token)).toMatchObject({ identity: { name: 'ci' } });
      expect(tokens.recognise(newToken())).toBeUndefined();
    },
  );

  it('knows nobody before the swarm has been read, and says so', async () => {
    const early = serviceOver(new ClusterState());
    const notSynced = expect.objectContaining({ kind: 'not-synced' }) as Error;
    expect(() => early.recognise(newToken())).toThrow(notSynced);
    expect(() => early.list(ALL)).toThrow(notSynced);
    await expect(early.create({ name: 'ci', role: 'viewer' }).apply(ADMIN)).rejects.toThrow(notSynced);
    await expect(early.revoke('a').apply(ADMIN)).rejects.toThrow(notSynced);
  });
});
