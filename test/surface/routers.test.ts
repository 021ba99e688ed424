import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RouterConfig, RouterConfigPatch } from '../../src/domain/router-config.ts';
import { patched } from '../../src/domain/router-config.ts';
import type { RouterReport } from '../../src/domain/router-report.ts';
import type { Task } from '../../src/domain/task.ts';
import { configHash } from '../../src/proxy/config-hash.ts';
import { RouterReports } from '../../src/routers/router-reports.ts';
import type { Router } from '../../src/routers/routers.types.ts';
import type { RouteTraffic } from '../../src/routers/traffic.types.ts';
import { routerReport, routeStats, serverStats } from '../factories/router.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { EventReader, type Block } from '../support/event-stream.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

let swarm: FakeSwarm;
let surface: Surface;
let token: string;
beforeEach(async () => {
  swarm = new FakeSwarm([{ hostname: 'alpha' }, { hostname: 'beta' }]);
  surface = await startSurface({ swarm, attachRouters: false });
  token = await surface.tokenFor('router');
  await surface.rest
    .post('/v1/networks')
    .send({ name: 'edge', labels: { 'io.swarmplane.router': '' } })
    .expect(201);
});
afterEach(() => surface.close());

/** A service with a route, as its labels say it. */
async function webService(name: string, host: string): Promise<void> {
  const labels = { [`swarmplane.http.${name}.host`]: host, [`swarmplane.http.${name}.port`]: '8080' };
  const input = { name, image: 'nginx', replicas: 2, labels, networks: [{ network: 'edge' }] };
  await surface.rest.post('/v1/services').send(input).expect(201);
  await swarm.settled();
}

async function routerService(): Promise<Task> {
  await surface.rest
    .post('/v1/services')
    .send({
      name: 'routers',
      image: 'swarmplane',
      labels: { 'io.swarmplane.router': '', 'io.swarmplane.router.trusted-proxies': '10.0.0.0/8' },
      networks: [{ network: 'edge' }],
      replicas: 1,
    })
    .expect(201);
  await swarm.settled();
  await surface.state.until(() => surface.state.tasks.all().find(({ state }) => state === 'running'), 5_000);
  return swarm.all('task').find(({ serviceName }) => serviceName === 'routers') as Task;
}

const report = (more: Partial<RouterReport> = {}) => {
  const body = routerReport(more);
  return surface.as(token).put(`/v1/routers/${body.id}/report`).send(body);
};
const routers = async (query = ''): Promise<Router[]> =>
  bodyOf<{ items: Router[] }>(await surface.rest.get(`/v1/routers${query}`).expect(200)).items;

/** Reads the configuration as a router does. */
class ConfigReader {
  config: RouterConfig | null = null;

  private constructor(private readonly events: EventReader) {}

  static async open(query = '', as = token): Promise<ConfigReader> {
    const url = `http://${surface.address}/v1/routers/config${query}`;
    return new ConfigReader(await EventReader.open(url, { Authorization: `Bearer ${as}` }));
  }

  async next(): Promise<Block> {
    const block = await this.events.event();
    const data = JSON.parse(block.data ?? '') as unknown;
    if (block.event === 'config') this.config = data as RouterConfig;
    else if (this.config) this.config = patched(this.config, data as RouterConfigPatch);
    if (this.config) expect(configHash(this.config)).toBe(this.config.hash);
    return block;
  }

  async until(fits: (config: RouterConfig) => boolean): Promise<RouterConfig> {
    for (;;) {
      await this.next();
      if (this.config && fits(this.config)) return this.config;
    }
  }

  end(): Promise<void> {
    return this.events.end();
  }

  close(): void {
    this.events.close();
  }
}

const hosts = ({ routes }: RouterConfig): string[] => routes.flatMap(({ spec }) => spec.hosts).sort();

describe('the stream of the configuration', () => {
  it('begins with all that there is, and goes on with what changes', async () => {
    await webService('shop', 'shop.example.com');
    const reader = await ConfigReader.open();
    const first = await reader.until((config) => config.routes[0]?.servers.length === 2);
    expect(hosts(first)).toEqual(['shop.example.com']);
    await webService('blog', 'blog.example.com');
    const both = await reader.until((config) => config.routes.length === 2);
    expect(hosts(both)).toEqual(['blog.example.com', 'shop.example.com']);
    expect(both.version).toBeGreaterThanOrEqual(first.version);
    await surface.rest.delete('/v1/services/shop').expect(204);
    expect(hosts(await reader.until((config) => config.routes.length === 1))).toEqual(['blog.example.com']);
    reader.close();
  });

  it('tells a router that comes back with the newest that it is', async () => {
    await webService('shop', 'shop.example.com');
    const reader = await ConfigReader.open();
    const config = await reader.until(({ routes }) => routes[0]?.servers.length === 2);
    reader.close();
    const again = await ConfigReader.open(`?hash=${config.hash}`);
    const { event, data } = await again.next();
    expect(event).toBe('patch');
    expect(JSON.parse(data ?? '')).toEqual({
      base: config.hash,
      version: config.version,
      hash: config.hash,
      routes: [],
      removedRoutes: [],
      certificates: [],
      removedCertificates: [],
    });
    const other = await ConfigReader.open('?hash=0000');
    expect((await other.next()).event).toBe('config');
    for (const each of [again, other]) each.close();
  });

  it('has what the labels of the service of the routers say, for the router that names itself and for all', async () => {
    const task = await routerService();
    for (const query of [`?router=${task.id}`, '']) {
      const reader = await ConfigReader.open(query);
      await reader.next();
      expect(reader.config?.settings).toEqual({ trustedProxies: ['10.0.0.0/8'], acceptProxyProtocol: false });
      if (query !== '') {
        const labels = { 'io.swarmplane.router.accept-proxy-protocol': 'true' };
        await surface.rest.patch('/v1/services/routers').send({ labels }).expect(200);
        await reader.until(({ settings }) => settings.acceptProxyProtocol);
        await surface.rest
          .patch('/v1/services/routers')
          .send({ labels: { 'io.swarmplane.router.accept-proxy-protocol': null } })
          .expect(200);
        await reader.until(({ settings }) => !settings.acceptProxyProtocol);
      }
      reader.close();
    }
  });

  it('ends when its token is revoked', async () => {
    const made = await surface.rest.post('/v1/tokens').send({ name: 'r', role: 'router' }).expect(201);
    const { id, token: own } = bodyOf<{ id: string; token: string }>(made);
    const reader = await ConfigReader.open('', own);
    await surface.rest.delete(`/v1/tokens/${id}`).expect(204);
    await reader.end();
  });

  it('keeps all routes while the swarm cannot be read', async () => {
    await webService('shop', 'shop.example.com');
    swarm.fail('engine-unreachable');
    swarm.source.breakStream();
    await surface.state.until(() => (surface.state.staleSince === null ? undefined : true), 5_000);
    const reader = await ConfigReader.open();
    await reader.next();
    expect(hosts(reader.config as RouterConfig)).toEqual(['shop.example.com']);
    reader.close();
    swarm.recover();
  });

  it('is for routers and admins, and a router has nothing else', async () => {
    const viewer = await surface.tokenFor('operator');
    await surface.as(viewer).get('/v1/routers/config').expect(403);
    const reader = await ConfigReader.open('', surface.adminToken);
    await reader.next();
    reader.close();
    await surface.as(token).get('/v1/routers').expect(403);
    await surface.as(token).get('/v1/me').expect(200);
    const { errors } = await surface.graphql('{ services { nodes { name } } }', {}, token);
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
  });
});

describe('a router', () => {
  it('is shown as it says, and as Swarm says of its task', async () => {
    const task = await routerService();
    const [silent] = await routers();
    expect(silent).toMatchObject({
      id: task.id,
      service: 'routers',
      state: 'starting',
      reason: expect.stringContaining('has not reported yet') as string,
      networks: [{ name: 'edge' }],
      age: null,
    });
    const config = { version: 5, hash: 'x' };
    await report({ id: task.id, nodeHostname: 'wrong', config, applied: config, reloads: 3 }).expect(204);
    const [heard, ...others] = await routers();
    expect(others).toEqual([]);
    expect(heard).toMatchObject({
      id: task.id,
      nodeId: task.nodeId,
      state: 'ok',
      haproxyVersion: '2.6.12',
      entrypoints: { http: { port: 8080 }, https: { port: 8443 } },
      configVersion: 5,
      appliedVersion: 5,
      reloads: 3,
      nack: null,
    });
    expect(heard?.nodeHostname).not.toBe('wrong');
    const one = await surface.rest.get(`/v1/routers/${task.id.slice(0, 8)}`).expect(200);
    expect(one.body).toMatchObject({ id: task.id });
    const { routers: listed, router } = await surface.data<Record<string, unknown>>(
      'query ($id: ID!) { routers(filter: { state: OK }) { totalCount nodes { id } } router(id: $id) { state service } }',
      { id: task.id },
    );
    expect(listed).toEqual({ totalCount: 1, nodes: [{ id: task.id }] });
    expect(router).toEqual({ state: 'OK', service: 'routers' });
    expect(await routers('?service=routers&state=away')).toEqual([]);
  });

  it('that HAProxy refuses something at says what', async () => {
    const at = '2026-01-01T00:00:00Z';
    await report({ nack: { version: 7, hash: 'y', reason: 'unknown keyword', at }, applied: null }).expect(
      204,
    );
    expect((await routers())[0]).toMatchObject({
      state: 'refused',
      reason: expect.stringContaining('unknown keyword') as string,
      nack: { version: 7 },
    });
  });

  it('that is silent is away, and later forgotten; one whose task is gone is forgotten at once', async () => {
    const reports = surface.app.get(RouterReports, { strict: false });
    const now = performance.now();
    reports.take(routerReport({ id: 'quiet', applied: { version: 1, hash: 'x' } }), now - 40_000);
    reports.take(routerReport({ id: 'forgotten' }), now - 700_000);
    expect((await routers()).map(({ id, state }) => [id, state])).toEqual([['quiet', 'away']]);
    const task = await routerService();
    await report({ id: task.id }).expect(204);
    await surface.rest.delete('/v1/services/routers').expect(204);
    await swarm.settled();
    await surface.state.until(() => (surface.state.tasks.get(task.id) ? undefined : true), 5_000);
    expect((await routers()).map(({ id }) => id)).toEqual(['quiet']);
    await report({ id: task.id, applied: null });
  });

  it('is told of to who has subscribed, but not that time passes', async () => {
    const subscription = await surface.subscribe<{
      routerChanged: { type: string; object: { id: string; state: string; reloads: number } };
    }>('subscription { routerChanged { type object { id state reloads } } }');
    const applied = { version: 1, hash: 'x' };
    await report({ applied }).expect(204);
    expect(await subscription.next()).toEqual({
      routerChanged: { type: 'ADDED', object: { id: 'router-1', state: 'OK', reloads: 0 } },
    });
    await report({ applied }).expect(204);
    await report({ applied, reloads: 2 }).expect(204);
    expect(await subscription.next()).toEqual({
      routerChanged: { type: 'UPDATED', object: { id: 'router-1', state: 'OK', reloads: 2 } },
    });
    expect(subscription.waiting).toBe(0);
  });

  it.each([
    [{ more: 1 }, '/more'],
    [{ agentVersion: 5 }, '/agentVersion'],
    [{ startedAt: 'yesterday' }, '/startedAt'],
    [{ applied: { version: -1, hash: '' } }, '/applied/version'],
    [{ problems: [{ kind: 'unheard-of', detail: '' }] }, '/problems/0/kind'],
    [{ entrypoints: { http: { port: 0 }, https: null } }, '/entrypoints/http/port'],
    [{ stats: { routes: [{ route: 'a' }], servers: [] } }, '/stats/routes/0/queued'],
    [{ stats: { routes: {}, servers: [] } }, '/stats/routes'],
    [{ stats: null }, '/stats'],
    [{ id: 'another' }, '/id'],
  ])('is not believed in %j', async (wrong, pointer) => {
    const response = await surface
      .as(token)
      .put('/v1/routers/router-1/report')
      .send({ ...routerReport(), ...wrong })
      .expect(400);
    const { errors } = bodyOf<{ errors: { pointer: string; detail: string }[] }>(response);
    expect(errors.map((error) => error.pointer)).toContain(pointer);
    expect(errors.length).toBeLessThanOrEqual(20);
    expect(await routers()).toEqual([]);
  });

  it('shows an admin what HAProxy is told', async () => {
    await webService('shop', 'shop.example.com');
    await report().expect(204);
    const { text, headers } = await surface.rest.get('/v1/routers/router-1/configuration').expect(200);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text).toContain('bind *:8080');
    expect(text).toContain('shop.example.com');
    const operator = surface.as(await surface.tokenFor('operator'));
    await operator.get('/v1/routers/router-1/configuration').expect(403);
  });
});

describe('the statistics of routes', () => {
  async function shopRoute(): Promise<{ id: string; servers: readonly { id: string; port: number }[] }> {
    await webService('shop', 'shop.example.com');
    const reader = await ConfigReader.open();
    const config = await reader.until(({ routes }) => routes[0]?.servers.length === 2);
    reader.close();
    return config.routes[0] as never;
  }

  it('are those of all routers together, by router and by server, and keep what is not said again', async () => {
    const route = await shopRoute();
    const [server] = route.servers;
    const id = server?.id ?? '';
    const rows = (requests: number, responseMs: number) => ({
      routes: [routeStats(route.id, { requests, status2xx: requests, responseMs, queued: 1 })],
      servers: [serverStats(route.id, id, { requests })],
    });
    await report({ id: 'one', stats: rows(100, 10) }).expect(204);
    await report({ id: 'two', stats: rows(300, 30) }).expect(204);
    await report({ id: 'two' }).expect(204);
    const response = await surface.rest.get('/v1/routers/statistics').expect(200);
    const [shop] = bodyOf<{ items: RouteTraffic[] }>(response).items;
    expect(shop).toMatchObject({
      id: route.id,
      name: 'shop',
      requests: 400,
      status2xx: 400,
      queued: 2,
      responseMs: 25,
    });
    expect(shop?.routers.map(({ router, requests }) => [router, requests])).toEqual([
      ['one', 100],
      ['two', 300],
    ]);
    expect(shop?.servers).toHaveLength(2);
    expect(shop?.servers.find((each) => each.server === id)).toMatchObject({
      service: 'shop',
      requests: 400,
      states: [
        { router: 'one', state: 'up' },
        { router: 'two', state: 'up' },
      ],
    });
    const graph = await surface.data<{ routeStatistics: { nodes: unknown[] } }>(
      '{ routeStatistics(filter: { route: "shop" }) { nodes { id requests servers { states { state } } } } }',
    );
    expect(graph.routeStatistics.nodes).toHaveLength(1);
    await surface.rest.get('/v1/routers/statistics?route=none').expect(404);
  });

  it('are metrics whose counters do not fall when a router begins anew', async () => {
    const route = await shopRoute();
    const requests = async (): Promise<number> => {
      const { text } = await surface.rest.get('/metrics').expect(200);
      return Number(/swarmplane_route_requests_total\{[^}]*name="shop"\} (\d+)/.exec(text)?.[1]);
    };
    const say = (count: number, startedAt = '2026-01-01T00:00:00Z') =>
      report({
        startedAt,
        stats: { routes: [routeStats(route.id, { requests: count })], servers: [] },
      }).expect(204);
    await say(100);
    await say(150);
    expect(await requests()).toBe(150);
    await say(20, '2026-01-02T00:00:00Z');
    expect(await requests()).toBe(170);
    const { text } = await surface.rest.get('/metrics').expect(200);
    expect(text).toContain('swarmplane_routers{state="starting"} 1');
    expect(text).not.toContain('swarmplane_route_server_seen');
  });

  it('are told to who follows a route', async () => {
    const route = await shopRoute();
    const subscription = await surface.subscribe<{ routeStatisticsChanged: { requests: number } }>(
      'subscription { routeStatisticsChanged(route: "shop") { requests } }',
    );
    expect(await subscription.next()).toEqual({ routeStatisticsChanged: { requests: 0 } });
    await report({ stats: { routes: [routeStats(route.id, { requests: 5 })], servers: [] } }).expect(204);
    expect(await subscription.next()).toEqual({ routeStatisticsChanged: { requests: 5 } });
  });
});
