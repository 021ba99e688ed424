import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { debianProgram } from '../scripts/engine/debian-program.ts';
import { pause, say } from '../scripts/progress.ts';
import {
  patched,
  ROUTER_SETTINGS,
  type RoutedRoute,
  type RouterConfig,
} from '../src/domain/router-config.ts';
import { ROUTE_DEFAULTS } from '../src/domain/route.ts';
import { compile } from '../src/proxy/compile.ts';
import { diff } from '../src/proxy/diff.ts';
import type { ProxyModel } from '../src/proxy/model.ts';
import { render } from '../src/proxy/render.ts';
import { RuntimeSocket } from '../src/proxy/runtime.ts';
import { pathsIn, PROXY_SETTINGS, type ProxySettings } from '../src/proxy/settings.ts';
import type { Benchmark } from './kit/benchmark.ts';
import { endOf } from './kit/child.ts';
import { freePort } from './kit/our-server.ts';
import { median, ROUNDS } from './kit/figures.ts';
import type { Row } from './kit/row.ts';

const ROUTES = 2000;
const SERVERS_EACH = 5;
const CHANGES = 200;
const POLL_MS = 2;

/** What a change costs before HAProxy hears of it, and how soon HAProxy serves a big configuration. */
const proxy: Benchmark = async (bench) => {
  const directory = mkdtempSync(join(tmpdir(), 'swarmplane-bench-proxy-'));
  bench.atEnd(() => rmSync(directory, { recursive: true, force: true }));
  const settings: ProxySettings = {
    ...PROXY_SETTINGS,
    address: '127.0.0.1',
    httpPort: await freePort(),
    httpsPort: null,
    runDirectory: directory,
  };
  const config = bigConfig();

  say(`One change among ${ROUTES} routes …`);
  const first = compile(config, settings);
  render(first);
  const task = measureChanges(config, first, settings, ofServers);
  const host = measureChanges(config, first, settings, ofHosts);

  say('From a configuration until HAProxy serves it …');
  const loads: number[] = [];
  for (let round = 0; round < ROUNDS; round++) loads.push(await firstLoad(config, settings));

  const of = `${ROUTES} routes, ${ROUTES * SERVERS_EACH} servers`;
  return [
    milliseconds(
      `${of}: compiled and compared after one task changed`,
      median(task.map(({ change }) => change)),
      5,
    ),
    milliseconds('the same: all files rendered', median(task.map(({ rendering }) => rendering)), 50),
    milliseconds('the same after the host of a route changed', median(host.map(({ change }) => change)), 50),
    milliseconds(`${of}: from the configuration until HAProxy has started with it`, median(loads), 2000),
  ];
};
export default proxy;

const milliseconds = (benchmark: string, figure: number, atMost: number): Row => ({
  benchmark,
  ours: `${figure.toFixed(2)} ms`,
  reference: '',
  theirs: '',
  figure,
  unit: 'ms',
  goal: { atMost },
});

function bigConfig(): RouterConfig {
  const routes = Array.from({ length: ROUTES }, (_, index): RoutedRoute => ({
    id: index.toString(16).padStart(16, '0'),
    claimedAt: '2026-01-01T00:00:00Z',
    spec: {
      ...ROUTE_DEFAULTS,
      name: `route-${index}`,
      hosts: [`host-${index}.example.com`, `*.host-${index}.example.com`],
      paths: [
        { kind: 'prefix', value: '/api' },
        { kind: 'prefix', value: '/' },
      ],
      backends: [{ service: `service-${index}`, port: 8080, weight: 1 }],
    },
    servers: Array.from({ length: SERVERS_EACH }, (__, server) => ({
      id: `task${index}x${server}`,
      service: `service-${index}`,
      address: `10.${index >> 8}.${index & 0xff}.${server + 2}`,
      port: 8080,
      weight: 1,
      state: 'ready',
    })),
  }));
  return { version: 1, hash: '', settings: ROUTER_SETTINGS, routes, certificates: [] };
}

type Change = (route: RoutedRoute, turn: number) => RoutedRoute;

const ofServers: Change = (route, turn) => ({
  ...route,
  servers: [...route.servers.slice(1), { ...route.servers[0]!, id: `new${turn}` }],
});

const ofHosts: Change = (route, turn) => ({
  ...route,
  spec: { ...route.spec, hosts: [`new-${turn}.example.com`, `*.host-${turn}.example.com`] },
});

/** One route after the other changes, as it comes to a router: parsed from JSON, whole. */
function measureChanges(
  config: RouterConfig,
  first: ProxyModel,
  settings: ProxySettings,
  changed: Change,
): { readonly change: number; readonly rendering: number }[] {
  let model = first;
  let now = config;
  return Array.from({ length: CHANGES }, (_, turn) => {
    const text = JSON.stringify(changed(config.routes[(turn * 7) % ROUTES]!, turn));
    const routes = [JSON.parse(text) as RoutedRoute];
    now = patched(now, {
      base: '',
      version: 1,
      hash: '',
      routes,
      removedRoutes: [],
      certificates: [],
      removedCertificates: [],
    });
    const startedAt = performance.now();
    const next = compile(now, settings, model);
    const { commands, reloadReasons } = diff(model, next);
    const comparedAt = performance.now();
    render(next);
    const renderedAt = performance.now();
    if (reloadReasons.length > 0) {
      throw new Error(`A change that needs no reload has reasons for one: ${reloadReasons.join(' ')}`);
    }
    if (commands.length === 0) throw new Error('A change has no commands.');
    model = next;
    return { change: comparedAt - startedAt, rendering: renderedAt - comparedAt };
  });
}

/** Milliseconds from a configuration until HAProxy answers on its socket. */
async function firstLoad(config: RouterConfig, settings: ProxySettings): Promise<number> {
  const [program = '', ...before] = await debianProgram('haproxy', ['haproxy']);
  const paths = pathsIn(settings);
  rmSync(paths.socket, { force: true });
  const startedAt = performance.now();
  for (const [path, text] of render(compile(config, settings)).files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const child = spawn(program, [...before, '-db', '-f', paths.config], { stdio: 'ignore' });
  const runtime = new RuntimeSocket(paths.socket);
  try {
    while (!(await runtime.info().catch(() => null))) {
      if (child.exitCode !== null) throw new Error(`HAProxy ended with ${child.exitCode}.`);
      await pause(POLL_MS);
    }
    return performance.now() - startedAt;
  } finally {
    await endOf(child);
  }
}
