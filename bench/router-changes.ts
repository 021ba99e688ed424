import { say } from '../scripts/progress.ts';
import type { Bench, Benchmark } from './kit/benchmark.ts';
import { now } from './kit/clock.ts';
import { Probe } from './kit/probe.ts';
import { RoutedSwarm } from './kit/routed-swarm.ts';
import type { Row } from './kit/row.ts';

/** Of each of the two kinds. */
const CHANGES = 500;
const ROUTES = 10;
const SERVED_WITHIN_MS = 10_000;
const MS = 1_000;
const TASKS = { service: 'stable', port: 80 };

/** What changes of routes, a thousand one after the other, do to HAProxy. */
const routerChanges: Benchmark = async (bench) => {
  const swarm = await RoutedSwarm.open(bench);
  for (const name of ['stable', 'canary']) await swarm.nginx({ name, replicas: 1 });
  const turns = Array.from({ length: ROUTES }, () => ({ host: 0, path: 0, weight: 0 }));
  for (const [index, turn] of turns.entries()) await swarm.api('POST', '/v1/routes', route(index, turn));
  const begun = await swarm.settled();
  const processes = await haproxies(swarm);

  say(`${CHANGES} changes of hosts, paths and weights …`);
  for (let change = 0; change < CHANGES; change++) {
    const index = change % ROUTES;
    const turn = turns[index]!;
    turn[PARTS[Math.floor(change / ROUTES) % PARTS.length]!]++;
    await swarm.api('PUT', `/v1/routes/route-${index}`, route(index, turn));
  }
  const between = await swarm.settled();
  const newcomers = [...(await haproxies(swarm))].filter((pid) => !processes.has(pid));
  await served(
    bench,
    swarm,
    turns.map((turn, index) => hostOf(index, turn)),
  );

  say(`${CHANGES} routes that come, do something else, and go …`);
  const startedAt = now();
  for (let change = 0; change < CHANGES; change++) await restructure(swarm, change);
  const ended = await swarm.settled();
  const seconds = (now() - startedAt) / MS;
  const [few, many] = [begun, ended].map(({ reloads }) => Math.abs(reloads - between.reloads));
  return [
    count(`${CHANGES} changes of hosts, paths and weights, one by one: reloads`, few!, 0),
    count('the same: new processes of HAProxy', newcomers.length, 0),
    {
      ...count(
        `${CHANGES} routes that come, change their headers, and go, one by one: reloads a second`,
        0,
        1,
      ),
      ours: `${many} in ${seconds.toFixed(1)} s`,
      figure: many! / seconds,
      unit: '×',
    },
  ];
};
export default routerChanges;

const count = (benchmark: string, figure: number, atMost: number): Row => ({
  ...{ benchmark, ours: String(figure), reference: '', theirs: '', figure, unit: '', goal: { atMost } },
});

/** How often each part of a route has changed. */
interface Turn {
  host: number;
  path: number;
  weight: number;
}
const PARTS = ['host', 'path', 'weight'] as const;

const route = (index: number, turn: Turn): object => ({
  name: `route-${index}`,
  hosts: [hostOf(index, turn)],
  paths: [
    { kind: 'exact', value: '/' },
    { kind: 'prefix', value: `/path-${turn.path}` },
  ],
  backends: [
    { ...TASKS, weight: 100 },
    { ...TASKS, service: 'canary', weight: 1 + turn.weight },
  ],
});

const hostOf = (index: number, { host }: Turn): string => `host-${index}-${host}.example.com`;

/** In turn: a new route, the same with other headers, the same gone. */
async function restructure(swarm: RoutedSwarm, change: number): Promise<void> {
  const name = `extra-${Math.floor(change / 3)}`;
  const spec = { name, hosts: [`${name}.example.com`], backends: [TASKS] };
  const path = `/v1/routes/${name}`;
  if (change % 3 === 0) await swarm.api('POST', '/v1/routes', spec);
  else if (change % 3 === 1) {
    await swarm.api('PUT', path, { ...spec, requestHeaders: { set: { 'X-A': 'b' } } });
  } else await swarm.api('DELETE', path);
}

/** Rejects unless the router has tasks for these hosts. */
async function served(bench: Bench, { netns, port }: RoutedSwarm, hosts: readonly string[]): Promise<void> {
  const probe = Probe.start(bench, 'hammer', netns);
  for (const host of hosts) {
    await probe.ask('untilServed', { door: { port, host }, withinMs: SERVED_WITHIN_MS });
  }
}

/** The processes of HAProxy, by their ids: one that watches, and its workers. */
async function haproxies({ engine, container }: RoutedSwarm): Promise<ReadonlySet<string>> {
  const { Processes } = await engine.client.call<{ Processes: [string, string][] }>(
    'GET',
    `/containers/${container}/top`,
    { query: { ps_args: '-eo pid,comm' } },
  );
  return new Set(Processes.filter(([, name]) => name === 'haproxy').map(([pid]) => pid));
}
