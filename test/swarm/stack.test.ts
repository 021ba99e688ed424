import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { mustRun } from '../../scripts/command.ts';
import { EngineClient } from '../../scripts/engine/engine-client.ts';
import { ensureSwarmplaneImage } from '../../scripts/engine/swarmplane-image.ts';
import { engineApi } from '../support/engine-api.ts';
import { eventually } from '../support/eventually.ts';
import { EngineNetwork } from '../support/routing/engine-network.ts';
import { FrontDoor, type Answer } from '../support/routing/front-door.ts';

const engine = inject('engine');
const docker = engineApi(engine.dockerHost);
const STACK = 'swarmplane-test';
const PORTS = { api: 27_400, http: 27_080, https: 27_443 };
/** The first run on a machine makes the image. */
const MADE_WITHIN_MS = 5 * 60_000;
const HEALTHY_WITHIN_MS = 60_000;
/** Routers have half a minute to end what they have begun. */
const GONE_WITHIN_MS = 60_000;

/** What docs/deployment.md says to make first. */
const SECRETS = {
  'swarmplane-admin-token': randomBytes(32).toString('hex'),
  'swarmplane-router-token': randomBytes(32).toString('hex'),
  'swarmplane-certificate-key': randomBytes(32).toString('hex'),
};
const NETWORKS = ['swarmplane-control', 'swarmplane-router'];
const ROUTED = 'stack-test-web';

let image: string;
let network: EngineNetwork;
let door: FrontDoor;
let isOurs = false;

interface Container {
  readonly Id: string;
  readonly Status: string;
  readonly Labels: Readonly<Record<string, string>>;
}

const containers = async (): Promise<readonly Container[]> => {
  const filters = JSON.stringify({ label: [`com.docker.stack.namespace=${STACK}`] });
  return (await docker.get(`/containers/json?all=1&filters=${encodeURIComponent(filters)}`)) as Container[];
};

const named = async (path: string, name: string): Promise<{ ID?: string; Id?: string } | undefined> => {
  const filters = encodeURIComponent(JSON.stringify({ name: [name] }));
  const found = (await docker.get(`${path}?filters=${filters}`)) as {
    ID?: string;
    Id?: string;
    Name?: string;
    Spec?: { Name: string };
  }[];
  return found.find((each) => (each.Spec?.Name ?? each.Name) === name);
};

/** Runs the Docker CLI against the engine, with what the stack file asks of the environment. */
const cli = (...args: string[]): Promise<string> =>
  mustRun('docker', args, {
    env: {
      ...process.env,
      DOCKER_HOST: engine.dockerHost,
      SWARMPLANE_IMAGE: image,
      SWARMPLANE_DOCKER_SOCKET: engine.dockerHost.replace('unix://', ''),
      SWARMPLANE_CONTROL_DIR: dirname(engine.controlSocket),
      SWARMPLANE_PORT: String(PORTS.api),
      SWARMPLANE_ROUTER_HTTP_PORT: String(PORTS.http),
      SWARMPLANE_ROUTER_HTTPS_PORT: String(PORTS.https),
    },
  });

/** Asks the server of the stack over its published port. */
const api = (path: string): Promise<Answer> =>
  new FrontDoor(network, { http: PORTS.api, https: PORTS.https }).ask({
    host: 'localhost',
    path,
    headers: { authorization: `Bearer ${SECRETS['swarmplane-admin-token']}` },
  });

beforeAll(async () => {
  const client = new EngineClient({ host: engine.dockerHost, verify: false, source: 'DOCKER_HOST' });
  for (const [path, names] of [
    ['/secrets', Object.keys(SECRETS)],
    ['/networks', NETWORKS],
  ] as const) {
    for (const name of names) {
      // On an engine that is shared they are somebody's own.
      if (await named(path, name)) throw new Error(`The engine has a "${name}" already. Remove it.`);
    }
  }
  isOurs = true;
  image = await ensureSwarmplaneImage(client, { pull: engine.shared });
  network = await EngineNetwork.open(engine, Object.values(PORTS));
  door = new FrontDoor(network, PORTS);
  for (const [Name, value] of Object.entries(SECRETS)) {
    await docker.send('POST', '/secrets/create', { Name, Data: Buffer.from(value).toString('base64') });
  }
  await cli('stack', 'deploy', '-c', 'docker-compose.yml', STACK);
}, MADE_WITHIN_MS);

afterAll(async () => {
  if (!isOurs) return;
  await docker.send('DELETE', `/services/${ROUTED}`).catch(() => undefined);
  await cli('stack', 'rm', STACK);
  await eventually(
    'the containers of the stack are gone',
    async () => (await containers()).length === 0 || undefined,
    GONE_WITHIN_MS,
  );
  for (const name of Object.keys(SECRETS)) await docker.send('DELETE', `/secrets/${name}`);
  for (const volume of ['server-state', 'router-state']) {
    await docker.send('DELETE', `/volumes/${STACK}_${volume}`);
  }
  await network.close();
}, GONE_WITHIN_MS + 30_000);

describe('docker-compose.yml', () => {
  it('brings up a server and a router that are healthy by their own checks', async () => {
    const healthy = await eventually(
      'both are healthy',
      async () => {
        const all = await containers();
        const ready = all.filter(({ Status }) => Status.includes('(healthy)'));
        return ready.length === 2 ? ready : undefined;
      },
      HEALTHY_WITHIN_MS,
    );
    expect(healthy.map(({ Labels }) => Labels['com.docker.swarm.service.name']).sort()).toEqual([
      `${STACK}_router`,
      `${STACK}_server`,
    ]);
  });

  it('gives them no more of the machine than they need', async () => {
    for (const { Id, Labels } of await containers()) {
      const { HostConfig, Config } = (await docker.get(`/containers/${Id}/json`)) as {
        HostConfig: { ReadonlyRootfs: boolean; CapDrop: string[]; Privileged: boolean };
        Config: { User: string };
      };
      expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'], Privileged: false });
      const isServer = Labels['com.docker.swarm.service.name'] === `${STACK}_server`;
      expect(Config.User).toBe(isServer ? '0:0' : '10001:10001');
    }
  });

  it('lets the router find the server on the network of their own, by the token of the installation', async () => {
    const router = await eventually('a router is ok', async () => {
      const { items } = JSON.parse((await api('/v1/routers')).body) as {
        items: { state: string; service: string; haproxyVersion: string }[];
      };
      return items.find(({ state }) => state === 'ok');
    });
    expect(router).toMatchObject({
      service: `${STACK}_router`,
      haproxyVersion: expect.stringMatching(/^\d+\.\d+/) as string,
    });
  });

  it('follows the swarm by its control socket, not by polling', async () => {
    const logs = await cli('service', 'logs', '--raw', `${STACK}_server`);
    expect(logs).toContain('Changes come from swarmkit');
    expect(logs).not.toContain('Changes come from poll');
  });

  it('serves a service that a label routes to', async () => {
    const labels = ['swarmplane.http.web.host=web.example.com', 'swarmplane.http.web.port=80'];
    await cli(
      ...['service', 'create', '--detach', '--name', ROUTED, '--network', 'swarmplane-router'],
      ...labels.flatMap((label) => ['--label', label]),
      'nginx',
    );
    const answer = await eventually('the task answers through the router', async () => {
      const seen = await door.ask({ host: 'web.example.com' });
      return seen.status === 200 ? seen : undefined;
    });
    expect(answer.body).toContain('Welcome to nginx!');
    expect((await door.ask({ host: 'other.example.com' })).status).toBe(503);
  });
});
