import { say } from '../scripts/progress.ts';
import type { Benchmark } from './kit/benchmark.ts';
import { median } from './kit/figures.ts';
import { RoutedSwarm } from './kit/routed-swarm.ts';
import { ratioRow } from './kit/row.ts';
import { startStaticProxy } from './kit/static-proxy.ts';
import { load, type Load } from './kit/wrk.ts';

const HOST = 'bench.example.com';
const TASKS = 4;
const CONNECTIONS = 32;
const SECONDS = 2;
const ROUNDS = 11;
const STATIC_PORT = 18_080;

/** Requests through our router, against a HAProxy whose configuration was written by hand for these tasks. */
const routerThroughput: Benchmark = async (bench) => {
  const swarm = await RoutedSwarm.open(bench);
  await swarm.nginx({
    name: 'web',
    replicas: TASKS,
    labels: { 'swarmplane.http.web.host': HOST, 'swarmplane.http.web.port': '80' },
  });
  await swarm.settled();
  const { items } = await swarm.api<{ items: { servers: { address: string }[] }[] }>('GET', '/v1/routes');
  const addresses = items.flatMap(({ servers }) => servers.map(({ address }) => address));
  if (addresses.length !== TASKS) throw new Error(`The route has ${addresses.length} servers.`);
  await startStaticProxy(swarm, byHand(addresses), STATIC_PORT);

  say(`${CONNECTIONS} connections to ${TASKS} tasks, by turns …`);
  const ask = async (port: number): Promise<Load> => {
    const { netns } = swarm;
    const url = `http://127.0.0.1:${port}/`;
    const found = await load({ url, headers: { Host: HOST }, netns }, CONNECTIONS, SECONDS);
    if (found.failures > 0) throw new Error(`${found.failures} of ${found.answers} requests failed.`);
    return found;
  };
  const [ours, theirs]: [Load[], Load[]] = [[], []];
  await ask(swarm.port);
  await ask(STATIC_PORT);
  for (let round = 0; round < ROUNDS; round++) {
    // Whoever is second has the warmer machine.
    const turns = [
      async () => ours.push(await ask(swarm.port)),
      async () => theirs.push(await ask(STATIC_PORT)),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
  }
  const middle = (loads: readonly Load[], of: keyof Load): number => median(loads.map((each) => each[of]));
  const reference = 'HAProxy with a configuration written by hand';
  return [
    ratioRow(
      {
        benchmark: `requests through the router, ${CONNECTIONS} connections, ${TASKS} tasks`,
        reference,
        goal: { atLeast: 0.97 },
        format: (perSecond) => `${perSecond.toFixed(0)}/s`,
      },
      middle(ours, 'perSecond'),
      middle(theirs, 'perSecond'),
    ),
    ratioRow(
      {
        benchmark: 'the same, p99',
        reference,
        goal: { atMost: 1.05 },
        format: (ms) => `${ms.toFixed(2)} ms`,
      },
      middle(ours, 'p99Ms'),
      middle(theirs, 'p99Ms'),
    ),
  ];
};
export default routerThroughput;

/** As somebody would write it who wants the most of HAProxy: connections are kept and shared, nothing is logged. */
const byHand = (addresses: readonly string[]): string => `global
  maxconn 4000

defaults
  mode http
  timeout connect 3s
  timeout client 60s
  timeout server 60s
  timeout http-request 10s
  timeout http-keep-alive 60s
  option http-keep-alive

frontend http
  bind *:${STATIC_PORT}
  http-request set-header X-Forwarded-Proto http
  option forwardfor
  use_backend web if { req.hdr(host) -i ${HOST} }
  default_backend web

backend web
  balance roundrobin
  http-reuse always
${addresses.map((address, index) => `  server task${index} ${address}:80`).join('\n')}
`;
