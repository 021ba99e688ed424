import { createHash } from 'node:crypto';
import { say } from '../scripts/progress.ts';
import type { Benchmark } from './kit/benchmark.ts';
import { median, percentile, ROUNDS } from './kit/figures.ts';
import { built, ourApp } from './kit/our-app.ts';
import type { Row } from './kit/row.ts';
import type * as Access from '../src/api/access.ts';
import type * as Authentication from '../src/api/authenticator.ts';
import type * as Format from '../src/auth/token-format.ts';
import type { ClusterState } from '../src/swarm/cluster-state.ts';

const GRANTS = 1_000;
const TOKENS = 1_000;
/** Ten grants each; all other tokens have a role. */
const GRANTED_TOKENS = 100;
const REQUESTS = 20_000;
/** Once in so many requests, one of the configs in the swarm changes; of so many changes, one is of a grant. */
const CHANGE_EVERY = 500;
const GRANT_CHANGE_EVERY = 10;
/** Higher than any version of the swarm's own. */
const FIRST_VERSION = 1_000_000_000;
const microseconds = (ms: number): string => `${(ms * 1_000).toFixed(1)} µs`;

/** What it costs to know who asks and what they may do, among many tokens and grants. */
const access: Benchmark = async (bench) => {
  const swarm = await bench.swarm({ services: 0, tasksEach: 0 });
  const { app, state } = await ourApp(swarm.engine);
  bench.atEnd(() => app.close());
  const { assertNeed } = await built<typeof Access>('api/access.js');
  const { Authenticator } = await built<typeof Authentication>('api/authenticator.js');
  const { newToken } = await built<typeof Format>('auth/token-format.js');
  const authenticator = app.get(Authenticator, { strict: false });

  /** What is done for a request before its handler is called, and for an object that it shows. */
  const request = async (token: string, stack: number): Promise<void> => {
    const credentials = { authorization: `Bearer ${token}`, certificate: null, page: {}, address: undefined };
    const principal = await authenticator.authenticate(credentials);
    assertNeed(principal, { verb: 'view', kinds: ['service'] });
    const labels = { 'com.docker.stack.namespace': `stack-${stack}` };
    principal.rights.may('view', 'service', { name: 'web', labels });
  };

  const round = async (tokenOf: (index: number) => string, between: (index: number) => void) => {
    const took: number[] = [];
    for (let index = 0; index < REQUESTS; index++) {
      between(index);
      const token = tokenOf(index);
      const startedAt = performance.now();
      await request(token, index % GRANTS);
      took.push(performance.now() - startedAt);
    }
    return { p50: percentile(took, 0.5), p99: percentile(took, 0.99) };
  };

  say(`Authentication and rights among ${TOKENS} tokens and ${GRANTS} grants …`);
  const bare = await rounds(() =>
    round(
      () => 'bench',
      () => undefined,
    ),
  );
  const tokens = Array.from({ length: TOKENS }, newToken);
  const documents = new Documents(state);
  tokens.forEach((token, index) => documents.token(index, token));
  for (let index = 0; index < GRANTS; index++) documents.grant(index);
  const anyToken = (index: number): string => tokens[(index * 7) % TOKENS] ?? '';
  const full = await rounds(() =>
    round(anyToken, (index) => {
      if (index % CHANGE_EVERY > 0) return;
      const changes = index / CHANGE_EVERY;
      if (changes % GRANT_CHANGE_EVERY === 0) documents.grant(changes % GRANTS);
      else documents.other();
    }),
  );
  return (['p50', 'p99'] as const).map((share): Row => ({
    benchmark: `who asks, and what they may do: ${TOKENS} tokens, ${GRANTS} grants, ${share}`,
    ours: microseconds(full[share]),
    reference: 'the token of the installation, no others and no grants',
    theirs: microseconds(bare[share]),
    figure: full[share] - bare[share],
    unit: 'ms',
    goal: { atMost: 0.3 },
  }));
};
export default access;

type Figures = Readonly<Record<'p50' | 'p99', number>>;

/** The medians of some rounds, after one that warms up. */
async function rounds(round: () => Promise<Figures>): Promise<Figures> {
  await round();
  const all: Figures[] = [];
  for (let count = 0; count < ROUNDS; count++) all.push(await round());
  return { p50: median(all.map(({ p50 }) => p50)), p99: median(all.map(({ p99 }) => p99)) };
}

/** Documents in the state of our application alone: 2,000 configs of an engine would be written for nothing. */
class Documents {
  private readonly state: ClusterState;
  private version = FIRST_VERSION;
  private readonly now = new Date().toISOString();

  constructor(state: ClusterState) {
    this.state = state;
  }

  token(index: number, token: string): void {
    this.put(`token.${tokenId(index)}`, {
      name: `token ${index}`,
      role: index < GRANTED_TOKENS ? null : 'viewer',
      scope: { all: index % 2 === 0, stacks: index % 2 === 0 ? [] : [`stack-${index}`] },
      sha256: createHash('sha256').update(token).digest('hex'),
      createdAt: this.now,
      createdBy: 'admin',
      expiresAt: null,
      // Just now: otherwise each use would be written down in the swarm.
      lastUsedAt: this.now,
    });
  }

  grant(index: number): void {
    const name = `grant-${index}`;
    this.put(`grant.${createHash('sha256').update(`grant ${name}`).digest('hex').slice(0, 16)}`, {
      name,
      subject: { token: tokenId(index % GRANTED_TOKENS) },
      role: index % 3 === 0 ? 'operator' : 'viewer',
      scope: { stacks: [`stack-${index}`], labels: [`team=${index},tier`], hosts: [`*.team-${index}.corp`] },
      createdBy: 'admin',
      labels: {},
    });
  }

  /** One that says nothing about rights. */
  other(): void {
    this.put('operation.bench', { at: this.version });
  }

  private put(name: string, document: object): void {
    const object = {
      id: `bench-${name}`,
      name: `swarmplane.${name}`,
      version: this.version++,
      createdAt: this.now,
      updatedAt: this.now,
      labels: { 'swarmplane.document': JSON.stringify(document) },
    };
    this.state.apply([{ type: 'upsert', kind: 'config', object }]);
  }
}

const tokenId = (index: number): string => index.toString(16).padStart(16, '0');
