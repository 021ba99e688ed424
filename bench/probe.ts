import { startLab } from '../scripts/lab/lab.ts';
import { say } from '../scripts/progress.ts';
import { ask } from './kit/ask.ts';
import { now } from './kit/clock.ts';
import { median, ROUNDS } from './kit/figures.ts';
import type { Benchmark } from './kit/benchmark.ts';
import type { OurServer } from './kit/our-server.ts';
import type { Row } from './kit/row.ts';

const NETWORK = 'bench-probe';
const MS = 1_000;

/** How long probes from inside a network take, from the request to the answer, on three engines of this machine. */
const probe: Benchmark = async (bench) => {
  const lab = await startLab({ nodes: 3 });
  bench.atEnd(() => lab.stop());
  const server = await bench.server({ engine: lab.manager });
  await post(server, '/v1/networks', { name: NETWORK });
  const service = { image: 'nginx', replicas: 3, networks: [{ network: NETWORK }], stopGracePeriod: 100 };
  for (const [name, endpointMode] of [
    ['bench-vip', 'vip'],
    ['bench-direct', 'dnsrr'],
  ]) {
    await post(server, '/v1/services', { ...service, name, endpointMode }, { Prefer: 'wait=60' });
  }
  const rows: Row[] = [];
  for (const [what, goal, path, input] of [
    ['probe from one node, all connections open', 4, PROBE, asking('bench-direct', 'node1')],
    ['probe from three nodes, all connections open', 6, PROBE, asking('bench-direct', '*')],
    ['probe from one node of a virtual IP and its tasks', 4, PROBE, asking('bench-vip', 'node1')],
    ['probe from three nodes of a virtual IP and its tasks', 6, PROBE, asking('bench-vip', '*')],
    ['connectivity of three nodes', 10, '/v1/swarm/connectivity', {}],
  ] as const) {
    say(`A ${what} …`);
    rows.push(await row(what, goal, () => post(server, path, input)));
  }
  return rows;
};
export default probe;

const PROBE = '/v1/discovery/probe';
const asking = (name: string, from: string): object => ({ network: NETWORK, name, port: 80, from: [from] });

async function row(benchmark: string, goal: number, work: () => Promise<unknown>): Promise<Row> {
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = now();
    await work();
    took.push((now() - startedAt) / MS);
  }
  const seconds = median(took);
  return {
    benchmark,
    ours: `${seconds.toFixed(2)} s`,
    reference: '',
    theirs: '',
    figure: seconds,
    unit: 's',
    goal: { atMost: goal },
  };
}

function post(
  { host, port, headers }: OurServer,
  path: string,
  body: object,
  more: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  return ask({
    host,
    port,
    path,
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json', ...more },
    body: JSON.stringify(body),
  });
}
