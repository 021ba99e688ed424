import { setTimeout as pass } from 'node:timers/promises';
import { say } from '../scripts/progress.ts';
import { ask } from './kit/ask.ts';
import { median, percentile, ROUNDS } from './kit/figures.ts';
import { Probe } from './kit/probe.ts';
import { ratioRow } from './kit/row.ts';
import { load, type WrkTarget } from './kit/wrk.ts';
import type { Benchmark } from './kit/benchmark.ts';
import type { OurServer } from './kit/our-server.ts';
import type { Asked } from './probes/patient-asker.ts';

/** A page of a portal; a variable that is another each time keeps its answer from being given again. */
const PAGE =
  '{ services(first: 100) { nodes { id name runningTasks desiredTasks networks { virtualIp network { name } } tasks { id name state slot addresses { address } } } } }';
const TIMES = 5;
/** Tokens that ask for too much, and the connections of each: fewer than may be under way. */
const GREEDY = 4;
const CONNECTIONS = 200;
/** A busy server takes one new connection in each turn of its event loop: until all are there, in milliseconds. */
const CONNECTED_MS = 10_000;
/** On so many connections a server does all it can. */
const FEW = 16;
const SECONDS = 5;
/** What a token that asks for little asks, and how often the health of the server is looked at, a second. */
const MODEST = 10;
const CHECKS = 50;

interface Round {
  /** Pages a second. */
  readonly peak: number;
  readonly offered: number;
  readonly served: number;
  /** How long answers took, in milliseconds. */
  readonly modest: readonly number[];
  readonly health: readonly number[];
}

/** What is left of a server of which five times as much is asked as it can do. */
const overload: Benchmark = async (bench) => {
  const swarm = await bench.swarm();
  const server = await bench.server(swarm);
  const [modest = '', ...greedy] = await tokensOf(server, GREEDY + 1);
  const probes = [Probe.start(bench, 'patient-asker'), Probe.start(bench, 'patient-asker')] as const;
  const rounds: Round[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    say(`As much as the server can do, then ${TIMES} times as much, ${round} of ${ROUNDS} …`);
    const peak = (await load(pages(server, server.token), FEW, SECONDS)).perSecond;
    // Each connection asks again a while after it was answered: all of them this much together, were all answered at once.
    const pauseMs = (1_000 * GREEDY * CONNECTIONS) / (TIMES * peak);
    const health: Asked = {
      question: { ...at(server), path: '/livez' },
      perSecond: CHECKS,
      seconds: SECONDS,
    };
    const page: Asked = { question: question(server, modest), perSecond: MODEST, seconds: SECONDS };
    const loaded = SECONDS + CONNECTED_MS / 1_000;
    const connected = pass(CONNECTED_MS);
    const [checked, few, ...many] = await Promise.all([
      connected.then(() => probes[0].ask<readonly number[]>('ask', health)),
      connected.then(() => probes[1].ask<readonly number[]>('ask', page)),
      ...greedy.map((token) => load({ ...pages(server, token), pauseMs, yields: true }, CONNECTIONS, loaded)),
    ]);
    const perSecond = (count: number): number => count / loaded;
    const sum = (figures: readonly number[]): number => figures.reduce((all, one) => all + one, 0);
    rounds.push({
      peak,
      offered: perSecond(sum(many.map(({ answers }) => answers))),
      served: perSecond(sum(many.map(({ answers, failures }) => answers - failures))),
      modest: few,
      health: checked,
    });
  }
  const middle = (of: (round: Round) => number): number => median(rounds.map(of));
  const times = middle(({ offered, peak }) => offered / peak).toFixed(1);
  const slowest = (figures: readonly number[]): number => percentile(figures, 1);
  const milliseconds = (of: (round: Round) => readonly number[]): string =>
    [0.5, 0.99]
      .map((share) => `p${share * 100} ${middle((round) => percentile(of(round), share)).toFixed(1)} ms`)
      .join(', ');
  return [
    ratioRow(
      {
        benchmark: `portal pages, their answers not reused, while ${GREEDY} tokens with ${CONNECTIONS} connections each want ${TIMES} times as many as can be made (and ask for ${times} times as many, since refusals are held back)`,
        reference: `as many as can be made, on ${FEW} connections`,
        goal: { atLeast: 0.9 },
        format: (rate) => `${rate.toFixed(0)}/s`,
      },
      middle(({ served }) => served),
      middle(({ peak }) => peak),
    ),
    {
      benchmark: `\`/livez\` meanwhile, each time on a new connection: the slowest of ${CHECKS * SECONDS} answers`,
      ours: milliseconds(({ health }) => health),
      reference: '',
      theirs: '',
      figure: middle(({ health }) => slowest(health)),
      unit: 'ms',
      goal: { atMost: 50 },
    },
    {
      benchmark: `the same page meanwhile, for a token that asks for ${MODEST} a second: the slowest, none refused`,
      ours: milliseconds(({ modest: took }) => took),
      reference: '',
      theirs: '',
      figure: middle(({ modest: took }) => slowest(took)),
      unit: 'ms',
      goal: { atMost: 250 },
    },
  ];
};
export default overload;

const at = ({ host, port }: OurServer) => ({ host, port });

function bodyWith(unused: string): string {
  return JSON.stringify({ query: PAGE, variables: { unused } });
}

function pages({ url, headers }: OurServer, token: string): WrkTarget {
  return {
    url: `${url}/graphql`,
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${token}` },
    // Those of one token are not alike, and neither are those of two: they may see the same, and would share answers.
    bodies: [bodyWith(`${token.slice(-8)} COUNTER`)],
  };
}

function question(server: OurServer, token: string): Asked['question'] {
  return {
    ...at(server),
    path: '/graphql',
    method: 'POST',
    headers: { ...server.headers, authorization: `Bearer ${token}` },
    body: bodyWith('always the same'),
  };
}

/** New tokens, each for a principal of its own. */
async function tokensOf(server: OurServer, count: number): Promise<string[]> {
  const body = JSON.stringify({ name: 'bench', role: 'viewer' });
  const tokens: string[] = [];
  for (let index = 0; index < count; index++) {
    const question = {
      ...at(server),
      path: '/v1/tokens',
      method: 'POST',
      headers: server.headers,
      body,
    } as const;
    tokens.push((JSON.parse((await ask(question)).toString()) as { token: string }).token);
  }
  return tokens;
}
