import { say } from '../scripts/progress.ts';
import { ask, keptConnections } from './kit/ask.ts';
import type { Bench, Benchmark } from './kit/benchmark.ts';
import { takeTurns } from './kit/figures.ts';
import type { OurServer } from './kit/our-server.ts';
import { Probe } from './kit/probe.ts';
import type { Row } from './kit/row.ts';
import { ServiceChurn } from './kit/service-churn.ts';
import type { Swarm } from './kit/swarm.ts';
import type { Round } from './probes/steady-asker.ts';

const PER_SECOND = 1_000;
const SECONDS = 5;
/** Each changes the state, so that no answer of before can be given again. */
const CHANGES_PER_SECOND = 20;
const LIMIT = 1_000;
const ROUNDS = 15;
const milliseconds = (ms: number): string => `${ms.toFixed(2)} ms`;

interface List {
  readonly items: readonly object[];
  readonly nextCursor: string | null;
}

/** What names answer, one by one and all of a network, while the swarm changes. */
const discovery: Benchmark = async (bench) => {
  const swarm = await bench.swarm();
  const server = await bench.server(swarm);
  const churn = await ServiceChurn.create(bench, swarm, 10);
  return [
    await resolving(bench, swarm, server, churn),
    await listing(bench, swarm, server, churn),
    await making(bench, swarm, server),
  ];
};
export default discovery;

async function resolving(
  bench: Bench,
  { networks, shape }: Swarm,
  { host, port, headers }: OurServer,
  churn: ServiceChurn,
): Promise<Row> {
  say(`${PER_SECOND} resolves a second, while services change …`);
  const probe = Probe.start(bench, 'steady-asker');
  const paths = Array.from({ length: shape.services * 2 }, (_, index) => {
    const name = `${index % 2 === 0 ? '' : 'tasks.'}service-${String(index >> 1).padStart(5, '0')}`;
    return `/v1/discovery/resolve?network=${networks[0]}&name=${name}`;
  });
  const round = (asked: readonly string[]): Round => ({
    ...{ host, port, headers, paths: asked, perSecond: PER_SECOND, seconds: SECONDS },
  });
  const whileChanging = async (asked: readonly string[]): Promise<number> => {
    const [p99] = await Promise.all([
      probe.ask<number>('p99', round(asked)),
      churn.run(CHANGES_PER_SECOND, SECONDS),
    ]);
    return p99;
  };
  const [ours, theirs] = await takeTurns(
    () => whileChanging(paths),
    () => whileChanging(['/livez']),
  );
  return {
    benchmark: `resolve ${paths.length} names of ${shape.services} services, ${PER_SECOND} a second, p99`,
    ours: milliseconds(ours),
    reference: '`/livez` at the same rate',
    theirs: milliseconds(theirs),
    figure: ours,
    unit: 'ms',
    goal: { atMost: 2 },
  };
}

async function listing(
  bench: Bench,
  { networks, shape }: Swarm,
  { host, port, headers }: OurServer,
  churn: ServiceChurn,
): Promise<Row> {
  say('All names of a network, after a change …');
  const agent = keptConnections(1);
  bench.atEnd(() => agent.destroy());
  let count = 0;
  const all = async (path: string): Promise<number> => {
    await churn.changeOne();
    let took = 0;
    count = 0;
    for (let cursor: string | null = ''; cursor !== null;) {
      const startedAt = performance.now();
      const body = await ask({ host, port, path: `${path}${cursor && `&cursor=${cursor}`}`, headers }, agent);
      took += performance.now() - startedAt;
      const { items, nextCursor } = JSON.parse(body.toString()) as List;
      count += items.length;
      cursor = nextCursor;
    }
    return took;
  };
  const [services, names] = await takeTurns(
    () => all(`/v1/services?limit=${LIMIT}`),
    () => all(`/v1/discovery/names?network=${networks[0]}&limit=${LIMIT}`),
    ROUNDS,
  );
  return {
    benchmark: `all ${count} names of a network of ${shape.services} services, in pages of ${LIMIT}`,
    ours: milliseconds(names),
    reference: '`/v1/services`, all of them',
    theirs: milliseconds(services),
    figure: names,
    unit: 'ms',
    goal: { atMost: 10 },
  };
}

/** The tasks of the swarm do not run, so what they would be called is made of what our server shows of them. */
async function making(bench: Bench, { networks, shape }: Swarm, server: OurServer): Promise<Row> {
  say('All names of a network whose tasks run, made for the first time …');
  const shown = async (path: string): Promise<object[]> => {
    const found: object[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = `?limit=${LIMIT}${cursor && `&cursor=${cursor}`}`;
      const answer = await fetch(`${server.url}${path}${query}`, { headers: server.headers });
      const { items, nextCursor } = (await answer.json()) as List;
      found.push(...items);
      cursor = nextCursor;
    }
    return found;
  };
  const network = await (await fetch(`${server.url}/v1/networks/${networks[0]}`, server)).json();
  const [services, tasks] = [await shown('/v1/services'), await shown('/v1/tasks')];
  const probe = Probe.start(bench, 'network-names');
  const { ms, count } = await probe.ask<{ ms: number; count: number }>('make', { network, services, tasks });
  return {
    benchmark: `${count} names of ${shape.services} services of ${shape.tasksEach} running tasks, made for the first time`,
    ours: milliseconds(ms),
    reference: '',
    theirs: '',
    figure: ms,
    unit: 'ms',
    goal: { atMost: 100 },
  };
}
