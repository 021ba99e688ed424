import { pause, say } from '../scripts/progress.ts';
import { median, percentile, ROUNDS } from './kit/figures.ts';
import { Probe } from './kit/probe.ts';
import { ServiceChurn } from './kit/service-churn.ts';
import { firstSeen, type Sightings } from './kit/sightings.ts';
import type { Benchmark } from './kit/benchmark.ts';
import type { Row } from './kit/row.ts';

const SUBSCRIBERS = 100;
const PER_SECOND = 100;
const SECONDS = 4;
/** Time for the last change to reach everybody, in milliseconds. */
const SETTLE_MS = 500;

const SURFACES = [
  { name: 'SSE', probe: 'sse-readers', query: '?kinds=service' },
  { name: 'GraphQL WS', probe: 'ws-readers', query: '' },
] as const;

/** How much later than the reference subscribers learn of a change, in milliseconds. */
interface Round {
  readonly p50: number;
  readonly p99: number;
  /** From the moment a change was sent to the engine: subscribers, and the reference. */
  readonly ours: number;
  readonly theirs: number;
}

/** How soon subscribers learn of changes, against a bare reader of the stream that ours come from. */
const changeLatency: Benchmark = async (bench) => {
  const swarm = await bench.swarm();
  const { host, port, token } = await bench.server(swarm);
  const churn = await ServiceChurn.create(bench, swarm, PER_SECOND);
  const watcher = Probe.start(bench, 'watcher');
  await watcher.ask('open', swarm.engine.controlSocket);
  const probes = SURFACES.map(({ probe }) => Probe.start(bench, probe));

  const rounds = SURFACES.map((): Round[] => []);
  say(`${PER_SECOND} changes a second for ${SECONDS} s, ${ROUNDS} times for each surface …`);
  // One more at first: a server that has just started has not compiled anything yet.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, { query }] of SURFACES.entries()) {
      const probe = probes[index];
      await probe?.ask('open', { host, port, token, query, count: SUBSCRIBERS });
      await probe?.ask('take');
      await watcher.ask('take');
      const sent = await churn.run(PER_SECOND, SECONDS);
      await pause(SETTLE_MS);
      const seen = await probe?.ask<Sightings>('take');
      const reference = await watcher.ask<Sightings>('take');
      await probe?.ask('close');
      if (seen && round > 0) rounds[index]?.push(compare(sent, seen, reference));
    }
  }
  return SURFACES.flatMap(({ name }, index) => rowsOf(name, rounds[index] ?? []));
};
export default changeLatency;

function compare(sent: ReadonlyMap<string, readonly number[]>, seen: Sightings, reference: Sightings): Round {
  const known = firstSeen(reference);
  const total = [...sent.values()].reduce((sum, { length }) => sum + length, 0);
  if (known.size !== total) throw new Error(`${total} changes were sent, but ${known.size} committed.`);
  // Several can be under way to one service only in the order in which they were sent.
  const sentAt = new Map<string, number>();
  for (const [id, times] of sent) {
    const versions = [...known.keys()].filter((change) => change.startsWith(`${id}/`));
    versions.forEach((change, index) => sentAt.set(change, times[index] ?? NaN));
  }
  const late: number[] = [];
  const ours: number[] = [];
  seen.which.forEach((index, at) => {
    const change = seen.changes[index] ?? '';
    const when = seen.when[at] ?? NaN;
    late.push(when - (known.get(change) ?? NaN));
    ours.push(when - (sentAt.get(change) ?? NaN));
  });
  if (late.length !== total * SUBSCRIBERS) {
    throw new Error(`${total} changes to ${SUBSCRIBERS} subscribers were told ${late.length} times.`);
  }
  return {
    p50: percentile(late, 0.5),
    p99: percentile(late, 0.99),
    ours: median(ours),
    theirs: median([...known].map(([change, when]) => when - (sentAt.get(change) ?? NaN))),
  };
}

function rowsOf(surface: string, rounds: readonly Round[]): Row[] {
  const middle = (of: (round: Round) => number): number => median(rounds.map(of));
  const shown = (figure: number): string => `${figure.toFixed(2)} ms after it was sent (p50)`;
  const row = {
    reference: 'a bare gRPC watcher of the same stream',
    ours: shown(middle((round) => round.ours)),
    theirs: shown(middle((round) => round.theirs)),
    unit: 'ms',
  } as const;
  const what = `change seen by ${SUBSCRIBERS} subscribers of ${surface}, ${PER_SECOND} changes/s`;
  return [
    {
      ...row,
      benchmark: `${what}: how much later, p50`,
      figure: middle(({ p50 }) => p50),
      goal: { atMost: 1 },
    },
    { ...row, benchmark: 'the same, p99', figure: middle(({ p99 }) => p99), goal: { atMost: 10 } },
  ];
}
