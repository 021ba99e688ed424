import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { say } from '../scripts/progress.ts';
import type { Bench, Benchmark } from './kit/benchmark.ts';
import { median, percentile, ROUNDS } from './kit/figures.ts';
import { built } from './kit/our-app.ts';
import type { Row } from './kit/row.ts';
import type * as Settings from '../src/auth/oidc/issuer-settings.ts';
import type * as Tokens from '../src/auth/oidc/oidc-tokens.ts';

const TOKENS = 1_000;
const GROUPS = 20;
const microseconds = (ms: number): string => `${(ms * 1_000).toFixed(1)} µs`;

/** What it costs to know whom a token of an issuer belongs to, when it was seen in the last minute and when not. */
const oidc: Benchmark = async (bench) => {
  const { issuersFrom } = await built<typeof Settings>('auth/oidc/issuer-settings.js');
  const { OidcTokens } = await built<typeof Tokens>('auth/oidc/oidc-tokens.js');
  const { document, tokens } = await issuer(bench);
  const state = { assertSynced: () => undefined };

  /** Times of asking for all of them, in milliseconds. */
  const round = async (verifier: InstanceType<typeof OidcTokens>): Promise<number[]> => {
    const took: number[] = [];
    for (const token of tokens) {
      const startedAt = performance.now();
      await verifier.recognise(token);
      took.push(performance.now() - startedAt);
    }
    return took;
  };

  say(`Tokens of an issuer: ${TOKENS}, RS256, ${GROUPS} groups each …`);
  const p99 = { first: [] as number[], again: [] as number[] };
  for (let count = 0; count <= ROUNDS; count++) {
    const verifier = new OidcTokens(state, issuersFrom(document));
    // The keys are fetched.
    await verifier.recognise(tokens[0] ?? '');
    const [first, again] = [await round(verifier), await round(verifier)];
    if (count === 0) continue;
    p99.first.push(percentile(first, 0.99));
    p99.again.push(percentile(again, 0.99));
  }
  const [ours, theirs] = [median(p99.again), median(p99.first)];
  const row: Row = {
    benchmark: `whose token of an issuer it is: ${TOKENS} tokens, ${GROUPS} groups each, p99`,
    ours: microseconds(ours),
    reference: 'the same token for the first time in a minute',
    theirs: microseconds(theirs),
    figure: ours,
    unit: 'ms',
    goal: { atMost: 0.3 },
  };
  return [row];
};
export default oidc;

/** An issuer on a loopback address, as settings name it, and tokens of its users. */
async function issuer(bench: Bench): Promise<{ document: string; tokens: string[] }> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keys = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'bench' }] });
  const server = createServer((_, response) => void response.end(keys));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  bench.atEnd(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const groups = Array.from({ length: GROUPS }, (_, index) => `team-${index}`);
  const users = Array.from({ length: TOKENS }, (_, index) => `user-${index}`);
  const sign = (user: string): Promise<string> =>
    new SignJWT({ groups })
      .setProtectedHeader({ alg: 'RS256', kid: 'bench' })
      .setSubject(user)
      .setIssuer(url)
      .setAudience('swarmplane')
      .setIssuedAt()
      .setExpirationTime('1 hour')
      .sign(privateKey);
  return {
    document: JSON.stringify([{ name: 'bench', issuer: url, audience: 'swarmplane', jwksUri: `${url}/` }]),
    tokens: await Promise.all(users.map(sign)),
  };
}
