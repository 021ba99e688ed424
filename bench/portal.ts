import { say } from '../scripts/progress.ts';
import { ask, keptConnections } from './kit/ask.ts';
import { takeTurns } from './kit/figures.ts';
import { ratioRow, type Row } from './kit/row.ts';
import { wrk } from './kit/wrk.ts';
import type { Benchmark } from './kit/benchmark.ts';

const PAGE =
  '{ services(first: 100) { nodes { id name runningTasks desiredTasks networks { virtualIp network { name } } tasks { id state slot addresses { address } } } } }';
/** How the page is asked for. A variable that is another each time keeps the answer from being reused. */
const WAYS: readonly {
  readonly how: string;
  readonly request: object;
  readonly more?: Readonly<Record<string, string>>;
  readonly atLeast: number;
}[] = [
  {
    how: 'each time as a new document, to be parsed, validated, compiled and answered',
    request: { query: `${PAGE} #COUNTER` },
    atLeast: 40,
  },
  {
    how: 'first time: a known document whose answer is not',
    request: { query: PAGE, variables: { unused: 'COUNTER' } },
    atLeast: 40,
  },
  { how: 'repeated', request: { query: PAGE }, atLeast: 400 },
  {
    how: 'repeated, compressed with gzip',
    request: { query: PAGE },
    more: { 'accept-encoding': 'gzip' },
    atLeast: 400,
  },
];
const SECONDS = 2;
const CALLS_AT_ONCE = 4;

/** A page of a portal: 100 services with their tasks, networks and virtual IPs, against the calls it stands for. */
const portal: Benchmark = async (bench) => {
  const swarm = await bench.swarm();
  const { url, headers } = await bench.server(swarm);
  const socketPath = swarm.engine.dockerHost.replace('unix://', '');
  const page = `portal page: 100 of ${swarm.shape.services} services, ${swarm.shape.tasksEach} tasks each, networks, virtual IPs`;
  const rows: Row[] = [];
  for (const { how, request, more, atLeast } of WAYS) {
    say(`A portal page in GraphQL, ${how}, against the calls it stands for …`);
    const target = { url: `${url}/graphql`, method: 'POST', bodies: [JSON.stringify(request)] } as const;
    const figures = await takeTurns(
      () => wrk({ ...target, headers: { ...headers, ...more } }, 8, SECONDS),
      () => pagesByEngineCalls(socketPath),
    );
    rows.push(
      ratioRow(
        {
          benchmark: `${page}; ${how}`,
          reference: `Engine API calls over its socket, ${CALLS_AT_ONCE} in parallel`,
          goal: { atLeast },
          format: (pages) => `${pages.toFixed(1)} pages/s`,
        },
        ...figures,
      ),
    );
  }
  return rows;
};
export default portal;

/** Pages per second as a portal would make them without us: the lists, then the tasks of each service. */
async function pagesByEngineCalls(socketPath: string): Promise<number> {
  const agent = keptConnections(CALLS_AT_ONCE);
  const get = async <T>(path: string): Promise<T> =>
    JSON.parse((await ask({ socketPath, path }, agent)).toString()) as T;
  const startedAt = performance.now();
  const end = startedAt + SECONDS * 1000;
  let pages = 0;
  while (performance.now() < end) {
    const services = await get<{ ID: string }[]>('/services');
    await get('/networks');
    const queue = services.slice(0, 100);
    const caller = async (): Promise<void> => {
      for (let next = queue.pop(); next; next = queue.pop()) {
        await get(`/tasks?filters=${encodeURIComponent(JSON.stringify({ service: [next.ID] }))}`);
      }
    };
    await Promise.all(Array.from({ length: CALLS_AT_ONCE }, caller));
    pages++;
  }
  agent.destroy();
  return pages / ((performance.now() - startedAt) / 1000);
}
