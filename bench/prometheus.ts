import { say } from '../scripts/progress.ts';
import { ask, keptConnections, type Question } from './kit/ask.ts';
import { takeTurns } from './kit/figures.ts';
import type { Row } from './kit/row.ts';
import type { Benchmark } from './kit/benchmark.ts';
import type { Swarm } from './kit/swarm.ts';

const PATH = '/v1/discovery/prometheus';
/** What Prometheus' own `dockerswarm_sd` asks the engine for, each time. */
const LISTS = ['/tasks', '/services', '/nodes', '/networks'];
const ROUNDS = 15;
const milliseconds = (ms: number): string => `${ms.toFixed(1)} ms`;

/** The targets of all tasks for Prometheus, made anew, and asked for again by who has them. */
const prometheus: Benchmark = async (bench) => {
  const swarm = await bench.swarm();
  const { host, port, headers } = await bench.server(swarm);
  const agent = keptConnections(1);
  bench.atEnd(() => agent.destroy());
  const timeOf = async (question: Question): Promise<readonly [number, Buffer]> => {
    const startedAt = performance.now();
    const body = await ask({ host, port, ...question }, agent);
    return [performance.now() - startedAt, body];
  };

  say('The targets of Prometheus, in a document that was not asked for before …');
  let asked = 10_000;
  let bytes = 0;
  const anew = await takeTurns(
    async () => {
      // Another port for services that name none is another document, of which nothing is known.
      const [ms, body] = await timeOf({ path: `${PATH}?port=${asked++}`, headers });
      bytes = body.length;
      return ms;
    },
    () => engineLists(swarm),
    ROUNDS,
  );

  say('The same document again, with and without its entity tag …');
  const { headers: known } = await fetch(`http://${host}:${port}${PATH}`, { headers });
  const etag = known.get('etag') ?? '';
  const again = await takeTurns(
    async () => {
      const [ms, body] = await timeOf({ path: PATH, headers: { ...headers, 'if-none-match': etag } });
      if (body.length > 0) throw new Error('The document has come again, although it has not changed.');
      return ms;
    },
    async () => (await timeOf({ path: PATH, headers }))[0],
    ROUNDS,
  );

  const { services, tasksEach } = swarm.shape;
  const tasks = `${services * tasksEach} tasks, ${(bytes / 1e6).toFixed(1)} MB`;
  return [
    row(
      `Prometheus’ targets of ${tasks}`,
      anew,
      50,
      'the engine’s four lists of which Prometheus makes them',
    ),
    row('the same: 304', again, 2, 'the whole document again'),
  ];
};
export default prometheus;

/** Milliseconds that the engine takes for what Prometheus would ask it; its answers are not parsed. */
async function engineLists({ engine }: Swarm): Promise<number> {
  const socketPath = engine.dockerHost.replace('unix://', '');
  const startedAt = performance.now();
  for (const path of LISTS) await ask({ socketPath, path });
  return performance.now() - startedAt;
}

function row(
  benchmark: string,
  [ours, theirs]: readonly [number, number],
  atMost: number,
  reference: string,
): Row {
  return {
    benchmark,
    ours: milliseconds(ours),
    reference,
    theirs: milliseconds(theirs),
    figure: ours,
    unit: 'ms',
    goal: { atMost },
  };
}
