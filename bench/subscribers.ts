import { pause, say } from '../scripts/progress.ts';
import { ask } from './kit/ask.ts';
import { median, percentile, ROUNDS } from './kit/figures.ts';
import { Probe } from './kit/probe.ts';
import { ServiceChurn } from './kit/service-churn.ts';
import type { Bench, Benchmark } from './kit/benchmark.ts';
import type { OurServer } from './kit/our-server.ts';
import type { Sightings } from './kit/sightings.ts';
import type { Swarm } from './kit/swarm.ts';

const SUBSCRIBERS = 10_000;
const CHANGES = 10;
/** Readers that come and go at first, so that what every server has once is not counted as theirs. */
const WARM_UP = 200;
const SETTLE_MS = 2_000;
const SEEN_WITHIN_MS = 60_000;

interface Round {
  /** Resident memory of a subscriber, in KiB. */
  readonly kibibytes: number;
  /** From the moment a change was sent until a subscriber knows it, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** How late the event loop was while changes went out, in milliseconds, the 99th percentile. */
  readonly loopDelay: number;
}

/** What many subscribers cost, and how soon all of them know a change. */
const subscribers: Benchmark = async (bench) => {
  const swarm = await bench.swarm();
  const churn = await ServiceChurn.create(bench, swarm, 1);
  const rounds: Round[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    say(`${SUBSCRIBERS} subscribers of server-sent events, ${round} of ${ROUNDS} …`);
    rounds.push(await measure(bench, swarm, churn));
  }
  const middle = (of: (round: Round) => number): number => median(rounds.map(of));
  const row = { reference: '', theirs: '' };
  const [kibibytes, p50, p99, loopDelay] = [
    middle((round) => round.kibibytes),
    middle((round) => round.p50),
    middle((round) => round.p99),
    middle((round) => round.loopDelay),
  ];
  return [
    {
      ...row,
      benchmark: `${SUBSCRIBERS} SSE subscribers: resident memory of each`,
      ours: `${kibibytes.toFixed(1)} KiB`,
      figure: kibibytes,
      unit: 'KiB',
      goal: { atMost: 20 },
    },
    {
      ...row,
      benchmark: 'a change at all of them, from the moment it was sent to the engine: p99',
      ours: `p50 ${p50.toFixed(0)} ms`,
      figure: p99,
      unit: 'ms',
      goal: { atMost: 1_000 },
    },
    {
      ...row,
      benchmark: `delay of the event loop during ${CHANGES} such changes, one after the other: p99`,
      ours: `${loopDelay.toFixed(1)} ms`,
      figure: loopDelay,
      unit: 'ms',
      goal: { atMost: 100 },
    },
  ];
};
export default subscribers;

/** On a server of its own: memory that was freed mostly stays resident. */
async function measure(bench: Bench, swarm: Swarm, churn: ServiceChurn): Promise<Round> {
  const server = await bench.server(swarm);
  const probe = Probe.start(bench, 'sse-readers');
  const { host, port, token } = server;
  const where = { host, port, token, query: '?kinds=service' };
  await probe.ask('open', { ...where, count: WARM_UP });
  await probe.ask('close');
  await pause(SETTLE_MS);
  const before = server.memory().resident;
  await probe.ask('open', { ...where, count: SUBSCRIBERS });
  await pause(SETTLE_MS);
  const kibibytes = (server.memory().resident - before) / 1024 / SUBSCRIBERS;

  await probe.ask('take');
  // The histogram begins anew with each look.
  await loopDelayOf(server);
  const delays: number[] = [];
  for (let change = 0; change < CHANGES; change++) {
    const sentAt = await churn.changeOne();
    const { when } = await allSeen(probe);
    delays.push(...Array.from(when, (at) => at - sentAt));
  }
  const loopDelay = await loopDelayOf(server);
  await probe.ask('close');
  await server.stop();
  return { kibibytes, p50: percentile(delays, 0.5), p99: percentile(delays, 0.99), loopDelay };
}

async function allSeen(probe: Probe): Promise<Sightings> {
  for (const deadline = performance.now() + SEEN_WITHIN_MS; performance.now() < deadline;) {
    await pause(20);
    const { seen, ended } = await probe.ask<{ seen: number; ended: number }>('count');
    if (seen >= SUBSCRIBERS) return probe.ask('take');
    if (ended > 0) throw new Error(`The server has ended ${ended} streams.`);
  }
  throw new Error(`Not all subscribers knew of a change within ${SEEN_WITHIN_MS} ms.`);
}

/** In milliseconds, since the last time it was asked; see `perf_hooks.monitorEventLoopDelay`. */
async function loopDelayOf({ host, port, headers }: OurServer): Promise<number> {
  const metrics = (await ask({ host, port, path: '/metrics', headers })).toString();
  return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(metrics)?.[1]) * 1000;
}
