import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureLocalImages } from '../../scripts/engine/local-images.ts';
import { startPrivateEngine, type PrivateEngine } from '../../scripts/engine/private-engine.ts';
import type { Page } from '../../src/api/page.ts';
import { RouteBook } from '../../src/routing/route-book.ts';
import type { Route } from '../../src/routing/routes.types.ts';
import { bodyOf } from '../support/surface.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';
import { Setups } from '../support/setups.ts';

// An engine of its own: the routers of other tests say what networks routers are on.
let engine: PrivateEngine;
let server: RealServer;
let setups: Setups;
let network: string;

beforeAll(async () => {
  engine = await startPrivateEngine({ hostname: 'alpha', allowShared: false });
  await ensureLocalImages(engine.client, { pull: false });
  server = await startRealServer(realPorts(engine));
  setups = new Setups(server, engine);
  network = await setups.network('edge', { labels: { 'io.swarmplane.router': '' } });
}, 120_000);
afterAll(async () => {
  await setups?.remove();
  await server?.close();
  await engine?.stop();
});

const said = async (stem: string): Promise<readonly Route[]> =>
  bodyOf<Page<Route>>(await server.rest.get(`/v1/routes?service=${setups.named(stem)}`).expect(200)).items;

it('labels become a route whose servers are the addresses that the tasks have', async () => {
  await setups.service('web', {
    replicas: 2,
    networks: [{ network }],
    labels: { 'swarmplane.http.main.host': 'web.example.com', 'swarmplane.http.main.port': '8080' },
  });
  await setups.settled('web', 'running', 2);
  const [route] = await said('web');
  expect(route?.status).toEqual({ state: 'accepted', reason: null, by: [], mergedInto: null });
  const addresses = await Promise.all(
    setups.tasks('web').map(async ({ containerId }) => {
      const container = (await setups.docker.get(`/containers/${containerId}/json`)) as {
        NetworkSettings: { Networks: Record<string, { IPAddress: string }> };
      };
      return container.NetworkSettings.Networks[network]?.IPAddress;
    }),
  );
  expect(route?.servers.map(({ address, port, state }) => [address, port, state]).toSorted()).toEqual(
    addresses.map((address) => [address, 8080, 'ready']).toSorted(),
  );
});

it('an older claim wins, and both are told', async () => {
  await setups.service('younger', {
    networks: [{ network }],
    labels: { 'com.docker.lb.hosts': 'web.example.com', 'com.docker.lb.port': '80' },
  });
  const [older] = await said('web');
  const [younger] = await said('younger');
  expect(older?.status.state).toBe('accepted');
  expect(younger?.status).toMatchObject({ state: 'conflicted', by: [older?.id] });
});

it('a task is drained before it stops, and gone when it has stopped', async () => {
  await setups.service('slow', {
    replicas: 2,
    networks: [{ network }],
    // Takes its time to stop, as something that still answers does.
    command: ['sh', '-c', 'trap "sleep 1; exit 0" TERM; while :; do sleep 0.1; done'],
    stopGracePeriod: 10_000,
    labels: { 'swarmplane.http.slow.host': 'slow.example.com', 'swarmplane.http.slow.port': '80' },
  });
  await setups.settled('slow', 'running', 2);
  const [route] = await said('slow');
  const book = server.app.get(RouteBook, { strict: false });
  const seen: string[][] = [];
  const stop = book.subscribe((ids) => {
    if (!ids.has(route?.id ?? '')) return;
    const servers = book.all.get(route?.id ?? '')?.servers ?? [];
    seen.push(servers.map(({ id, state }) => `${id} ${state}`));
    for (const { id, state } of servers) {
      expect([id, server.state.tasks.get(id)?.state, state]).toEqual([id, 'running', expect.anything()]);
    }
  });
  await server.rest
    .post(`/v1/services/${setups.named('slow')}/scale`)
    .send({ replicas: 1 })
    .expect(200);
  await setups.until('one task is gone', () => (book.all.get(route?.id ?? '')?.servers.length ?? 0) === 1);
  stop();
  const leaving = seen.flat().find((text) => text.endsWith('drain'));
  expect(leaving).toBeDefined();
  expect(seen.map((servers) => servers.length)).toEqual([2, 1]);
  expect(seen[0]).toContain(leaving);
});

it('a route of the API attaches its service when it is asked to', async () => {
  await setups.service('apart', { replicas: 1 });
  await setups.settled('apart', 'running', 1);
  const body = {
    name: 'apart',
    hosts: ['apart.example.com'],
    backends: [{ service: setups.named('apart'), port: 80 }],
  };
  await server.rest.post('/v1/routes').send(body).expect(409);
  const made = bodyOf<Route>(await server.rest.post('/v1/routes?attach=true').send(body).expect(201));
  const book = server.app.get(RouteBook, { strict: false });
  await setups.until('it is reached', () => book.get(made.id)?.status.state === 'accepted');
  const task = server.state.tasks.get(book.get(made.id)?.servers[0]?.id ?? '');
  expect(task?.state).toBe('running');
  await server.rest.delete('/v1/routes/apart').expect(204);
}, 60_000);
