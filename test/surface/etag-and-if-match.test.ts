import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseIfMatch } from '../../src/api/etag.ts';
import type { Service } from '../../src/services/services.types.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { ROUTES, STREAMS } from '../support/fuzz/openapi.ts';
import { containing } from '../support/matching.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

let surface: Surface;
let swarm: FakeSwarm;
beforeAll(async () => {
  swarm = new FakeSwarm();
  surface = await startSurface({ swarm });
  await surface.rest.post('/v1/networks').send({ name: 'net' }).expect(201);
});
afterAll(() => surface.close());

interface Written {
  readonly service: Service;
  readonly etag: string;
}

function written(response: { body: unknown; headers: Record<string, string> }): Written {
  return { service: bodyOf<Service>(response), etag: response.headers['etag'] ?? '' };
}

async function create(name: string, more: Record<string, unknown> = {}): Promise<Written> {
  const input = { name, image: 'nginx', replicas: 2, ...more };
  return written(await surface.rest.post('/v1/services').send(input).expect(201));
}

async function read(name: string): Promise<Written> {
  return written(await surface.rest.get(`/v1/services/${name}`).expect(200));
}

const idOf = (name: string): string =>
  swarm.all('service').find((service) => service.name === name)?.id ?? '';

/** Somebody else changes the service, with the Docker CLI for instance. */
async function changeBehind(name: string): Promise<void> {
  const id = idOf(name);
  await swarm.gateway.updateService(id, ({ spec }) => ({ ...spec, labels: { ...spec.labels, by: 'other' } }));
  await surface.state.until(() => surface.state.services.get(id)?.labels['by'] ?? undefined, 5_000);
}

/** The version that the ETag of an answer stands for. */
const versionIn = (response: { headers: Record<string, string> }): number | null =>
  parseIfMatch(response.headers['etag']);

describe('an ETag', () => {
  it('comes with every single object, and is its version', async () => {
    await create('tagged', { networks: [{ network: 'net' }] });
    await swarm.settled();
    const task = swarm.all('task')[0]?.id;
    const node = swarm.all('node')[0]?.id;
    for (const path of ['networks/net', 'services/tagged', `tasks/${task}`, `nodes/${node}`, 'swarm']) {
      const response = await surface.rest.get(`/v1/${path}`).expect(200);
      const { version } = bodyOf<{ version: number }>(response);
      expect(versionIn(response), path).toBe(version);
      expect(version, path).toBeGreaterThan(0);
    }
  });

  it('comes with every write that answers an object', async () => {
    const network = await surface.rest.post('/v1/networks').send({ name: 'tagged-net' }).expect(201);
    expect(versionIn(network)).toBe(bodyOf<Service>(network).version);
    await create('writes');
    const calls = [
      () => surface.rest.patch('/v1/services/writes').send({ image: 'nginx:2' }),
      () => surface.rest.post('/v1/services/writes/scale').send({ replicas: 3 }),
      () => surface.rest.post('/v1/services/writes/restart'),
      () => surface.rest.post('/v1/services/writes/rollback'),
      () => surface.rest.put('/v1/services/writes/networks/net').send({}),
      () => surface.rest.delete('/v1/services/writes/networks/net'),
      () => surface.rest.post('/v1/tokens').send({ name: 'tagged', role: 'viewer' }),
    ];
    for (const call of calls) {
      const response = await call();
      const { version } = bodyOf<{ version: number }>(response);
      expect(response.status, response.text).toBeLessThan(300);
      expect(version).toBeGreaterThan(0);
      expect(versionIn(response)).toBe(version);
    }
  });

  it('is the version alone where that covers all of it', async () => {
    const response = await surface.rest.get('/v1/networks/net').expect(200);
    expect(response.headers['etag']).toBe(`"${bodyOf<{ version: number }>(response).version}"`);
  });

  it('tells apart what is shown of one version', async () => {
    const { service } = await create('counted', { replicas: 2 });
    const first = await surface.rest.get('/v1/services/counted').expect(200);
    await surface.state.until(
      () => surface.state.taskCounts.of(service.id).running === 2 || undefined,
      5_000,
    );
    const running = await surface.rest.get('/v1/services/counted').expect(200);
    const shown = (response: { body: unknown }): unknown => response.body;
    expect(shown(running)).toMatchObject({ version: service.version, runningTasks: 2 });
    // The fake swarm may have started the tasks before the first answer.
    expect(first.headers['etag'] === running.headers['etag']).toBe(
      isDeepStrictEqual(shown(first), shown(running)),
    );
    expect(versionIn(running)).toBe(service.version);
  });
});

describe('If-None-Match', () => {
  const asked = (path: string, tag: string) => surface.rest.get(path).set('If-None-Match', tag);

  it.each([
    '/v1/networks/net',
    '/v1/services/read',
    '/v1/services',
    '/v1/networks?limit=1',
    '/v1/me',
    '/openapi.json',
  ])('answers 304 without a body to who has %s already, and 200 once it has changed', async (path) => {
    if (path.includes('read')) await create('read', { replicas: 0 });
    const { etag = '' } = (await surface.rest.get(path).expect(200)).headers;
    const known = await asked(path, etag).expect(304);
    expect(known.headers['vary']).toBe('Accept-Encoding, Authorization');
    expect(known.text).toBe('');
    expect(known.headers).toMatchObject({ etag, 'cache-control': 'private, no-cache' });
    expect(known.headers).not.toHaveProperty('content-type');
    await asked(path, `"other", ${etag.startsWith('W/') ? etag : `W/${etag}`}`).expect(304);
    await asked(path, '*').expect(304);
    await asked(path, '"other"').expect(200);
  });

  it('sees what has changed', async () => {
    const { etag } = await create('changing', { replicas: 0 });
    const list = (await surface.rest.get('/v1/services').expect(200)).headers['etag'] ?? '';
    await asked('/v1/services/changing', etag).expect(304);
    await surface.rest.patch('/v1/services/changing').send({ user: 'a' }).expect(200);
    await asked('/v1/services/changing', etag).expect(200);
    await asked('/v1/services', list).expect(200);
  });

  it('is declared for each answer that it can make 304, and for no other', async () => {
    await create('declared', { replicas: 1 });
    await surface.rest.post('/v1/secrets').send({ name: 'declared', text: 'x' }).expect(201);
    await surface.rest.post('/v1/configs').send({ name: 'declared', text: 'x' }).expect(201);
    const names: Readonly<Record<string, string>> = {
      network: 'net',
      node: swarm.all('node')[0]?.id ?? '',
      task: swarm.all('task')[0]?.id ?? '',
    };
    const reads = ROUTES.filter(({ method, path }) => method === 'GET' && !STREAMS.has(path));
    const answers = await Promise.all(
      reads.map(async ({ path, operation }) => {
        const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name] ?? 'declared');
        const { status } = await asked(url, '*');
        return { path, status, isDeclared: '304' in operation.responses };
      }),
    );
    expect(answers.filter(({ status, isDeclared }) => status === (isDeclared ? 200 : 304))).toEqual([]);
    expect(answers.filter(({ status }) => status === 304).length).toBeGreaterThan(20);
    expect(answers.filter(({ status }) => status === 200).map(({ path }) => path)).toContain(
      '/v1/swarm/join-tokens',
    );
  });

  it('is for answers to reads only', async () => {
    const { etag } = await create('once', { replicas: 0 });
    await surface.rest.patch('/v1/services/once').set('If-None-Match', etag).send({}).expect(200);
    await asked('/v1/services/nothing', '*').expect(404);
  });
});

describe('If-Match', () => {
  it('lets a write through while nothing has changed, with or without quotes', async () => {
    const { etag } = await create('fresh', { replicas: 0 });
    const second = written(
      await surface.rest.patch('/v1/services/fresh').set('If-Match', etag).send({ user: 'a' }).expect(200),
    );
    const third = written(
      await surface.rest
        .patch('/v1/services/fresh')
        .set('If-Match', String(second.service.version))
        .send({ user: 'b' })
        .expect(200),
    );
    await surface.rest.delete('/v1/services/fresh').set('If-Match', third.etag).expect(204);
  });

  it('lets any write through as a star', async () => {
    await create('star', { replicas: 0 });
    await changeBehind('star');
    await surface.rest.patch('/v1/services/star').set('If-Match', '*').send({ user: 'a' }).expect(200);
  });

  it('works with the ETag of the create although Swarm has raised the version since', async () => {
    const { etag } = await create('created', { networks: [{ network: 'net' }], ports: [{ targetPort: 80 }] });
    await swarm.settled();
    await surface.rest.patch('/v1/services/created').set('If-Match', etag).send({ user: 'a' }).expect(200);
  });

  it('is not made stale by the versions that a rollout raises by itself', async () => {
    await create('rolling');
    await swarm.settled();
    const { etag, service } = written(
      await surface.rest.patch('/v1/services/rolling').send({ image: 'nginx:2' }).expect(200),
    );
    await swarm.settled();
    const after = await read('rolling');
    expect(after.service.updateStatus).toMatchObject({ state: 'completed' });
    expect(after.service.version).toBeGreaterThan(service.version);
    await surface.rest
      .post('/v1/services/rolling/scale')
      .set('If-Match', etag)
      .send({ replicas: 1 })
      .expect(200);
  });

  const WRITES: [name: string, call: (name: string) => ReturnType<Surface['rest']['get']>][] = [
    ['PATCH', (name) => surface.rest.patch(`/v1/services/${name}`).send({ user: 'x' })],
    ['scale', (name) => surface.rest.post(`/v1/services/${name}/scale`).send({ replicas: 9 })],
    ['restart', (name) => surface.rest.post(`/v1/services/${name}/restart`)],
    ['rollback', (name) => surface.rest.post(`/v1/services/${name}/rollback`)],
    ['attach', (name) => surface.rest.put(`/v1/services/${name}/networks/net`).send({})],
    ['detach', (name) => surface.rest.delete(`/v1/services/${name}/networks/net`)],
    ['DELETE', (name) => surface.rest.delete(`/v1/services/${name}`)],
  ];

  it.each(WRITES)('refuses %s when somebody else has changed the spec', async (kind, call) => {
    const name = `stale-${kind.toLowerCase()}`;
    const { etag } = await create(name, { replicas: 0, networks: [{ network: 'net' }] });
    await changeBehind(name);
    const before = swarm.all('service').find((service) => service.name === name);
    const response = await call(name).set('If-Match', etag).expect(412);
    expect(response.body).toMatchObject({ code: 'STALE', detail: containing('Read it again') });
    expect(swarm.all('service').find((service) => service.name === name)).toEqual(before);
    const { etag: current } = await read(name);
    const now = await call(name).set('If-Match', current);
    expect(now.status, now.text).toBeLessThan(300);
  });

  it('refuses what was read before somebody rolled the service back', async () => {
    await create('rolled-back', { replicas: 0, user: 'one' });
    const { etag } = written(
      await surface.rest.patch('/v1/services/rolled-back').send({ user: 'two' }).expect(200),
    );
    const id = idOf('rolled-back');
    await swarm.gateway.rollbackService(id, () => true);
    await swarm.settled();
    await surface.state.until(() => surface.state.services.get(id)?.user === 'one' || undefined, 5_000);
    const response = await surface.rest
      .patch('/v1/services/rolled-back')
      .set('If-Match', etag)
      .send({ hostname: 'decided-upon-two' })
      .expect(412);
    expect(response.body).toMatchObject({ code: 'STALE' });
    expect((await read('rolled-back')).service.hostname).toBeNull();
  });

  it('refuses a version that is yet to come', async () => {
    const { service } = await create('never', { replicas: 0 });
    const response = await surface.rest
      .patch('/v1/services/never')
      .set('If-Match', `"${service.version + 1000}"`)
      .send({ user: 'x' })
      .expect(412);
    expect(response.body).toMatchObject({ code: 'STALE' });
  });

  it('refuses the ETag of an earlier service that had the same name', async () => {
    const { etag } = await create('reborn', { replicas: 0 });
    await surface.rest.delete('/v1/services/reborn').expect(204);
    await create('reborn', { replicas: 0 });
    const response = await surface.rest.delete('/v1/services/reborn').set('If-Match', etag).expect(412);
    expect(response.body).toMatchObject({ code: 'STALE' });
    await read('reborn');
  });

  it('lets one of two writes with the same ETag through', async () => {
    const { etag } = await create('raced', { replicas: 0 });
    const write = async (user: string): Promise<number> => {
      const response = await surface.rest.patch('/v1/services/raced').set('If-Match', etag).send({ user });
      return response.status;
    };
    const statuses = await Promise.all([write('a'), write('b'), write('c')]);
    expect(statuses.toSorted()).toEqual([200, 412, 412]);
  });

  it('goes for deleting networks as well', async () => {
    const created = await surface.rest.post('/v1/networks').send({ name: 'conditional' }).expect(201);
    const stale = await surface.rest.delete('/v1/networks/conditional').set('If-Match', '"1"').expect(412);
    expect(stale.body).toMatchObject({ code: 'STALE' });
    await surface.rest
      .delete('/v1/networks/conditional')
      .set('If-Match', created.headers['etag'] ?? '')
      .expect(204);
  });

  it.each(['abc', '"abc"', 'W/"12"', '"1", "2"', '""'])(
    'refuses %s, which is no ETag of ours',
    async (value) => {
      await surface.rest.post('/v1/services').send({ name: 'odd', image: 'nginx', replicas: 0 });
      const rest = await surface.rest
        .patch('/v1/services/odd')
        .set('If-Match', value)
        .send({ user: 'x' })
        .expect(400);
      expect(rest.body).toMatchObject({ code: 'INVALID', detail: containing('If-Match') });
      const graph = await surface.graphql(
        'mutation ($m: String) { scaleService(id: "odd", replicas: 1, ifMatch: $m) { id } }',
        { m: value },
      );
      expect(graph.errors[0]?.extensions).toMatchObject({ code: 'INVALID', status: 400 });
      expect((await read('odd')).service).toMatchObject({ user: null, replicas: 0 });
    },
  );

  it('is the argument ifMatch in GraphQL', async () => {
    const { service, etag } = await create('graph', { replicas: 0 });
    const scale = (ifMatch: string, replicas: number) =>
      surface.graphql<{ scaleService: Service }>(
        'mutation ($m: String, $n: Int!) { scaleService(id: "graph", replicas: $n, ifMatch: $m) { version } }',
        { m: ifMatch, n: replicas },
      );
    const first = await scale(etag, 1);
    expect(first.data?.scaleService.version).toBeGreaterThan(service.version);
    const again = await scale(String(service.version), 2);
    expect(again.errors[0]?.extensions).toMatchObject({ code: 'STALE', status: 412 });
    const deleted = await surface.graphql('mutation { deleteService(id: "graph", ifMatch: "1") }');
    expect(deleted.errors[0]?.extensions).toMatchObject({ code: 'STALE', status: 412 });
  });
});
