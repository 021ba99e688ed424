import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../scripts/project.ts';
import { say } from '../scripts/progress.ts';
import type { Bench, Benchmark } from './kit/benchmark.ts';
import { now } from './kit/clock.ts';
import { Probe } from './kit/probe.ts';
import { RoutedSwarm } from './kit/routed-swarm.ts';
import type { Row } from './kit/row.ts';
import { load } from './kit/wrk.ts';
import type { Sockets } from './probes/web-sockets.ts';

const HOST = 'bench.example.com';
const SOCKETS_HOST = 'sockets.example.com';
const REQUESTS = 1_000_000;
const RELOADS = 100;
const SOCKETS = 200;
/** One kind of client keeps its connections, the other makes a new one for each request. */
const CLIENTS = [
  { connections: 24, headers: {} },
  { connections: 4, headers: { Connection: 'close' } },
] as const;
const ROUND_SECONDS = 10;
/** However far it has come. */
const MOST_MS = 210_000;
const ECHO_TASK = join(PROJECT, 'test', 'support', 'routing', 'echo-task.ts');
const ECHO_IN_IMAGE = '/app/echo-task.ts';
/** How long a task that is told to stop leaves its WebSockets open, in milliseconds. */
const LINGER_MS = 3_000;

/** What is lost while services are scaled and replaced, and the router is reloaded all the time. */
const routerDrops: Benchmark = async (bench) => {
  const swarm = await RoutedSwarm.open(bench);
  const labels = { 'swarmplane.http.web.host': HOST, 'swarmplane.http.web.port': '80' };
  await swarm.nginx({ name: 'web', replicas: 4, labels });
  await startEchoes(swarm);
  const { reloads: before } = await swarm.settled();
  const sockets = await openSockets(bench, swarm);

  say(`${REQUESTS} requests, ${SOCKETS} WebSockets and ${RELOADS} reloads …`);
  const sent = { answers: 0, failures: 0 };
  const startedAt = now();
  let reloads = 0;
  let isDone = false;
  const isOver = (): boolean => isDone || now() - startedAt > MOST_MS;
  const loads = CLIENTS.map(async ({ connections, headers }) => {
    while (!isOver()) {
      const target = { url: swarm.url, netns: swarm.netns, headers: { Host: HOST, ...headers } };
      const { answers, failures } = await load(target, connections, ROUND_SECONDS);
      sent.answers += answers;
      sent.failures += failures;
      isDone = sent.answers >= REQUESTS && reloads >= RELOADS;
    }
  });
  const reloading = (async () => {
    for (let turn = 0; !isOver(); turn++) reloads = (await reload(swarm, turn)) - before;
  })();
  const changing = change(swarm, isOver);
  await Promise.all([...loads, reloading, changing]);
  const { opened, ended, echoes, broken } = await sockets.ask<Sockets>('end');
  for (const complaint of new Set(broken)) say(`  a WebSocket: ${complaint}`);
  const steps = await changing;
  return [
    count('requests through the router', sent.answers, { atLeast: REQUESTS }),
    count('reloads meanwhile', reloads, { atLeast: RELOADS }),
    count(`services scaled up, down and replaced meanwhile`, steps, { atLeast: 1 }),
    count('requests that failed', sent.failures, { atMost: 0 }),
    {
      ...count('WebSockets that broke', broken.length, { atMost: 0 }),
      ours: `${broken.length} of ${opened}, ${ended} ended by their tasks, ${echoes} echoes`,
    },
  ];
};
export default routerDrops;

const count = (benchmark: string, figure: number, goal: Row['goal']): Row => ({
  ...{ benchmark, ours: String(figure), reference: '', theirs: '', figure, unit: '', goal },
});

async function startEchoes(swarm: RoutedSwarm): Promise<void> {
  const data = readFileSync(ECHO_TASK).toString('base64');
  await swarm.api('POST', '/v1/configs', { name: 'echo-task', data });
  await swarm.service({
    name: 'sockets',
    image: swarm.image,
    command: ['/app/node_modules/node/bin/node', ECHO_IN_IMAGE],
    configs: [{ config: 'echo-task', target: ECHO_IN_IMAGE }],
    env: { ECHO_LINGER_MS: String(LINGER_MS) },
    healthcheck: { test: ['CMD', 'test', '-e', '/tmp/ready'], interval: 500, timeout: 5_000, retries: 50 },
    stopGracePeriod: 2 * LINGER_MS,
    replicas: 2,
    labels: { 'swarmplane.http.sockets.host': SOCKETS_HOST, 'swarmplane.http.sockets.port': '8080' },
  });
}

async function openSockets(bench: Bench, swarm: RoutedSwarm): Promise<Probe> {
  const sockets = Probe.start(bench, 'web-sockets', swarm.netns);
  await sockets.ask('open', { door: { port: swarm.port, host: SOCKETS_HOST }, count: SOCKETS });
  return sockets;
}

/** Has the router reload by a change that needs it, and answers how often it has by now. */
async function reload(swarm: RoutedSwarm, turn: number): Promise<number> {
  const { reloads: before } = await swarm.router();
  const route = {
    name: 'forced',
    hosts: ['forced.example.com'],
    backends: [{ service: 'web', port: 80 }],
    requestHeaders: { set: { 'X-Turn': String(turn) } },
  };
  if (turn === 0) await swarm.api('POST', '/v1/routes', route);
  else await swarm.api('PUT', '/v1/routes/forced', route);
  return (await swarm.router(({ reloads }) => reloads > before)).reloads;
}

/** Scales services and replaces their tasks, until it is over. Answers how often. */
async function change(swarm: RoutedSwarm, isOver: () => boolean): Promise<number> {
  const steps = [
    () => swarm.scale('web', 8),
    () => swarm.roll('web', 'start-first'),
    () => swarm.scale('web', 3),
    () => swarm.scale('sockets', 4),
    () => swarm.roll('web', 'stop-first'),
    () => swarm.roll('sockets', 'start-first'),
    () => swarm.scale('web', 4),
    () => swarm.scale('sockets', 2),
  ];
  let done = 0;
  for (; !isOver(); done++) await steps[done % steps.length]!();
  return done;
}
