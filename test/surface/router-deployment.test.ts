import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/api/plan.types.ts';
import type { RouterConfig } from '../../src/domain/router-config.ts';
import type { Service } from '../../src/domain/service.ts';
import type { WrittenService } from '../../src/services/written-service.types.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { EventReader } from '../support/event-stream.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

let swarm: FakeSwarm;
let surface: Surface;
beforeEach(async () => {
  swarm = new FakeSwarm([{ hostname: 'm' }, { hostname: 'w' }]);
  surface = await startSurface({ swarm });
});
afterEach(() => surface.close());

const INPUT = { image: 'swarmplane:1', server: 'http://tasks.server:7400' };

async function deploy(more: object = {}): Promise<WrittenService> {
  const response = await surface.rest.post('/v1/routers').send({ ...INPUT, ...more });
  expect(response.status, response.text.slice(0, 300)).toBe(200);
  await swarm.settled();
  return bodyOf<WrittenService>(response);
}
const planOf = async (more: object = {}): Promise<Plan> =>
  bodyOf<Plan>(
    await surface.rest
      .post('/v1/routers?dryRun=true')
      .send({ ...INPUT, ...more })
      .expect(200),
  );
const service = (name = 'swarmplane-router'): Service =>
  swarm.all('service').find((each) => each.name === name) as Service;
const secretNames = (): string[] => [...swarm.gateway.files.secret.values()].map(({ name }) => name).sort();
const tokens = async (): Promise<{ id: string; name: string; role: string }[]> =>
  bodyOf<{ items: { id: string; name: string; role: string }[] }>(await surface.rest.get('/v1/tokens')).items;

describe('deploying routers', () => {
  it('makes the service, its network, its token and its key, and mounts what must not be seen', async () => {
    const plan = await planOf();
    expect(plan).toMatchObject({ action: 'create', kind: 'service', name: 'swarmplane-router', id: null });
    expect(plan.warnings.join(' ')).toMatch(/token.*secret.*network "swarmplane-router" is made/);
    expect(swarm.all('service')).toEqual([]);

    const made = await deploy({ tcpPorts: [5432], trustedProxies: ['10.0.0.0/8'] });
    const network = swarm.all('network').find(({ name }) => name === 'swarmplane-router');
    expect(network).toMatchObject({ attachable: true, labels: { 'io.swarmplane.router': '' } });
    const [token] = await tokens();
    expect(token).toMatchObject({ name: 'Routers of swarmplane-router', role: 'router' });
    expect(secretNames()).toEqual([
      expect.stringMatching(/^swarmplane-certificate-key-[\da-f]{8}$/),
      `swarmplane-router-token-${token?.id}`,
    ]);
    expect(made).toMatchObject({
      name: 'swarmplane-router',
      mode: 'global',
      readOnly: true,
      init: true,
      user: '10001:10001',
      capabilityDrop: ['ALL'],
      stopGracePeriod: 30_000,
      labels: { 'io.swarmplane.router': '', 'io.swarmplane.router.trusted-proxies': '10.0.0.0/8' },
      networks: [{ networkId: network?.id }],
      updateConfig: { parallelism: 1, order: 'stop-first', failureAction: 'rollback' },
      healthcheck: { test: ['CMD', 'swarmplane', 'health'] },
      env: {
        SWARMPLANE_SERVER: 'http://tasks.server:7400',
        SWARMPLANE_TOKEN_FILE: '/run/secrets/swarmplane-token',
        SWARMPLANE_ROUTER_ID: '{{.Task.ID}}',
      },
      ports: [
        { targetPort: 8080, publishedPort: 80, publishMode: 'host' },
        { targetPort: 8443, publishedPort: 443, publishMode: 'host' },
        { targetPort: 5432, publishedPort: 5432, publishMode: 'host' },
      ],
    });
    expect(made.secrets.map(({ target, uid, mode }) => [target, uid, mode])).toEqual([
      ['swarmplane-token', '10001', 0o400],
      ['swarmplane-certificate-key', '10001', 0o400],
    ]);
  });

  it('lets the token in as a router, and nothing of it be seen', async () => {
    await deploy();
    const secret = [...swarm.gateway.files.secret.values()].find(({ name }) => name.includes('-token-'));
    const token = Buffer.from(secret?.data ?? '', 'base64').toString();
    const me = await surface.as(token).get('/v1/me').expect(200);
    expect(me.body).toMatchObject({ role: 'router' });
    await surface.as(token).get('/v1/services').expect(403);
  });

  it('lets the routers of each service have its own settings, by their token', async () => {
    await deploy({ trustedProxies: ['10.0.0.0/8'] });
    await deploy({ name: 'inner', httpPort: 81, httpsPort: 444, acceptProxyProtocol: true });
    const told: unknown[] = [];
    for (const { data } of swarm.gateway.files.secret.values()) {
      const token = Buffer.from(data, 'base64').toString();
      if (!token.startsWith('swp_')) continue;
      const reader = await EventReader.open(`http://${surface.address}/v1/routers/config`, {
        Authorization: `Bearer ${token}`,
      });
      const { data: text = '' } = await reader.event();
      told.push((JSON.parse(text) as RouterConfig).settings);
      reader.close();
    }
    expect(told).toEqual([
      { trustedProxies: ['10.0.0.0/8'], acceptProxyProtocol: false },
      { trustedProxies: [], acceptProxyProtocol: true },
    ]);
  });

  it('again changes nothing, and keeps the token; otherwise only what is said otherwise', async () => {
    const made = await deploy();
    const before = secretNames();
    expect(await planOf()).toMatchObject({ action: 'none', changes: [], version: made.version });
    expect(await deploy()).toMatchObject({ id: made.id, version: made.version });
    const plan = await planOf({ image: 'swarmplane:2', httpPort: 8080 });
    expect(plan.changes.map(({ pointer }) => pointer).sort()).toEqual(['/image', '/ports']);
    const after = await deploy({ image: 'swarmplane:2', httpPort: 8080 });
    expect(after).toMatchObject({ id: made.id, image: 'swarmplane:2', secrets: made.secrets });
    expect(secretNames()).toEqual(before);
  });

  it('keeps environment, labels and networks that somebody gave the service', async () => {
    await deploy();
    await surface.rest.post('/v1/networks').send({ name: 'more' }).expect(201);
    await surface.rest.put('/v1/services/swarmplane-router/networks/more').send({}).expect(200);
    const patch = { env: { SWARMPLANE_LOG_LEVEL: 'debug' }, labels: { owner: 'web' } };
    await surface.rest.patch('/v1/services/swarmplane-router').send(patch).expect(200);
    await swarm.settled();
    expect(await planOf()).toMatchObject({ action: 'none' });
    expect(await deploy()).toMatchObject({
      env: { SWARMPLANE_LOG_LEVEL: 'debug' },
      labels: { owner: 'web' },
      networks: [{}, {}],
    });
  });

  it('gives it another token where the one that it had was revoked', async () => {
    await deploy();
    const [old] = await tokens();
    await surface.rest.delete(`/v1/tokens/${old?.id}`).expect(204);
    const plan = await planOf();
    expect(plan.action).toBe('update');
    const after = await deploy();
    const [token] = await tokens();
    expect(after.secrets[0]?.secretName).toBe(`swarmplane-router-token-${token?.id}`);
  });

  it('makes the network of routers also where it is to be on another one, that of the server', async () => {
    await surface.rest.post('/v1/networks').send({ name: 'api' }).expect(201);
    expect((await planOf({ networks: ['api'] })).warnings.join(' ')).toContain('"swarmplane-router" is made');
    const made = await deploy({ networks: ['api'] });
    const names = made.networks.map(
      ({ networkId }) => swarm.all('network').find(({ id }) => id === networkId)?.name,
    );
    expect(names).toEqual(['api', 'swarmplane-router']);
  });

  it('uses networks of routers that are there, and mounts the folder of a socket', async () => {
    for (const name of ['edge-a', 'edge-b']) {
      await surface.rest
        .post('/v1/networks')
        .send({ name, labels: { 'io.swarmplane.router': '' } })
        .expect(201);
    }
    const plan = await planOf({ server: 'unix:/srv/data/run/server.sock' });
    expect(plan.warnings.join(' ')).toContain('Only routers on the node of the server');
    const made = await deploy({ server: 'unix:/srv/data/run/server.sock', publishMode: 'ingress' });
    expect(made.networks).toHaveLength(2);
    expect(swarm.all('network').map(({ name }) => name)).not.toContain('swarmplane-router');
    expect(made.env['SWARMPLANE_SERVER']).toBe('unix:/run/swarmplane-server/server.sock');
    expect(made.mounts).toContainEqual(
      expect.objectContaining({
        type: 'bind',
        source: '/srv/data/run',
        target: '/run/swarmplane-server',
        readOnly: true,
      }),
    );
    expect(made).toMatchObject({ endpointMode: 'vip', updateConfig: { order: 'start-first' } });
  });

  it('refuses what no router could be, before anything is made', async () => {
    await surface.rest.post('/v1/services').send({ name: 'web', image: 'nginx' }).expect(201);
    for (const [input, code, pointer] of [
      [{ server: 'server:7400' }, 'INVALID', '/server'],
      [{ server: 'http://server:7400/v1' }, 'INVALID', '/server'],
      [{ server: 'unix:relative' }, 'INVALID', '/server'],
      [{ httpPort: 443 }, 'INVALID', '/httpsPort'],
      [{ tcpPorts: [9000, 9000] }, 'INVALID', '/tcpPorts/1'],
      [{ tcpPorts: [8443] }, 'INVALID', '/tcpPorts/0'],
      [{ tcpPorts: [0] }, 'INVALID', '/tcpPorts'],
      [{ trustedProxies: ['10.0.0.1/8'] }, 'INVALID', '/trustedProxies/0'],
      [{ replicas: 3 }, 'INVALID', '/replicas'],
      [{ mode: 'replicated-job' }, 'INVALID', '/mode'],
      [{ constraints: ['nonsense'] }, 'INVALID', '/placement/constraints/0'],
      [{ networks: ['none'] }, 'NOT_FOUND', null],
      [{ name: 'web' }, 'NAME_TAKEN', null],
    ] as const) {
      const body = { ...INPUT, ...input };
      const rest = await surface.rest.post('/v1/routers').send(body);
      expect(rest.body, JSON.stringify(input)).toMatchObject({ code });
      const dry = await surface.rest.post('/v1/routers?dryRun=true').send(body);
      expect(dry.body).toMatchObject({ code });
      if (pointer === null) continue;
      const { errors = [] } = bodyOf<{ errors?: { pointer: string }[] }>(rest);
      expect(errors.map((error) => error.pointer)).toContain(pointer);
    }
    expect(await tokens()).toEqual([]);
    expect(secretNames()).toEqual([]);
  });

  it('is undone: the service, its secrets and its token go', async () => {
    await deploy();
    await surface.rest.post('/v1/services').send({ name: 'web', image: 'nginx' }).expect(201);
    await surface.rest.delete('/v1/routers/services/web').expect(404);
    await surface.rest.delete('/v1/routers/services/swarmplane-router').expect(204);
    expect(service()).toBeUndefined();
    expect(await tokens()).toEqual([]);
    expect(secretNames()).toEqual([]);
  });
});
