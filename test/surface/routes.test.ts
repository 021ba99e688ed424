import { afterEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import type { Page } from '../../src/api/page.ts';
import type { Plan } from '../../src/api/plan.types.ts';
import type { ConfigReference } from '../../src/domain/router-report.ts';
import { RouterConfigs } from '../../src/routers/router-configs.ts';
import { RouterReports } from '../../src/routers/router-reports.ts';
import type { RouteMatch } from '../../src/routing/route-match.types.ts';
import type { ExportedRoute, Route } from '../../src/routing/routes.types.ts';
import { HASH } from '../factories/route.ts';
import { routerReport } from '../factories/router.ts';
import { matching } from '../support/matching.ts';
import { Subscription } from '../support/subscription.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

const ROUTER = 'io.swarmplane.router';

let surface: Surface;
const open: Subscription<unknown>[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((subscription) => subscription.close()));
  await surface.close();
});

/** A network of routers, a service on it and one that is not. */
async function furnish(labels: Record<string, string> = {}): Promise<void> {
  surface = await startSurface();
  const { rest, swarm } = surface;
  await rest
    .post('/v1/networks')
    .send({ name: 'edge', labels: { [ROUTER]: '' } })
    .expect(201);
  const common = { image: 'nginx', replicas: 2 };
  await rest
    .post('/v1/services')
    .send({ ...common, name: 'web', labels, networks: [{ network: 'edge' }] })
    .expect(201);
  await rest
    .post('/v1/services')
    .send({ ...common, name: 'back' })
    .expect(201);
  await swarm.settled();
}

const shop = (more: object = {}): object => ({
  name: 'shop',
  hosts: ['shop.example.com'],
  backends: [{ service: 'web', port: 8080 }],
  ...more,
});

const create = async (body: object, expected = 201): Promise<Route> =>
  bodyOf<Route>(await surface.rest.post('/v1/routes').send(body).expect(expected));
const route = async (reference: string): Promise<Route> =>
  bodyOf<Route>(await surface.rest.get(`/v1/routes/${reference}`).expect(200));
const routes = async (query = ''): Promise<Page<Route>> =>
  bodyOf<Page<Route>>(await surface.rest.get(`/v1/routes${query}`).expect(200));

const runningOf = (name: string): string[] =>
  surface.swarm
    .all('task')
    .filter(({ serviceName, state }) => serviceName === name && state === 'running')
    .map(({ id }) => id)
    .sort();

describe('a route of the API', () => {
  it('is accepted, with the tasks of its service as servers', async () => {
    await furnish();
    const made = await create(shop());
    expect(made).toMatchObject({
      id: matching(/^[0-9a-f]{16}$/),
      source: 'api',
      service: null,
      status: { state: 'accepted', reason: null, by: [], mergedInto: null },
      protocol: 'http',
      retries: 1,
    });
    expect(made.servers.map(({ id }) => id)).toEqual(runningOf('web'));
    const [server] = made.servers;
    const task = surface.swarm.all('task').find(({ id }) => id === server?.id);
    const edge = surface.swarm.all('network').find(({ name }) => name === 'edge');
    expect(server).toEqual({
      id: task?.id,
      service: 'web',
      address: task?.addresses.find(({ networkId }) => networkId === edge?.id)?.address,
      port: 8080,
      weight: 100,
      state: 'ready',
      nodeId: task?.nodeId,
    });
    expect(await route('shop')).toEqual(made);
    expect(await route(made.id.slice(0, 6))).toEqual(made);
  });

  it('is the same in GraphQL', async () => {
    await furnish();
    const made = await create(shop({ sticky: { name: 'srv' }, rewrite: { addPrefix: '/v1' } }));
    const { route: same, service } = await surface.data<{ route: unknown; service: { routes: unknown[] } }>(
      `{ route(id: "shop") { id name version hosts protocol sticky { name setBy } rewrite { addPrefix }
           status { state reason by mergedInto } source servers { id state } routers { router } }
         service(id: "web") { routes { id } } }`,
    );
    expect(same).toEqual({
      id: made.id,
      name: 'shop',
      version: made.version,
      hosts: ['shop.example.com'],
      protocol: 'HTTP',
      sticky: { name: 'srv', setBy: 'ROUTER' },
      rewrite: { addPrefix: '/v1' },
      status: { state: 'ACCEPTED', reason: null, by: [], mergedInto: null },
      source: 'API',
      servers: made.servers.map(({ id }) => ({ id, state: 'READY' })),
      routers: [],
    });
    expect(service.routes).toEqual([{ id: made.id }]);
  });

  it('is replaced with its ETag, and deleted', async () => {
    await furnish();
    await create(shop({ methods: ['GET'] }));
    const { headers } = await surface.rest.get('/v1/routes/shop').expect(200);
    const etag = headers['etag'] ?? '';
    const replaced = await surface.rest
      .put('/v1/routes/shop')
      .set('If-Match', etag)
      .send(shop({ hosts: ['new.example.com'] }))
      .expect(200);
    expect(bodyOf<Route>(replaced)).toMatchObject({ hosts: ['new.example.com'], methods: [] });
    await surface.rest.put('/v1/routes/shop').set('If-Match', etag).send(shop()).expect(412);
    await surface.rest
      .put('/v1/routes/shop')
      .send(shop({ name: 'other' }))
      .expect(400);
    await surface.rest.delete('/v1/routes/shop').set('If-Match', etag).expect(412);
    await surface.rest.delete('/v1/routes/shop').expect(204);
    await surface.rest.get('/v1/routes/shop').expect(404);
    expect((await routes()).total).toBe(0);
  });

  it('is written, changed and deleted by GraphQL', async () => {
    await furnish();
    const { createRoute } = await surface.data<{ createRoute: Route }>(
      'mutation ($input: RouteInput!) { createRoute(input: $input) { id status { state } } }',
      { input: shop() },
    );
    expect(createRoute.status.state).toBe('ACCEPTED');
    const { updateRoute } = await surface.data<{ updateRoute: Route }>(
      'mutation ($input: RouteInput!) { updateRoute(id: "shop", input: $input) { paths { kind value } } }',
      { input: shop({ paths: [{ kind: 'EXACT', value: '/buy' }] }) },
    );
    expect(updateRoute.paths).toEqual([{ kind: 'EXACT', value: '/buy' }]);
    const { deleteRoute } = await surface.data<{ deleteRoute: string }>(
      'mutation { deleteRoute(id: "shop") }',
    );
    expect(deleteRoute).toBe(createRoute.id);
  });

  it('is refused with everything that is wrong with it', async () => {
    await furnish();
    const { errors } = bodyOf<Problem>(
      await surface.rest
        .post('/v1/routes')
        .send(shop({ hosts: ['Shop.Example.com'], retries: 50 }))
        .expect(400),
    );
    expect(errors?.map(({ pointer }) => pointer)).toEqual(['/hosts/0', '/retries']);
    const missing = bodyOf<Problem>(
      await surface.rest
        .post('/v1/routes')
        .send(shop({ backends: [{ service: 'nobody', port: 1 }] }))
        .expect(400),
    );
    expect(missing.errors).toEqual([
      { pointer: '/backends/0/service', detail: 'There is no service "nobody".' },
    ]);
    await surface.rest
      .post('/v1/routes')
      .send(shop({ backends: [{ service: 'web' }] }))
      .expect(409);
    await surface.rest
      .post('/v1/routes')
      .send(shop({ proxyProtocol: 3 }))
      .expect(400);
    await surface.rest
      .post('/v1/routes')
      .send(shop({ colour: 'red' }))
      .expect(400);
    await create(shop());
    await surface.rest.post('/v1/routes').send(shop()).expect(409);
  });

  it('is made once with an idempotency key', async () => {
    await furnish();
    const send = () => surface.rest.post('/v1/routes').set('Idempotency-Key', 'k').send(shop());
    const [first, second] = [await send().expect(201), await send().expect(201)];
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(bodyOf<Route>(second).id).toBe(bodyOf<Route>(first).id);
    await surface.rest
      .post('/v1/routes')
      .set('Idempotency-Key', 'k')
      .send(shop({ retries: 2 }))
      .expect(422);
  });

  it('is planned and not made with dryRun', async () => {
    await furnish();
    const plan = bodyOf<Plan>(await surface.rest.post('/v1/routes?dryRun=true').send(shop()).expect(200));
    expect(plan).toMatchObject({ action: 'create', kind: 'route', name: 'shop', warnings: [] });
    expect(plan.changes.map(({ pointer }) => pointer)).toEqual(['/hosts', '/backends', '/name']);
    expect((await routes()).total).toBe(0);
  });

  it('for a service on no network of the routers is refused with the fix, or attaches it', async () => {
    await furnish();
    const body = shop({ backends: [{ service: 'back', port: 80 }] });
    const problem = bodyOf<Problem>(await surface.rest.post('/v1/routes').send(body).expect(409));
    expect(problem.detail).toContain('PUT /v1/services/back/networks/edge');
    const plan = bodyOf<Plan>(
      await surface.rest.post('/v1/routes?attach=true&dryRun=true').send(body).expect(200),
    );
    expect(plan.tasks.restarted).toBe(2);
    const made = bodyOf<Route>(await surface.rest.post('/v1/routes?attach=true').send(body).expect(201));
    await surface.swarm.settled();
    await surface.state.until(() => (runningOf('back').length === 2 ? true : undefined), 5000);
    expect((await route(made.id)).servers).toHaveLength(2);
    await surface.data(
      'mutation ($input: RouteInput!) { deleteRoute(id: "shop") createRoute(input: $input, attach: true) { id } }',
      {
        input: body,
      },
    );
  });

  it('says how to make a network of the routers where there is none', async () => {
    surface = await startSurface();
    await surface.rest.post('/v1/services').send({ name: 'web', image: 'nginx' }).expect(201);
    for (const query of ['', '?attach=true']) {
      const problem = bodyOf<Problem>(await surface.rest.post(`/v1/routes${query}`).send(shop()).expect(409));
      expect(problem.detail).toContain(`{"name":"routes","labels":{"${ROUTER}":""}}`);
    }
  });

  it('shows hashes of passwords to who may write them only', async () => {
    await furnish();
    await create(shop({ basicAuth: { users: { ann: HASH } } }));
    const viewer = await surface.tokenFor('viewer');
    const seen = bodyOf<Route>(await surface.as(viewer).get('/v1/routes/shop').expect(200));
    expect(seen.basicAuth).toEqual({ realm: 'Restricted', users: { ann: '***' } });
    expect((await route('shop')).basicAuth?.users).toEqual({ ann: HASH });
    const query = `{ routes { nodes { basicAuth { users } } } route(id: "shop") { basicAuth { users } }
      service(id: "web") { routes { basicAuth { users } } }
      routeMatch(host: "shop.example.com") { route { basicAuth { users } } } }`;
    const asked = await Promise.all([
      surface.as(viewer).get('/v1/routes'),
      surface.as(viewer).get('/v1/routes/match?host=shop.example.com'),
      surface.as(viewer).get('/v1/routes/shop?format=swarmplane'),
      surface.as(viewer).post('/graphql').send({ query }),
    ]);
    for (const answer of asked) {
      expect(answer.status).toBe(200);
      expect(answer.text).toContain('***');
      expect(answer.text).not.toContain(HASH);
    }
  });

  it('is waited for until the routers that are there serve it', async () => {
    await furnish();
    const reports = surface.app.get(RouterReports, { strict: false });
    const configs = surface.app.get(RouterConfigs, { strict: false });
    const serve = ({ version, hash }: ConfigReference): void =>
      reports.take(routerReport({ applied: { version, hash } }));
    serve(configs.of(null));
    const early = await surface.rest.post('/v1/routes').set('Prefer', 'wait=1').send(shop()).expect(202);
    expect(bodyOf<Route>(early).routers).toMatchObject([{ router: 'router-1', applied: false }]);
    // From now on it serves at once whatever it is told.
    configs.subscribe(() => serve(configs.of(null)));
    const late = await surface.rest
      .put('/v1/routes/shop')
      .set('Prefer', 'wait=5')
      .send(shop({ retries: 3 }))
      .expect(200);
    const appliedVersion = configs.of(null).version;
    expect(bodyOf<Route>(late).routers).toEqual([{ router: 'router-1', appliedVersion, applied: true }]);
  });

  it('is not taken for served because of a version that another configuration had, too', async () => {
    await furnish();
    const reports = surface.app.get(RouterReports, { strict: false });
    reports.take(routerReport({ applied: { version: 1_000_000, hash: 'another' } }));
    await surface.rest.post('/v1/routes').send(shop()).expect(201);
    const { routers } = bodyOf<Route>(await surface.rest.get('/v1/routes/shop').expect(200));
    expect(routers).toMatchObject([{ router: 'router-1', appliedVersion: 1_000_000, applied: false }]);
  });
});

describe('a route of labels', () => {
  const LABELS = { 'swarmplane.http.main.host': 'web.example.com', 'swarmplane.http.main.port': '80' };

  it('is there, and is not written', async () => {
    await furnish(LABELS);
    const web = surface.swarm.all('service').find(({ name }) => name === 'web');
    const [said] = (await routes('?service=web')).items;
    expect(said).toMatchObject({
      name: 'main',
      source: 'swarmplane',
      service: { id: web?.id, name: 'web' },
      hosts: ['web.example.com'],
      status: { state: 'accepted' },
      createdAt: web?.createdAt,
    });
    for (const answer of [
      await surface.rest
        .put(`/v1/routes/${said?.id}`)
        .send(shop({ name: 'main' }))
        .expect(409),
      await surface.rest.delete('/v1/routes/main').expect(409),
    ]) {
      expect(bodyOf<Problem>(answer).detail).toContain('"swarmplane.http."');
    }
  });

  it('is quarantined with its reason when a label is wrong, and nothing else is', async () => {
    await furnish({ ...LABELS, 'swarmplane.http.bad.host': 'a b', 'swarmplane.http.bad.port': '80' });
    const { items } = await routes();
    expect(items.map(({ name, status }) => [name, status.state])).toEqual([
      ['bad', 'quarantined'],
      ['main', 'accepted'],
    ]);
    expect(items[0]?.status.reason).toContain('swarmplane.http.bad');
  });

  it('loses to an older claim, and says to whom', async () => {
    await furnish(LABELS);
    const younger = await create(shop({ hosts: ['web.example.com', 'other.example.com'] }));
    const older = await route('main');
    expect(younger.status).toMatchObject({ state: 'conflicted', by: [older.id] });
    expect((await routes('?state=conflicted')).items.map(({ name }) => name)).toEqual(['shop']);
    await surface.rest
      .patch('/v1/services/web')
      .send({ labels: { 'swarmplane.http.main.host': 'free.example.com' } })
      .expect(200);
    expect((await route('shop')).status).toMatchObject({ state: 'accepted', by: [] });
  });

  it('leads to services of its stack, and to those that consent', async () => {
    await furnish({
      'swarmplane.http.main.host': 'web.example.com',
      'swarmplane.http.main.backends': 'back:80',
    });
    expect((await route('main')).status).toMatchObject({
      state: 'quarantined',
      reason: matching(/swarmplane\.backend-for=web/),
    });
    await surface.rest
      .patch('/v1/services/back')
      .send({ labels: { 'swarmplane.backend-for': 'web' } })
      .expect(200);
    expect((await route('main')).status.state).toBe('waiting');
  });

  it('waits without tasks', async () => {
    await furnish(LABELS);
    await surface.rest.post('/v1/services/web/scale').send({ replicas: 0 }).expect(200);
    await surface.swarm.settled();
    const waiting = await surface.state.until(() => (runningOf('web').length === 0 ? true : undefined), 5000);
    expect(waiting).toBe(true);
    expect(await route('main')).toMatchObject({
      status: { state: 'waiting', reason: matching(/scale/) },
      servers: [],
    });
  });

  it('of Interlock is one with those that say the same', async () => {
    const lb = { 'com.docker.lb.hosts': 'app.example.com', 'com.docker.lb.port': '80' };
    await furnish(lb);
    await surface.rest
      .post('/v1/services')
      .send({ name: 'canary', image: 'nginx', labels: lb, networks: [{ network: 'edge' }] })
      .expect(201);
    await surface.swarm.settled();
    await surface.state.until(() => (runningOf('canary').length === 1 ? true : undefined), 5000);
    const { items } = await routes('?source=interlock');
    const leader = items.find(({ service }) => service?.name === 'web');
    const member = items.find(({ service }) => service?.name === 'canary');
    expect(member?.status).toMatchObject({ state: 'accepted', mergedInto: leader?.id });
    expect(leader?.servers.map(({ id, weight }) => [id, weight])).toEqual(
      [...runningOf('web'), ...runningOf('canary')].sort().map((id) => [id, 100]),
    );
  });
});

describe('a plan of a service or network', () => {
  it('names the routes that it touches, and warns of those that it leaves with nothing', async () => {
    await furnish();
    const { id } = await create(shop());
    const { rest } = surface;
    for (const call of [
      rest.delete('/v1/services/web'),
      rest.post('/v1/services/web/scale').send({ replicas: 0 }),
      rest.delete('/v1/services/web/networks/edge'),
      rest.delete('/v1/networks/edge?detach=true'),
    ]) {
      const plan = bodyOf<Plan>(await call.query({ dryRun: 'true' }).expect(200));
      expect(plan.routes).toEqual([id]);
      expect(plan.warnings.join()).toContain(`the route "shop" (${id})`);
    }
    const plans = await Promise.all(
      [{ env: { A: '1' } }, { labels: { team: 'blue' } }, { replicas: 3 }].map((patch) =>
        rest.patch('/v1/services/web?dryRun=true').send(patch).expect(200),
      ),
    );
    expect(plans.map((plan) => bodyOf<Plan>(plan).routes)).toEqual([[id], [id], [id]]);
    const other = await rest.patch('/v1/services/back?dryRun=true').send({ replicas: 3 }).expect(200);
    expect(bodyOf<Plan>(other).routes).toEqual([]);
  });
});

describe('GET /v1/routes', () => {
  it('filters, and pages', async () => {
    await furnish();
    for (const name of ['a', 'b', 'c']) await create(shop({ name, hosts: [`${name}.example.com`] }));
    await create(shop({ name: 'wild', hosts: ['*.example.org'] }));
    const names = async (query: string): Promise<string[]> =>
      (await routes(query)).items.map(({ name }) => name);
    expect(await names('?name=b')).toEqual(['b']);
    expect(await names('?host=x.example.org')).toEqual(['wild']);
    expect(await names('?source=hrm')).toEqual([]);
    expect(await names('?network=edge&state=accepted')).toEqual(['a', 'b', 'c', 'wild']);
    expect(await names('?network=ingress')).toEqual([]);
    const first = await routes('?limit=3');
    expect(first.items.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(await names(`?limit=3&cursor=${first.nextCursor}`)).toEqual(['wild']);
    await surface.rest.get('/v1/routes?service=nobody').expect(404);
    await surface.rest.get('/v1/routes?state=lost').expect(400);
  });
});

describe('GET /v1/routes/{route}?format=', () => {
  it('answers labels, and what they do not say', async () => {
    await furnish();
    await create(shop({ retries: 3 }));
    const own = bodyOf<ExportedRoute>(
      await surface.rest.get('/v1/routes/shop?format=swarmplane').expect(200),
    );
    expect(own).toMatchObject({
      format: 'swarmplane',
      labels: { 'swarmplane.http.shop.host': 'shop.example.com', 'swarmplane.http.shop.retries': '3' },
      lost: [],
    });
    const hrm = bodyOf<ExportedRoute>(await surface.rest.get('/v1/routes/shop?format=hrm').expect(200));
    expect(hrm.lost.map(({ pointer }) => pointer)).toContain('/retries');
    await surface.rest.get('/v1/routes/shop?format=traefik').expect(400);
  });
});

describe('GET /v1/routes/match', () => {
  it('tells which route wins, and why the others do not', async () => {
    await furnish();
    await create(shop({ name: 'whole' }));
    await create(shop({ name: 'deep', paths: [{ value: '/api' }] }));
    await create(shop({ name: 'posted', paths: [{ value: '/api' }], methods: ['POST'] }));
    await create(shop({ name: 'wild', hosts: ['*.example.com'] }));
    const match = bodyOf<RouteMatch>(
      await surface.rest.get('/v1/routes/match?host=shop.example.com&path=/api/x&method=GET').expect(200),
    );
    expect(match.route?.name).toBe('deep');
    expect(match.route?.servers).toHaveLength(2);
    expect(match.steps.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['posted', 'unfit'],
      ['deep', 'wins'],
      ['whole', 'loses'],
      ['wild', 'loses'],
    ]);
    expect(match.outcome).toBe('It goes to one of 2 servers.');
    const { routeMatch } = await surface.data<{ routeMatch: RouteMatch }>(
      '{ routeMatch(scheme: HTTPS, host: "x.example.com") { route { name } steps { verdict reason } outcome } }',
    );
    expect(routeMatch).toEqual({
      route: { name: 'wild' },
      steps: [{ verdict: 'WINS', reason: 'It is the first that fits.' }],
      outcome: 'It goes to one of 2 servers.',
    });
  });

  it('says that no route takes it', async () => {
    await furnish();
    const none = bodyOf<RouteMatch>(
      await surface.rest.get('/v1/routes/match?host=nobody.example.com').expect(200),
    );
    expect(none).toEqual({ route: null, outcome: 'No route takes it: routers answer 503.', steps: [] });
    await surface.rest.get('/v1/routes/match').expect(400);
    await surface.rest.get('/v1/routes/match?scheme=tcp').expect(400);
    await surface.rest.get('/v1/routes/match?host=a&header=nocolon').expect(400);
  });
});

interface Told {
  routeChanged: {
    type: string;
    object: { name: string; status: { state: string }; servers: unknown[] };
    previous: unknown;
  };
}

describe('routeChanged', () => {
  it('tells of routes, of their state and of their servers, and of nothing else', async () => {
    await furnish();
    await create(shop());
    const changes = new Subscription<Told>(
      `ws://${surface.address}/graphql`,
      { Authorization: `Bearer ${surface.adminToken}` },
      `subscription { routeChanged(initial: true, filter: { service: "web" }) {
         type object { name status { state } servers { state } } previous { name } } }`,
      {},
    );
    open.push(changes);
    expect((await changes.next()).routeChanged).toMatchObject({ type: 'ADDED', object: { name: 'shop' } });
    await create(shop({ name: 'later', hosts: ['later.example.com'] }));
    expect((await changes.next()).routeChanged).toMatchObject({ type: 'ADDED', object: { name: 'later' } });
    // Nothing that is visible: another network, a label of another kind.
    await surface.rest.post('/v1/networks').send({ name: 'aside' }).expect(201);
    await surface.rest
      .patch('/v1/services/web')
      .send({ labels: { team: 'blue' } })
      .expect(200);
    await surface.rest.delete('/v1/routes/later').expect(204);
    expect((await changes.next()).routeChanged).toMatchObject({
      type: 'REMOVED',
      object: { name: 'later' },
      previous: { name: 'later' },
    });
  });
});
