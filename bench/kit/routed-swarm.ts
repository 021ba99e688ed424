import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureLocalImages } from '../../scripts/engine/local-images.ts';
import { startPrivateEngine, type PrivateEngine } from '../../scripts/engine/private-engine.ts';
import { ensureSwarmplaneImage } from '../../scripts/engine/swarmplane-image.ts';
import { pause, say } from '../../scripts/progress.ts';
import type { Bench } from './benchmark.ts';
import type { OurServer } from './our-server.ts';

const ROUTERS = 'bench-router';
/** The network of the routers, and of the tasks that they reach. */
const NETWORK = 'bench';
/** Where the router listens in its container. */
const PORT = 8080;
/** How long a new task is looked at before the next one is replaced, in milliseconds. */
const MONITOR_MS = 500;
const POLL_MS = 100;
const WITHIN_MS = 90_000;

/** An answer says which task gives it, and nothing is written to a log. */
const SITE = `server {
  listen 80;
  access_log off;
  keepalive_requests 1000000;
  location / { return 200 $hostname; }
}
`;

/** What the server says of a router, as far as benchmarks look at it. */
export interface SeenRouter {
  readonly state: string;
  readonly reason: string | null;
  readonly configVersion: number | null;
  readonly appliedVersion: number | null;
  readonly reloads: number;
  readonly runtimeChanges: number;
}

/** A service of nginx tasks that tell who they are. */
export interface NginxService {
  readonly name: string;
  readonly replicas: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A private engine with our server, one router as it deploys them, and services of nginx on the router's network. */
export class RoutedSwarm {
  readonly engine: PrivateEngine;
  readonly server: OurServer;
  /** The image of Swarmplane. */
  readonly image: string;
  /** The container of the router. */
  readonly container: string;
  /**
   * The path of the router's network namespace. Its port is asked on the loopback there, so that neither a process of
   * the engine nor its address translation is on the way.
   */
  readonly netns: string;
  readonly url = `http://127.0.0.1:${PORT}/`;
  readonly port = PORT;

  private constructor(
    engine: PrivateEngine,
    server: OurServer,
    image: string,
    container: string,
    netns: string,
  ) {
    this.engine = engine;
    this.server = server;
    this.image = image;
    this.container = container;
    this.netns = netns;
  }

  /** Makes all of it, which goes with the benchmark. */
  static async open(bench: Bench): Promise<RoutedSwarm> {
    say('A private engine with a router …');
    const engine = await startPrivateEngine({ allowShared: false });
    bench.atEnd(() => engine.stop());
    await ensureLocalImages(engine.client, { pull: false });
    const image = await ensureSwarmplaneImage(engine.client, { pull: false });
    const directory = mkdtempSync(join(tmpdir(), 'swarmplane-bench-'));
    bench.atEnd(() => rmSync(directory, { recursive: true, force: true }));
    const socket = join(directory, 'run', 'server.sock');
    const server = await bench.server({ engine }, { env: { SWARMPLANE_SOCKET: socket } });
    await api(server, 'POST', '/v1/networks', { name: NETWORK, labels: { 'io.swarmplane.router': '' } });
    await api(server, 'POST', '/v1/configs', { name: 'site', text: SITE });
    await api(server, 'POST', '/v1/routers', {
      ...{ name: ROUTERS, image, server: `unix:${socket}`, networks: [NETWORK] },
    });
    await routerOf(server, ({ state }) => state === 'ok');
    const container = await containerOf(engine);
    return new RoutedSwarm(engine, server, image, container, await netnsOf(engine, container));
  }

  /** Asks our server as its admin. Rejects unless it succeeds. `done`: waits until tasks are as they should be. */
  api<T>(method: string, path: string, body?: object, when: 'done' | 'at once' = 'at once'): Promise<T> {
    return api(this.server, method, path, body, when === 'done' ? { prefer: 'wait=60' } : {});
  }

  /** Starts a service, and waits until its tasks run. */
  async nginx({ name, replicas, labels = {} }: NginxService): Promise<void> {
    await this.service({
      ...{ name, replicas, labels },
      image: 'nginx',
      hostname: '{{.Task.ID}}',
      configs: [{ config: 'site', target: '/etc/nginx/conf.d/default.conf' }],
      // So it ends what it has begun.
      stopSignal: 'SIGQUIT',
    });
  }

  /** Starts any service on the network of the router, and waits until its tasks run. */
  async service(input: object): Promise<void> {
    const service = { resolveImage: 'off', networks: [{ network: NETWORK }], ...input };
    await this.api('POST', '/v1/services', service, 'done');
  }

  /** Changes how many tasks a service has, and waits until it is so unless told otherwise. */
  async scale(name: string, replicas: number, when: 'done' | 'at once' = 'done'): Promise<void> {
    await this.api('POST', `/v1/services/${name}/scale`, { replicas }, when);
  }

  /** Replaces the tasks of a service one by one, and waits until that is done. */
  async roll(name: string, order: 'start-first' | 'stop-first'): Promise<void> {
    const updateConfig = { parallelism: 1, order, monitor: MONITOR_MS };
    await this.api('PATCH', `/v1/services/${name}`, { updateConfig });
    await this.api('POST', `/v1/services/${name}/restart`, undefined, 'done');
  }

  /** The router, as soon as it fits. */
  router(fits: (router: SeenRouter) => boolean = () => true): Promise<SeenRouter> {
    return routerOf(this.server, fits);
  }

  /** The router, once it serves all that the server has for it. */
  async settled(): Promise<SeenRouter> {
    // What was written last is on its way for a moment.
    await pause(500);
    return this.router((router) => router.state === 'ok' && router.appliedVersion === router.configVersion);
  }

  /** Starts a program in the container of the router, as its user. Goes with the container. */
  async start(command: string, environment: Readonly<Record<string, string>>): Promise<void> {
    const { client } = this.engine;
    const { Id } = await client.call<{ Id: string }>('POST', `/containers/${this.container}/exec`, {
      body: {
        Cmd: ['sh', '-c', command],
        Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      },
    });
    await client.call('POST', `/exec/${Id}/start`, { body: { Detach: true } });
  }
}

async function api<T>(
  { url, headers }: OurServer,
  method: string,
  path: string,
  body?: object,
  more: Readonly<Record<string, string>> = {},
): Promise<T> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { ...headers, ...more },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 1_000)}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

async function routerOf(server: OurServer, fits: (router: SeenRouter) => boolean): Promise<SeenRouter> {
  let seen: SeenRouter | undefined;
  for (const deadline = performance.now() + WITHIN_MS; performance.now() < deadline; await pause(POLL_MS)) {
    const { items } = await api<{ items: SeenRouter[] }>(server, 'GET', `/v1/routers?service=${ROUTERS}`);
    seen = items[0];
    if (seen && fits(seen)) return seen;
  }
  throw new Error(`The router has not come to it within ${WITHIN_MS} ms: ${JSON.stringify(seen)}`);
}

async function containerOf({ client }: PrivateEngine): Promise<string> {
  const filters = JSON.stringify({ label: [`com.docker.swarm.service.name=${ROUTERS}`] });
  const [found] = await client.call<{ Id: string }[]>('GET', '/containers/json', { query: { filters } });
  if (!found) throw new Error('No container of the router runs.');
  return found.Id;
}

/** The engine has mounted it in a mount namespace of its own. */
async function netnsOf({ client, netnsPid }: PrivateEngine, container: string): Promise<string> {
  const { NetworkSettings } = await client.call<{ NetworkSettings: { SandboxKey: string } }>(
    'GET',
    `/containers/${container}/json`,
  );
  return `/proc/${netnsPid}/root${NetworkSettings.SandboxKey}`;
}
