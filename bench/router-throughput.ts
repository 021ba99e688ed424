import { say } from '../scripts/progress.ts';
import type { Benchmark } from './kit/benchmark.ts';
import { median } from './kit/figures.ts';
import { RoutedSwarm } from './kit/routed-swarm.ts';
import { ratioRow, type Row } from './kit/row.ts';
import { startStaticProxy } from './kit/static-proxy.ts';
import { load, type Load } from './kit/wrk.ts';

const HOST = 'bench.example.com';
const TASKS = 4;
const CONNECTIONS = 32;
const SECONDS = 2;
const ROUNDS = 9;
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
  const rounds: Round[] = [];
  await ask(swarm.port);
  await ask(STATIC_PORT);
  for (let round = 0; round < ROUNDS; round++) {
    // Whoever is second has the warmer machine.
    if (round % 2 === 0) rounds.push({ ours: await ask(swarm.port), theirs: await ask(STATIC_PORT) });
    else rounds.push({ theirs: await ask(STATIC_PORT), ours: await ask(swarm.port) });
  }
  return [
    row(rounds, 'perSecond', {
      benchmark: `requests through the router, ${CONNECTIONS} connections, ${TASKS} tasks`,
      goal: { atLeast: 0.97 },
      format: (perSecond) => `${perSecond.toFixed(0)}/s`,
    }),
    row(rounds, 'p99Ms', {
      benchmark: 'the same, p99',
      goal: { atMost: 1.05 },
      format: (ms) => `${ms.toFixed(2)} ms`,
    }),
  ];
};
export default routerThroughput;

interface Round {
  readonly ours: Load;
  readonly theirs: Load;
}

/** Medians, and the median of the ratios of each round, in which both had the same machine. */
function row(
  rounds: readonly Round[],
  of: keyof Load,
  shown: Pick<Parameters<typeof ratioRow>[0], 'benchmark' | 'goal' | 'format'>,
): Row {
  const reference = 'HAProxy with a configuration written by hand for the same';
  const [ours, theirs] = [rounds.map((round) => round.ours[of]), rounds.map((round) => round.theirs[of])];
  return {
    ...ratioRow({ ...shown, reference }, median(ours), median(theirs)),
    figure: median(rounds.map((round) => round.ours[of] / round.theirs[of])),
  };
}

/**
 * As somebody would write it who wants the most of HAProxy: connections are kept and shared, nothing is logged. Tasks
 * are told the same of the client as by us, and forged headers do not reach them.
 */
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
  http-request del-header Forwarded
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Port 80
  use_backend web if { req.hdr(host) -i ${HOST} }
  default_backend web

backend web
  balance roundrobin
  http-reuse always
${addresses.map((address, index) => `  server task${index} ${address}:80`).join('\n')}
`;
