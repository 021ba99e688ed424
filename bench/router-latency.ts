import { pause, say } from '../scripts/progress.ts';
import type { Door } from './kit/asker.ts';
import type { Bench, Benchmark } from './kit/benchmark.ts';
import { now } from './kit/clock.ts';
import { median } from './kit/figures.ts';
import { Probe } from './kit/probe.ts';
import { RoutedSwarm } from './kit/routed-swarm.ts';
import { ratioRow, type Row } from './kit/row.ts';
import { firstSeen, type Sightings } from './kit/sightings.ts';
import { startStaticProxy } from './kit/static-proxy.ts';
import type { FirstAnswers } from './probes/hammer.ts';

const HOST = 'bench.example.com';
const SCALINGS = 11;
const LABELLINGS = 15;
const DNS_PORT = 18_080;
const SERVED_WITHIN_MS = 10_000;
const POLL_MS = 100;
/** The router reloads once a second at most; whoever comes at any other time must not wait for that. */
const RESTS_MS = 1_100;

/** How soon requests reach a new task, and a service that has just been given a label. */
const routerLatency: Benchmark = async (bench) => {
  const swarm = await RoutedSwarm.open(bench);
  return [...(await newTasks(bench, swarm)), await newLabels(bench, swarm)];
};
export default routerLatency;

/** Both routers are asked all the time, and see the same tasks come. */
async function newTasks(bench: Bench, swarm: RoutedSwarm): Promise<Row[]> {
  const labels = { 'swarmplane.http.web.host': HOST, 'swarmplane.http.web.port': '80' };
  await swarm.nginx({ name: 'web', replicas: 1, labels });
  await swarm.settled();
  await startStaticProxy(swarm, byNames('web'), DNS_PORT);
  const watcher = Probe.start(bench, 'watcher');
  await watcher.ask('open', swarm.engine.controlSocket);
  const hammer = Probe.start(bench, 'hammer', swarm.netns);
  const doors = [swarm.port, DNS_PORT].map((port): Door => ({ port, host: HOST }));
  await hammer.ask('begin', doors);
  for (const { port } of doors) await answered(hammer, port, () => true);

  say(`A task comes, ${SCALINGS} times …`);
  const [ours, theirs]: [number[], number[]] = [[], []];
  const running = new Map<string, number>();
  for (let turn = 0; turn < SCALINGS; turn++) {
    const before = new Set((await hammer.ask<FirstAnswers>('seen', swarm.port)).keys());
    // Anywhere between two lookups.
    await pause(Math.random() * 1_000);
    await swarm.scale('web', 2, 'at once');
    const isNew = (task: string): boolean => !before.has(task);
    const [task, at] = await answered(hammer, swarm.port, isNew);
    const [, later] = await answered(hammer, DNS_PORT, (name) => name === task);
    for (const [change, seen] of firstSeen(await watcher.ask<Sightings>('take'))) {
      if (!running.has(change)) running.set(change, seen);
    }
    const ran = running.get(`${task}/running`);
    if (ran === undefined) throw new Error(`Nobody has seen the task ${task} run.`);
    ours.push(at - ran);
    theirs.push(later - ran);
    await swarm.scale('web', 1, 'at once');
  }
  await hammer.ask('end');
  const [sooner, later] = [median(ours), median(theirs)];
  const both = {
    benchmark: 'a task runs, until it answers its first request, p50',
    reference: 'HAProxy that looks up `tasks.web` every second (`server-template`)',
  };
  const shown = { ...both, ours: milliseconds(sooner), theirs: milliseconds(later) };
  return [
    { ...shown, figure: sooner, unit: 'ms', goal: { atMost: 20 } },
    {
      ...ratioRow({ ...both, goal: { atLeast: 20 }, format: milliseconds }, sooner, later),
      benchmark: 'the same: so many times sooner',
      figure: later / sooner,
    },
  ];
}

const milliseconds = (ms: number): string => `${ms.toFixed(1)} ms`;

/** The first task that fits and has answered, and when. */
async function answered(
  hammer: Probe,
  port: number,
  fits: (task: string) => boolean,
): Promise<[string, number]> {
  for (const deadline = now() + SERVED_WITHIN_MS; now() < deadline; await pause(POLL_MS)) {
    const found = [...(await hammer.ask<FirstAnswers>('seen', port))].find(([task]) => fits(task));
    if (found) return found;
  }
  throw new Error(`No new task has answered at port ${port} within ${SERVED_WITHIN_MS} ms.`);
}

/** Each time another route of a service that runs, so that HAProxy must be reloaded for it. */
async function newLabels(bench: Bench, swarm: RoutedSwarm): Promise<Row> {
  await swarm.nginx({ name: 'labelled', replicas: 1 });
  const hammer = Probe.start(bench, 'hammer', swarm.netns);
  say(`A service is given a label, ${LABELLINGS} times …`);
  const took: number[] = [];
  let before: string[] = [];
  for (let turn = 0; turn < LABELLINGS; turn++) {
    const host = `label-${turn}.example.com`;
    const name = `swarmplane.http.r${turn}`;
    const labels = { [`${name}.host`]: host, [`${name}.port`]: '80' };
    await pause(RESTS_MS + Math.random() * RESTS_MS);
    const door = { port: swarm.port, host };
    const served = hammer.ask<number>('untilServed', { door, withinMs: SERVED_WITHIN_MS });
    const asked = now();
    const gone = Object.fromEntries(before.map((label): [string, null] => [label, null]));
    const [at] = await Promise.all([
      served,
      swarm.api('PATCH', '/v1/services/labelled', { labels: { ...gone, ...labels } }),
    ]);
    took.push(at - asked);
    before = Object.keys(labels);
  }
  const ms = median(took);
  return {
    benchmark: 'a running service is given a label, from the request until its route is served, p50',
    ours: milliseconds(ms),
    reference: 'as documented, not measured: Docker Flow’s listener; Traefik',
    theirs: 'when tasks were stable for 5 s; polls every 15 s',
    figure: ms,
    unit: 'ms',
    goal: { atMost: 150 },
  };
}

/** As Docker's own names are followed: up to ten tasks, looked up each second at the name server of the container. */
const byNames = (service: string): string => `global
  maxconn 4000

defaults
  mode http
  timeout connect 3s
  timeout client 60s
  timeout server 60s

resolvers docker
  nameserver engine 127.0.0.11:53
  accepted_payload_size 8192
  timeout resolve 1s
  timeout retry 1s
  hold valid 1s
  hold obsolete 1s

frontend http
  bind *:${DNS_PORT}
  default_backend web

backend web
  balance roundrobin
  option redispatch 1
  server-template task 10 tasks.${service}:80 resolvers docker init-addr libc,none
`;
