import { constants, createHmac, generateKeyPairSync, sign as signBytes, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { issuersFrom, type IssuerSettings } from '../../src/auth/oidc/issuer-settings.ts';

export const AUDIENCE = 'swarmplane';
const DISCOVERY = '/.well-known/openid-configuration';
const JWKS = '/jwks';

/** A key pair of an issuer. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

type Claims = Readonly<Record<string, unknown>>;

export interface SignOptions {
  readonly header?: Record<string, unknown>;
  readonly key?: SigningKey;
}

const SIGNERS: Readonly<Record<string, (input: Buffer, key: KeyObject) => Buffer>> = {
  RS256: (input, key) => signBytes('sha256', input, key),
  PS256: (input, key) =>
    signBytes('sha256', input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
  ES256: (input, key) => signBytes('sha256', input, { key, dsaEncoding: 'ieee-p1363' }),
  EdDSA: (input, key) => signBytes(null, input, key),
};

export const base64url = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A new key pair for an algorithm. */
export function newKey(kid: string, algorithm = 'RS256'): SigningKey {
  return { kid, ...pairFor(algorithm) };
}

function pairFor(algorithm: string): { privateKey: KeyObject; publicKey: KeyObject } {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519');
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

/**
 * An issuer on a loopback address that publishes what a test wants it to, and signs whatever a test wants, also what no
 * issuer would. Tokens are written by hand, so that no library is checked with itself.
 */
export class FakeIssuer {
  readonly key: SigningKey;
  /** As published. */
  jwks: { keys: Record<string, unknown>[] };
  /** What discovery says the issuer is; its URL when left alone. */
  named: string;
  jwksUri: string;
  /** Answers in the place of the keys. */
  answersKeys: ((response: ServerResponse) => void) | null = null;
  /** How often keys were asked for. */
  asked = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
    algorithm: string,
  ) {
    this.key = newKey('first', algorithm);
    this.jwks = { keys: [jwkOf(this.key)] };
    this.named = url;
    this.jwksUri = `${url}${JWKS}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.answer(request, response),
    );
  }

  static async start(algorithm = 'RS256'): Promise<FakeIssuer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FakeIssuer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, algorithm);
  }

  /** What the server is told of it. */
  settings(more: Record<string, unknown> = {}): IssuerSettings {
    const document = [{ name: 'corp', issuer: this.url, audience: AUDIENCE, ...more }];
    return issuersFrom(JSON.stringify(document))[0]!;
  }

  claims(more: Claims = {}): Record<string, unknown> {
    const now = Math.floor(Date.now() / 1000);
    return { iss: this.url, aud: AUDIENCE, sub: 'ada', iat: now, exp: now + 600, ...more };
  }

  /** A token with these claims instead of the usual ones; `undefined` leaves one out. */
  token(more: Claims = {}, { header = {}, key = this.key }: SignOptions = {}): string {
    return signed({ alg: 'RS256', typ: 'JWT', kid: key.kid, ...header }, this.claims(more), key.privateKey);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer({ url }: IncomingMessage, response: ServerResponse): void {
    if (url === DISCOVERY) return sendJson(response, { issuer: this.named, jwks_uri: this.jwksUri });
    if (url !== JWKS) return void response.writeHead(404).end();
    this.asked += 1;
    return this.answersKeys ? this.answersKeys(response) : sendJson(response, this.jwks);
  }
}

export function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

/** The public half of a key, as an issuer publishes it. */
export function jwkOf({ kid, publicKey }: SigningKey): Record<string, unknown> {
  return { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' };
}

/** A token in its compact form. Header and claims may be texts, to have in them what no JSON writer writes. */
export function signed(header: object | string, claims: object | string, key: KeyObject): string {
  const input = `${base64url(header)}.${base64url(claims)}`;
  const { alg = 'RS256' } = (typeof header === 'string' ? JSON.parse(header) : header) as { alg?: string };
  return `${input}.${SIGNERS[alg]!(Buffer.from(input), key).toString('base64url')}`;
}

/** A token that is signed with a text as the secret. */
export function signedWithSecret(header: object, claims: object, secret: string | Buffer): string {
  const input = `${base64url(header)}.${base64url(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}
