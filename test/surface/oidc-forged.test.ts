import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OidcTokens } from '../../src/auth/oidc/oidc-tokens.ts';
import type { Principal } from '../../src/domain/role.ts';
import {
  AUDIENCE,
  base64url,
  FakeIssuer,
  jwkOf,
  newKey,
  signed,
  signedWithSecret,
} from '../fakes/fake-issuer.ts';
import { authenticate as authenticateOn } from '../support/authenticate.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

let issuer: FakeIssuer;
let other: FakeIssuer;
let surface: Surface;
const foreign = newKey('first');
const unpublished = newKey('second');
const elliptic = newKey('elliptic', 'ES256');

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  issuer = await FakeIssuer.start();
  other = await FakeIssuer.start();
  issuer.jwks.keys.push(jwkOf(elliptic));
  surface = await startSurface({
    oidcIssuers: [
      issuer.settings({ roles: { platform: 'admin' } }),
      other.settings({ name: 'other', roles: { platform: 'viewer' } }),
    ],
  });
});
afterAll(async () => {
  await surface.close();
  await issuer.close();
  await other.close();
  vi.useRealTimers();
});

interface Problem {
  readonly code: string;
  readonly detail: string;
}

const ask = (token: string) => surface.as(token).get('/v1/me');
const authenticate = (token: string): Promise<Principal> => authenticateOn(surface, token);

const now = (): number => Math.floor(Date.now() / 1000);
const pem = (): string => issuer.key.publicKey.export({ type: 'spki', format: 'pem' }) as string;
const parts = (): [string, string, string] => issuer.token().split('.') as [string, string, string];
/** A token whose header is this, with the signature of a good one. */
const withHeader = (header: object): string => [base64url(header), ...parts().slice(1)].join('.');
/** A token with something in its header, properly signed. */
const headed = (header: Record<string, unknown>): string => issuer.token({}, { header });

describe('a token as issuers make them', () => {
  it.each([
    ['RS256', () => issuer.token()],
    ['PS256', () => issuer.token({}, { header: { alg: 'PS256' } })],
    ['ES256', () => issuer.token({}, { header: { alg: 'ES256' }, key: elliptic })],
    ['an access token by its type', () => headed({ typ: 'at+jwt' })],
    ['the long form of the type', () => headed({ typ: 'application/at+JWT' })],
    ['no type', () => headed({ typ: undefined })],
    ['our audience among others', () => issuer.token({ aud: ['grafana', AUDIENCE] })],
    ['a clock that is some seconds ahead', () => issuer.token({ nbf: now() + 20, iat: now() + 20 })],
    ['the only key of its kind, without a "kid"', () => headed({ kid: undefined })],
  ])('is taken: %s', async (_, token) => {
    const me = bodyOf(await ask(token()).expect(200));
    expect(me).toMatchObject({ id: 'user:corp:ada', role: null });
  });

  it('is of the issuer that has signed it: the same name of another is somebody else', async () => {
    expect((await authenticate(issuer.token())).id).toBe('user:corp:ada');
    expect((await authenticate(other.token())).id).toBe('user:other:ada');
  });
});

describe('a forged token is refused', () => {
  it.each<[string, () => string, RegExp]>([
    ['alg none', () => `${base64url({ alg: 'none' })}.${parts()[1]}.`, /signed in a way/],
    ['alg None', () => `${base64url({ alg: 'None' })}.${parts()[1]}.`, /signed in a way/],
    ['alg NONE', () => `${base64url({ alg: 'NONE' })}.${parts()[1]}.`, /signed in a way/],
    ['alg nOnE', () => `${base64url({ alg: 'nOnE' })}.${parts()[1]}.`, /signed in a way/],
    ['alg none with a signature', () => withHeader({ alg: 'none' }), /signed in a way/],
    ['alg empty', () => withHeader({ alg: '' }), /cannot be verified/],
    ['no alg', () => withHeader({ typ: 'JWT' }), /cannot be verified/],
    ['alg that is a list', () => withHeader({ alg: ['RS256'] }), /cannot be verified/],
    ['two algs, the last of them none', () => twice('"alg":"RS256","alg":"none"'), /signed in a way/],
    [
      'HS256 with the public key as the secret (PEM)',
      () => signedWithSecret({ alg: 'HS256', kid: 'first' }, issuer.claims(), pem()),
      /signed in a way/,
    ],
    [
      'HS256 with the public key as the secret (PEM, trimmed)',
      () => signedWithSecret({ alg: 'HS256', kid: 'first' }, issuer.claims(), pem().trim()),
      /signed in a way/,
    ],
    [
      'HS256 with the public key as the secret (DER)',
      () =>
        signedWithSecret(
          { alg: 'HS256', kid: 'first' },
          issuer.claims(),
          issuer.key.publicKey.export({ type: 'spki', format: 'der' }),
        ),
      /signed in a way/,
    ],
    [
      'HS256 with the modulus as the secret',
      () => signedWithSecret({ alg: 'HS256', kid: 'first' }, issuer.claims(), String(jwkOf(issuer.key)['n'])),
      /signed in a way/,
    ],
    [
      'HS256 with no secret at all',
      () => signedWithSecret({ alg: 'HS256' }, issuer.claims(), ''),
      /signed in a way/,
    ],
    ['RS512, which is not named', () => withHeader({ alg: 'RS512', kid: 'first' }), /signed in a way/],
    [
      'ES256 over an RSA key',
      () => withHeader({ alg: 'ES256', kid: 'first' }),
      /key that its issuer does not/,
    ],
    ['another audience', () => issuer.token({ aud: 'grafana' }), /meant for somebody else/],
    ['audiences without ours', () => issuer.token({ aud: ['grafana', 'x'] }), /meant for somebody else/],
    ['an audience that begins as ours', () => issuer.token({ aud: `${AUDIENCE}2` }), /meant for somebody/],
    ['an audience in another case', () => issuer.token({ aud: 'Swarmplane' }), /meant for somebody else/],
    ['no audience', () => issuer.token({ aud: undefined }), /meant for somebody else/],
    ['an audience that is null', () => issuer.token({ aud: null }), /meant for somebody else/],
    ['an audience in a list in a list', () => issuer.token({ aud: [[AUDIENCE]] }), /meant for somebody else/],
    ['two audiences, the last of them not ours', () => twiceClaimed(), /meant for somebody else/],
    ['an unknown issuer', () => issuer.token({ iss: 'https://evil.example' }), /does not take/],
    ['the issuer with a slash more', () => issuer.token({ iss: `${issuer.url}/` }), /does not take/],
    ['the issuer in capitals', () => issuer.token({ iss: issuer.url.toUpperCase() }), /does not take/],
    ['a list of issuers', () => issuer.token({ iss: [issuer.url] }), /does not take/],
    ['no issuer', () => issuer.token({ iss: undefined }), /does not take/],
    [
      'another issuer that we know',
      () => issuer.token({ iss: other.url }),
      /signature of the token is wrong/,
    ],
    ['one that has expired', () => issuer.token({ exp: now() - 1 }), /has expired/],
    ['one that has expired long ago', () => issuer.token({ exp: 0 }), /has expired/],
    ['no end', () => issuer.token({ exp: undefined }), /does not say when it ends/],
    ['an end that is null', () => issuer.token({ exp: null }), /does not say when it ends/],
    ['an end that is a text', () => issuer.token({ exp: String(now() + 600) }), /does not say when it ends/],
    ['an end beyond all time', () => bare('"exp":1e300'), /at no time that there is/],
    ['an end that is infinite', () => bare('"exp":1e999'), /at no time that there is/],
    ['one that begins later', () => issuer.token({ nbf: now() + 120 }), /not in force yet/],
    ['a beginning that is a text', () => issuer.token({ nbf: String(now()) }), /not in force yet/],
    ['one from the future', () => issuer.token({ iat: now() + 120 }), /from the future/],
    ['a birth that is a text', () => issuer.token({ iat: 'now' }), /from the future/],
    ['no user', () => issuer.token({ sub: undefined }), /no claim "sub" that names a user/],
    ['an empty user', () => issuer.token({ sub: ' ' }), /no claim "sub" that names a user/],
    ['a user that is a number', () => issuer.token({ sub: 7 }), /no claim "sub" that names a user/],
    ['a user with a line break', () => issuer.token({ sub: 'ada\nadmin' }), /no claim "sub" that names/],
    ['a very long user', () => issuer.token({ sub: 'a'.repeat(257) }), /no claim "sub" that names a user/],
    ['groups that are an object', () => issuer.token({ groups: { platform: true } }), /no list of groups/],
    ['an unknown kid', () => headed({ kid: 'nobody' }), /key that its issuer does not have/],
    ['a kid that is a path', () => headed({ kid: '../../../dev/null' }), /key that its issuer does not have/],
    ['a kid that is SQL', () => headed({ kid: "x' OR '1'='1" }), /key that its issuer does not have/],
    [
      'a kid that is a URL',
      () => headed({ kid: 'http://127.0.0.1:9/' }),
      /key that its issuer does not have/,
    ],
    ['a kid that is a number', () => headed({ kid: 1 }), /key that its issuer does not have/],
    ['a kid that every object has', () => headed({ kid: '__proto__' }), /key that its issuer does not have/],
    ['a key with a known kid', () => issuer.token({}, { key: foreign }), /signature of the token is wrong/],
    ['a key that is not published', () => issuer.token({}, { key: unpublished }), /does not have/],
    [
      'the key of another issuer',
      () => issuer.token({}, { key: other.key }),
      /signature of the token is wrong/,
    ],
    ['no signature', () => `${parts()[0]}.${parts()[1]}.`, /signature of the token is wrong/],
    ['no signature and no dot', () => `${parts()[0]}.${parts()[1]}`, /three parts/],
    ['the signature of another', () => [...parts().slice(0, 2), 'AAAA'].join('.'), /signature of the token/],
    [
      'its own key in the header (jwk)',
      () => issuer.token({}, { key: foreign, header: { jwk: jwkOf(foreign) } }),
      /signature of the token is wrong/,
    ],
    [
      'a place for its keys in the header (jku)',
      () => issuer.token({}, { key: unpublished, header: { jku: `${other.url}/jwks`, kid: 'evil' } }),
      /does not have/,
    ],
    [
      'a place for its certificate in the header (x5u)',
      () => issuer.token({}, { key: foreign, header: { x5u: `${other.url}/jwks` } }),
      /signature of the token is wrong/,
    ],
    [
      'its own certificate in the header (x5c)',
      () => issuer.token({}, { key: foreign, header: { x5c: [pem().replaceAll(/-.*-|\s/g, '')] } }),
      /signature of the token is wrong/,
    ],
    ['crit', () => headed({ crit: ['exp'], exp: 1 }), /"crit" or "b64"/],
    ['an empty crit', () => headed({ crit: [] }), /"crit" or "b64"/],
    ['b64 that is false, as RFC 7797 says', () => headed({ crit: ['b64'], b64: false }), /"crit" or "b64"/],
    ['b64 that is false, alone', () => headed({ b64: false }), /"crit" or "b64"/],
    ['a logout token', () => headed({ typ: 'logout+jwt' }), /of a type/],
    ['a proof of possession', () => headed({ typ: 'dpop+jwt' }), /of a type/],
    ['a type that is a number', () => headed({ typ: 1 }), /of a type/],
    [
      'a logout token of no type',
      () => issuer.token({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }),
      /tells of events/,
    ],
    ['one that is bound to a key (DPoP)', () => issuer.token({ cnf: { jkt: 'x' } }), /bound to a key/],
    [
      'one that is bound to a certificate',
      () => issuer.token({ cnf: { 'x5t#S256': 'x' } }),
      /bound to a key/,
    ],
    ['an encrypted token (JWE)', () => 'eyJhbGciOiJSU0EtT0FFUCJ9.AAAA.AAAA.AAAA.AAAA', /three parts/],
    [
      'a token in a token',
      () => signed({ alg: 'RS256', kid: 'first', cty: 'JWT' }, issuer.token(), issuer.key.privateKey),
      /no JWT/,
    ],
    ['claims that are a list', () => signed({ alg: 'RS256' }, [], issuer.key.privateKey), /no JWT/],
    ['claims that are no JSON', () => signed({ alg: 'RS256' }, '{', issuer.key.privateKey), /no JWT/],
    ['a header that is no JSON', () => ['e30x', ...parts().slice(1)].join('.'), /no JWT|base64url/],
    ['padding', () => `${issuer.token()}==`, /base64url/],
    ['the other alphabet', () => `${parts()[0]}.${parts()[1]}.++++`, /base64url/],
    ['only dots', () => '..', /no JWT/],
    ['many dots', () => '.'.repeat(5_000), /three parts/],
    ['a long token', () => issuer.token({ filler: 'x'.repeat(8 * 1024) }), /more than 8192 characters/],
  ])('%s', async (_, token, why) => {
    const text = token();
    const problem = bodyOf<Problem>(await ask(text).expect(401));
    expect(problem.code).toBe('UNAUTHENTICATED');
    expect(problem.detail).toMatch(why);
    expect(problem.detail).not.toContain(text);
  });

  it('of a megabyte, without looking into it', async () => {
    const text = issuer.token({ filler: 'x'.repeat(1024 * 1024) });
    await expect(authenticate(text)).rejects.toMatchObject({ kind: 'unauthenticated' });
    // Over HTTP, headers of that size do not even get there.
    expect([413, 431]).toContain((await ask(text)).status);
  });

  it('on every surface', async () => {
    const forged = withHeader({ alg: 'none' });
    const { status, errors } = await surface.graphql('{ me { id } }', {}, forged);
    expect([status, errors[0]?.extensions['code']]).toEqual([401, 'UNAUTHENTICATED']);
    await surface.as(forged).get('/v1/events').expect(401);
    const subscription = await surface.subscribe('subscription { nodeChanged { type } }', {}, forged);
    expect(await subscription.closing()).toMatchObject({ code: 4401 });
  });

  /** A good token whose header is written by hand. */
  function twice(fields: string): string {
    return [base64url(`{${fields},"kid":"first"}`), ...parts().slice(1)].join('.');
  }

  function bare(fields: string): string {
    const claims = JSON.stringify({ ...issuer.claims(), exp: undefined });
    return signed({ alg: 'RS256', kid: 'first' }, claims.replace('{', `{${fields},`), issuer.key.privateKey);
  }

  function twiceClaimed(): string {
    const claims = JSON.stringify(issuer.claims()).replace(/}$/, ',"aud":"grafana"}');
    return signed({ alg: 'RS256', kid: 'first' }, claims, issuer.key.privateKey);
  }
});

describe('a good token with any character changed', () => {
  it('is refused', async () => {
    const good = issuer.token({ groups: ['platform'], name: 'Ada' });
    expect(await authenticate(good)).toMatchObject({ role: 'admin' });
    const character = fc.constantFrom(
      ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ~',
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), character, async (at, other) => {
        fc.pre(good[at] !== other);
        const changed = good.slice(0, at) + other + good.slice(at + 1);
        await expect(authenticate(changed)).rejects.toMatchObject({ kind: 'unauthenticated' });
      }),
      { numRuns: 2_000 },
    );
    // The last letter of a signature has bits to spare: it is the one that lenient readers let pass.
    for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      if (good.endsWith(last)) continue;
      await expect(authenticate(good.slice(0, -1) + last)).rejects.toMatchObject({ kind: 'unauthenticated' });
    }
  });
});

describe('a flood of tokens with unknown keys', () => {
  it('costs the issuer one question a minute, and nobody else anything', async () => {
    vi.advanceTimersByTime(60_000);
    const before = issuer.asked;
    // Not all at once: the answer of the issuer has to be read in between.
    for (let sent = 0; sent < 10_000; sent += 250) {
      const forged = Array.from({ length: 250 }, (_, index) => headed({ kid: `random-${sent + index}` }));
      const verdicts = await Promise.allSettled(forged.map(authenticate));
      expect(verdicts.every(({ status }) => status === 'rejected')).toBe(true);
    }
    expect(issuer.asked).toBe(before + 1);
    expect(await authenticate(issuer.token({ sub: 'grace' }))).toMatchObject({ id: 'user:corp:grace' });
    vi.advanceTimersByTime(59_000);
    await expect(authenticate(headed({ kid: 'more' }))).rejects.toMatchObject({ kind: 'unauthenticated' });
    expect(issuer.asked).toBe(before + 1);
    vi.advanceTimersByTime(1_000);
    await expect(authenticate(headed({ kid: 'more' }))).rejects.toMatchObject({ kind: 'unauthenticated' });
    expect(issuer.asked).toBe(before + 2);
  });
});

describe('what an issuer publishes', () => {
  const secret = { kty: 'oct', kid: 'secret', k: Buffer.from('a secret').toString('base64url') };

  it.each<[string, (server: FakeIssuer) => void, RegExp]>([
    ['HTML', (server) => (server.answersKeys = (to) => to.end('<html></html>')), /not JSON/],
    ['nothing', (server) => (server.answersKeys = (to) => to.end()), /not JSON/],
    ['null', (server) => (server.answersKeys = (to) => to.end('null')), /no public key/],
    ['an empty list', (server) => (server.jwks.keys = []), /no public key/],
    ['keys that are none', (server) => (server.jwks.keys = [{}, { kty: 'RSA' }]), /no public key/],
    ['only a secret (oct)', (server) => (server.jwks.keys = [secret]), /no public key/],
    [
      'a private key',
      (server) => (server.jwks.keys = [server.key.privateKey.export({ format: 'jwk' })]),
      /no public key/,
    ],
    [
      'a key to encrypt with',
      (server) => (server.jwks.keys = [{ ...jwkOf(server.key), use: 'enc' }]),
      /no public key/,
    ],
    [
      'a bomb',
      (server) =>
        (server.answersKeys = (to) => {
          to.writeHead(200);
          const pour = (): void => void (to.destroyed || to.write(' '.repeat(64 * 1024), pour));
          pour();
        }),
      /more than \d+ bytes/,
    ],
    [
      'a redirect',
      (server) => (server.answersKeys = (to) => to.writeHead(302, { Location: `${issuer.url}/jwks` }).end()),
      /status 302/,
    ],
    ['an error', (server) => (server.answersKeys = (to) => to.writeHead(500).end('{}')), /status 500/],
    ['another issuer', (server) => (server.named = issuer.url), /is of another issuer/],
    ['itself with a slash', (server) => (server.named = `${server.url}/`), /is of another issuer/],
    ['keys at no address', (server) => (server.jwksUri = 'somewhere'), /no "jwks_uri"/],
    ['keys over plain HTTP', (server) => (server.jwksUri = 'http://keys.example/jwks'), /no "jwks_uri"/],
    ['keys in a file', (server) => (server.jwksUri = 'file:///etc/passwd'), /no "jwks_uri"/],
  ])('is not trusted: %s', async (_, spoil, why) => {
    const server = await FakeIssuer.start();
    spoil(server);
    const spoilt = await startSurface({ oidcIssuers: [server.settings()] });
    try {
      const answer = await spoilt.as(server.token()).get('/v1/me');
      expect(answer.status).toBe(503);
      expect(bodyOf<Problem>(answer)).toMatchObject({ code: 'ISSUER_UNREACHABLE' });
      expect(answer.headers['retry-after']).toBe('60');
      const forged = signedWithSecret({ alg: 'HS256', kid: 'secret' }, server.claims(), 'a secret');
      expect((await spoilt.as(forged).get('/v1/me')).status).toBe(503);
      const [failing] = spoilt.app.get(OidcTokens, { strict: false }).issuers;
      expect(failing?.keys.failure?.message).toMatch(why);
    } finally {
      await spoilt.close();
      await server.close();
    }
  });

  it('besides good keys is left alone: a secret makes no token good', async () => {
    const server = await FakeIssuer.start();
    server.jwks.keys.unshift(secret, { kty: 'RSA' }, { kty: 'EC', crv: 'P-999', x: 'AA', y: 'AA' });
    const spoilt = await startSurface({ oidcIssuers: [server.settings()] });
    try {
      await spoilt.as(server.token()).get('/v1/me').expect(200);
      const forged = signedWithSecret({ alg: 'HS256', kid: 'secret' }, server.claims(), 'a secret');
      await spoilt.as(forged).get('/v1/me').expect(401);
    } finally {
      await spoilt.close();
      await server.close();
    }
  });
});
