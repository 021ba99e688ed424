import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianProgram } from '../../scripts/engine/debian-program.ts';
import { ensureLocalImages } from '../../scripts/engine/local-images.ts';
import { startPrivateEngine, type PrivateEngine } from '../../scripts/engine/private-engine.ts';
import { pause } from '../../scripts/progress.ts';
import { ContainerNetwork } from '../support/container-network.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';

// Debian's Prometheus, on an overlay network as a service of the swarm would be, with real tasks to scrape.
const PROMETHEUS = 'http://127.0.0.1:9090';
const SCRAPED_WITHIN_MS = 40_000;
const NODE_ADDRESS = '192.168.99.11';
const directory = mkdtempSync(join(tmpdir(), 'swarmplane-prometheus-'));

let engine: PrivateEngine;
let server: RealServer;
let home: ContainerNetwork;
/** What Prometheus has said, for when it fails. */
let said = '';

interface ActiveTarget {
  readonly discoveredLabels: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
  readonly health: string;
}

beforeAll(async () => {
  engine = await startPrivateEngine({ allowShared: false });
  await ensureLocalImages(engine.client, { pull: false });
  server = await startRealServer(realPorts(engine));
  for (const name of ['front', 'back']) await server.rest.post('/v1/networks').send({ name }).expect(201);
  const shop = { 'prometheus-job': 'shop', 'prometheus-port': '9100', 'prometheus-path': '/m' };
  await service('shop', { labels: shop, replicas: 2, networks: [{ network: 'front' }, { network: 'back' }] });
  await service('exporter', {
    labels: { 'prometheus-job': 'exporter', 'prometheus-path': '/m' },
    ports: [{ targetPort: 9100, publishedPort: 9101, publishMode: 'host' }],
  });
  await service('unscraped', { networks: [{ network: 'front' }] });
  await service('monitor', { networks: [{ network: 'front' }] });
  const [monitor] = await running('monitor', 1);
  home = await ContainerNetwork.of(engine, monitor?.containerId ?? '');
  await home.reach(Number(new URL(server.url).port));
  await startPrometheus();
}, 360_000);

afterAll(async () => {
  await home?.close();
  await server?.close();
  await engine?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** A service whose tasks answer with a metric of their own at 9100/m. */
async function service(name: string, more: object): Promise<void> {
  const script =
    'mkdir /www && echo "shop_up{host=\\"$HOSTNAME\\"} 1" > /www/m && exec httpd -f -p 9100 -h /www';
  const input = { name, image: 'busybox', command: ['sh', '-c', script], stopGracePeriod: 100, ...more };
  await server.rest.post('/v1/services').send(input).expect(201);
}

/** The tasks of a service, once so many of them run. */
async function running(name: string, count: number) {
  const tasks = await server.state.until(() => {
    const [found] = server.state.services.named(name);
    const all = found ? server.state.tasks.by('service', found.id) : [];
    const wanted = all.filter((task) => task.state === 'running' && task.desiredState === 'running');
    return wanted.length === count ? wanted : undefined;
  }, 40_000);
  if (!tasks) throw new Error(`${count} tasks of ${name} do not run.`);
  return tasks;
}

async function startPrometheus(): Promise<void> {
  const made = await server.rest.post('/v1/tokens').send({ name: 'prometheus', role: 'viewer' }).expect(201);
  const { token } = made.body as { token: string };
  const discovery = (query: string): object => ({
    url: `${server.url}/v1/discovery/prometheus?${query}`,
    // This version of Prometheus has no default for the type here, whatever its documentation says.
    authorization: { type: 'Bearer', credentials: token },
    refresh_interval: '1s',
  });
  const config = join(directory, 'prometheus.yml');
  // JSON is YAML, too.
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [
        { job_name: 'overlay', http_sd_configs: [discovery('network=front&label=prometheus-job')] },
        { job_name: 'host', http_sd_configs: [discovery('via=host&label=prometheus-job')] },
      ],
    }),
  );
  const program = await debianProgram('prometheus', ['prometheus']);
  const child = home.spawn([
    ...program,
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    `--web.listen-address=${new URL(PROMETHEUS).host}`,
  ]);
  for (const output of [child.stdout, child.stderr]) {
    output?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  }
}

interface Targets {
  readonly data: { readonly activeTargets: readonly ActiveTarget[] };
}

/** The targets that Prometheus has, once they are at these addresses and all of them have been scraped. */
async function scraped(addresses: readonly string[]): Promise<readonly ActiveTarget[]> {
  const expected = addresses.map((address) => `http://${address}/m`).sort();
  let seen: unknown;
  for (const deadline = Date.now() + SCRAPED_WITHIN_MS; Date.now() < deadline; await pause(250)) {
    const { data } = await home
      .fetch(`${PROMETHEUS}/api/v1/targets`)
      .then((answer) => JSON.parse(answer) as Targets)
      // Before it is ready it refuses connections, and then says "Service Unavailable".
      .catch((): Targets => ({ data: { activeTargets: [] } }));
    seen = data.activeTargets.map(({ scrapeUrl, health }) => `${scrapeUrl} ${health}`).sort();
    if (JSON.stringify(seen) === JSON.stringify(expected.map((url) => `${url} up`))) {
      return data.activeTargets;
    }
  }
  throw new Error(
    `Prometheus has ${JSON.stringify(seen)}, not ${JSON.stringify(expected)}: ${said.slice(-2_000)}`,
  );
}

const idOf = (network: string): string => server.state.networks.named(network)[0]?.id ?? '';

async function shopAddresses(count: number): Promise<string[]> {
  const tasks = await running('shop', count);
  return tasks.flatMap(({ addresses }) =>
    addresses.filter(({ networkId }) => networkId === idOf('front')).map(({ address }) => `${address}:9100`),
  );
}

describe('a real Prometheus', () => {
  it('finds and scrapes tasks on its network, and ports in host mode', async () => {
    const addresses = await shopAddresses(2);
    expect(addresses.length).toBe(2);
    const targets = await scraped([...addresses, `${NODE_ADDRESS}:9101`]);
    const jobs = targets.map(({ labels }) => labels['job']).sort();
    expect(jobs).toEqual(['exporter', 'shop', 'shop']);
    // It knows each by the labels that it would have given it itself.
    const node = server.state.nodes.all()[0];
    for (const { discoveredLabels } of targets.filter(({ labels }) => labels['job'] === 'shop')) {
      const task = server.state.tasks.get(discoveredLabels['__meta_dockerswarm_task_id'] ?? '');
      expect(discoveredLabels).toMatchObject({
        __meta_dockerswarm_service_name: 'shop',
        __meta_dockerswarm_service_label_prometheus_job: 'shop',
        __meta_dockerswarm_task_slot: String(task?.slot),
        __meta_dockerswarm_task_container_id: task?.containerId,
        __meta_dockerswarm_network_name: 'front',
        __meta_dockerswarm_node_id: node?.id,
        __meta_dockerswarm_node_hostname: node?.hostname,
      });
    }
    // And has their metrics: one of each container.
    const answer = await home.fetch(`${PROMETHEUS}/api/v1/query?query=count(shop_up)`);
    expect(JSON.parse(answer)).toMatchObject({ data: { result: [{ value: [expect.any(Number), '3'] }] } });
  });

  it('follows the service as it is scaled', async () => {
    await server.rest.post('/v1/services/shop/scale').send({ replicas: 3 }).expect(200);
    const three = await shopAddresses(3);
    await scraped([...three, `${NODE_ADDRESS}:9101`]);
    await server.rest.post('/v1/services/shop/scale').send({ replicas: 0 }).expect(200);
    await scraped([`${NODE_ADDRESS}:9101`]);
  });
});
