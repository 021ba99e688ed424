import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OidcTokens } from '../../../../src/auth/oidc/oidc-tokens.ts';
import { MAX_AGE_MS } from '../../../../src/auth/oidc/issuer-keys.ts';
import { BUILT_IN } from '../../../../src/domain/access/access-role.ts';
import { NO_RIGHTS } from '../../../../src/domain/access/rights.ts';
import type { Identity, Principal } from '../../../../src/domain/role.ts';
import { ClusterState } from '../../../../src/swarm/cluster-state.ts';
import { snapshot } from '../../../factories/domain.ts';
import { FakeIssuer, jwkOf, newKey, sendJson } from '../../../fakes/fake-issuer.ts';

const second = newKey('second');

let issuer: FakeIssuer;
let tokens: OidcTokens;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  issuer = await FakeIssuer.start();
  tokens = tokensWith({ roles: { a: 'viewer', b: 'admin', c: 'operator', 7: 'viewer' } });
});
afterEach(async () => {
  await issuer.close();
  vi.useRealTimers();
});

function tokensWith(settings: object): OidcTokens {
  const state = new ClusterState();
  state.apply([{ type: 'snapshot', snapshot: snapshot() }]);
  return new OidcTokens(state, [issuer.settings({ ...settings })]);
}

const pass = (ms: number): unknown => vi.advanceTimersByTime(ms);
const principal = (identity: Identity): Principal => ({ ...identity, role: null, rights: NO_RIGHTS });

describe('OidcTokens', () => {
  it('verifies a token once a minute, and never past its end', async () => {
    const token = issuer.token({ exp: Math.floor(Date.now() / 1000) + 90 });
    const first = tokens.recognise(token);
    expect(first).toBeInstanceOf(Promise);
    const proven = await first;
    pass(59_999);
    expect(tokens.recognise(token)).toEqual(proven);
    pass(1);
    const again = tokens.recognise(token);
    expect(again).toBeInstanceOf(Promise);
    expect(await again).toEqual(proven);
    pass(30_000);
    await expect(tokens.recognise(token)).rejects.toThrow(/has expired/);
  });

  it.each([
    [['x'], null, ''],
    [['a'], 'viewer', 'the group "a" of corp'],
    [['a', 'c'], 'operator', 'the group "c" of corp'],
    [['7', 'c', 'b', 'a'], 'admin', 'the group "b" of corp'],
    [['A'], null, ''],
  ] as const)('lets who is in %j be %s by that alone', async (groups, role, through) => {
    const { own } = await tokens.recognise(issuer.token({ groups }));
    expect(own?.role).toBe(role === null ? undefined : BUILT_IN[role]);
    if (role !== null) expect(own).toMatchObject({ through, scope: { all: true } });
  });

  it('knows again whom a token has proven, until it ends', async () => {
    const { identity, own } = await tokens.recognise(issuer.token({ groups: ['b'] }));
    const known = principal(identity);
    expect(tokens.provenBy(known)).toMatchObject({ own });
    expect(tokens.provenBy({ ...known, id: 'user:corporate:ada' })).toBeUndefined();
    expect(tokens.provenBy({ ...known, proof: 'client-certificate' })).toBeUndefined();
    expect(tokens.provenBy({ ...known, signedBy: undefined })).toBeUndefined();
    pass(600_000);
    expect(tokens.provenBy(known)).toBeUndefined();
  });

  it('lets go of all that a key has proven when it is taken back', async () => {
    issuer.jwks.keys.push(jwkOf(second));
    const [old, newer] = [issuer.token(), issuer.token({}, { key: second })];
    await tokens.issuers[0]!.keys.refresh();
    pass(30_000);
    const { identity } = await tokens.recognise(old);
    const { identity: other } = await tokens.recognise(newer);
    issuer.jwks = { keys: [jwkOf(second)] };
    // Both are still remembered.
    pass(30_000);
    await tokens.issuers[0]!.keys.refresh();
    expect(tokens.provenBy(principal(identity))).toBeUndefined();
    expect(tokens.provenBy(principal(other))).toBeDefined();
    await expect(tokens.recognise(old)).rejects.toThrow(/key that its issuer does not have/);
    expect(await tokens.recognise(newer)).toMatchObject({ identity: { id: 'user:corp:ada' } });
  });

  it('goes on for a day without the issuer, and no longer', async () => {
    const lasting = issuer.token({ exp: Math.floor((Date.now() + 2 * MAX_AGE_MS) / 1000) });
    const { identity } = await tokens.recognise(lasting);
    issuer.answersKeys = (to) => to.writeHead(503).end();
    pass(MAX_AGE_MS - 1);
    await tokens.issuers[0]!.keys.refreshIfDue();
    expect(await tokens.recognise(lasting)).toMatchObject({ identity: { id: 'user:corp:ada' } });
    pass(60_000);
    await expect(tokens.recognise(lasting)).rejects.toMatchObject({ kind: 'issuer-unreachable' });
    expect(tokens.provenBy(principal(identity))).toBeUndefined();
    issuer.answersKeys = null;
    pass(60_000);
    expect(await tokens.recognise(lasting)).toMatchObject({ identity: { id: 'user:corp:ada' } });
  });

  it('asks once for all that come at once', async () => {
    const answers: (() => void)[] = [];
    issuer.answersKeys = (to) => void answers.push(() => sendJson(to, issuer.jwks));
    const many = Array.from({ length: 50 }, (_, index) => issuer.token({ sub: `user-${index}` }));
    const verdicts = Promise.all(many.map(async (token) => tokens.recognise(token)));
    await vi.waitUntil(() => answers.length > 0, 10_000);
    answers.forEach((answer) => answer());
    expect(await verdicts).toHaveLength(50);
    expect(issuer.asked).toBe(1);
  });

  it('finds keys where the settings say, without discovery', async () => {
    issuer.named = 'https://elsewhere.example';
    await expect(tokens.recognise(issuer.token())).rejects.toMatchObject({ kind: 'issuer-unreachable' });
    const direct = tokensWith({ jwksUri: `${issuer.url}/jwks` });
    expect(await direct.recognise(issuer.token())).toMatchObject({ identity: { id: 'user:corp:ada' } });
  });

  it('takes only the types and algorithms that the settings name', async () => {
    const strict = tokensWith({ types: ['at+jwt'], algorithms: ['PS256'] });
    const header = { typ: 'at+jwt', alg: 'PS256' };
    expect(await strict.recognise(issuer.token({}, { header }))).toBeDefined();
    for (const other of [{ typ: 'JWT' }, { typ: undefined }, { alg: 'RS256' }]) {
      const token = issuer.token({}, { header: { ...header, ...other } });
      await expect(strict.recognise(token)).rejects.toMatchObject({ kind: 'unauthenticated' });
    }
  });

  it('does not call anybody unknown while grants cannot be read', () => {
    const early = new OidcTokens(new ClusterState(), [issuer.settings()]);
    expect(() => early.recognise(issuer.token())).toThrow(expect.objectContaining({ kind: 'not-synced' }));
  });
});
