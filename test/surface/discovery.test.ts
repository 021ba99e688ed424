import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Page } from '../../src/api/page.ts';
import type { Explanation } from '../../src/discovery/explain.types.ts';
import type { NamesChange, Resolution } from '../../src/discovery/names.types.ts';
import { probeLines } from '../fakes/fake-probes.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { EventReader } from '../support/event-stream.ts';
import { containing } from '../support/matching.ts';
import { Subscription } from '../support/subscription.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

const FIELDS = `network networkId name kind ttlSeconds caveat reason { kind detail }
  records { address serviceId serviceName taskId nodeId nodeHostname containerId state health }`;
const CHANGED = `subscription ($network: ID!, $initial: Boolean) {
  namesChanged(network: $network, initial: $initial) { network networkId changed { ${FIELDS} } gone }
}`;

let surface: Surface;
let swarm: FakeSwarm;
let closing: (() => unknown)[];
beforeEach(async () => {
  closing = [];
  swarm = new FakeSwarm([{ hostname: 'alpha' }]);
  surface = await startSurface({ swarm });
  for (const name of ['front', 'back']) await surface.rest.post('/v1/networks').send({ name }).expect(201);
  await create('web', { replicas: 2, networks: [{ network: 'front', aliases: ['www'] }] });
  await create('db', { endpointMode: 'dnsrr', networks: [{ network: 'back' }] });
  await swarm.settled();
});
afterEach(async () => {
  for (const close of closing) await close();
  await surface.close();
});

async function create(name: string, more: Record<string, unknown>): Promise<void> {
  await surface.rest
    .post('/v1/services')
    .send({ name, image: 'nginx', ...more })
    .expect(201);
}

async function scale(name: string, replicas: number): Promise<void> {
  await surface.rest.post(`/v1/services/${name}/scale`).send({ replicas }).expect(200);
  await swarm.settled();
}

const names = async (query: string): Promise<Page<Resolution>> =>
  bodyOf(await surface.rest.get(`/v1/discovery/names?${query}`).expect(200));
const resolve = async (network: string, name: string): Promise<Resolution> =>
  bodyOf(await surface.rest.get('/v1/discovery/resolve').query({ network, name }).expect(200));

/** As GraphQL writes enums. */
function capitals({ kind, records, reason, ...rest }: Resolution): unknown {
  const upper = (word: string | null): string | null => word && word.toUpperCase().replaceAll('-', '_');
  return {
    ...rest,
    kind: upper(kind),
    records: records.map((record) => ({
      ...record,
      state: upper(record.state),
      health: upper(record.health),
    })),
    reason: reason && { ...reason, kind: upper(reason.kind) },
  };
}

describe('the names on a network', () => {
  it('are the same in REST, of a network and by themselves in GraphQL', async () => {
    const { items, total, nextCursor } = await names('network=front');
    expect(items.map(({ name, kind }) => `${name} ${kind}`).filter((each) => !/\d/.test(each))).toEqual([
      'tasks.web tasks',
      'tasks.www tasks',
      'web vip',
      'www alias',
    ]);
    expect([total, nextCursor]).toEqual([items.length, null]);
    const graph = await surface.data<{
      network: { names: unknown[] };
      names: { nodes: unknown[]; totalCount: number };
    }>(
      `{ network(id: "front") { names { ${FIELDS} } } names(network: "front") { nodes { ${FIELDS} } totalCount } }`,
    );
    expect(graph.network.names).toEqual(items.map(capitals));
    expect(graph.names).toEqual({ nodes: items.map(capitals), totalCount: total });
  });

  it('come in pages, and only those of a kind or a service', async () => {
    const first = await names('network=front&limit=3');
    const rest = await names(`network=front&limit=1000&cursor=${first.nextCursor}`);
    expect([...first.items, ...rest.items]).toEqual((await names('network=front')).items);
    expect((await names('network=front&kind=vip&kind=alias')).items.map(({ name }) => name)).toEqual([
      'web',
      'www',
    ]);
    expect((await names('network=front&service=db')).total).toBe(0);
    expect((await names('network=front&service=web&kind=tasks')).total).toBe(2);
    const { names: connection } = await surface.data<{ names: { nodes: unknown[] } }>(
      '{ names(network: "front", filter: { kind: [VIP, ALIAS] }, first: 1) { nodes { name } } }',
    );
    expect(connection.nodes).toEqual([{ name: 'web' }]);
    await scale('web', 0);
    expect((await names('network=front&kind=none')).items.map(({ reason }) => reason?.kind)).toEqual(
      Array(4).fill('no-tasks'),
    );
  });

  it('are answered from memory until something changes', async () => {
    const ask = () => surface.rest.get('/v1/discovery/resolve?network=front&name=web');
    const { etag = '' } = (await ask()).headers as { etag?: string };
    await ask().set('If-None-Match', etag).expect(304);
    await scale('web', 0);
    await ask().set('If-None-Match', etag).expect(200);
  });
});

describe('what a name answers', () => {
  it('is the same on both surfaces', async () => {
    for (const [network, name] of [
      ['front', 'web'],
      ['front', 'TASKS.web.front'],
      ['back', 'db'],
      ['back', 'web'],
      ['front', 'nobody'],
    ] as const) {
      const answer = await resolve(network, name);
      const { resolve: graph } = await surface.data<{ resolve: unknown }>(
        `query ($network: ID!, $name: String!) { resolve(network: $network, name: $name) { ${FIELDS} } }`,
        { network, name },
      );
      expect(graph).toEqual(capitals(answer));
      expect(answer).toMatchObject({ network, name });
    }
  });

  it('tells the address, the task, the node and how long it holds', async () => {
    const [service] = swarm.all('service').filter(({ name }) => name === 'db');
    const [task] = swarm.all('task').filter(({ serviceName }) => serviceName === 'db');
    expect(await resolve('back', 'db')).toMatchObject({
      kind: 'tasks',
      ttlSeconds: 600,
      reason: null,
      records: [
        {
          address: task?.addresses[0]?.address,
          serviceId: service?.id,
          serviceName: 'db',
          taskId: task?.id,
          nodeHostname: 'alpha',
          state: 'running',
          health: 'unknown',
        },
      ],
    });
  });

  it.each([
    ['front', 'nobody', 'no-such-name', 'GET /v1/discovery/names?network=front'],
    ['front', 'db', 'elsewhere', 'PUT /v1/services/db/networks/front'],
    ['back', 'tasks.www', 'elsewhere', 'only on "front"'],
    ['ingress', 'web', 'ingress', 'no names'],
  ])('on %s, of "%s", is nothing, because: %s', async (network, name, kind, part) => {
    expect(await resolve(network, name)).toMatchObject({
      kind: 'none',
      records: [],
      ttlSeconds: null,
      reason: { kind, detail: containing(part) },
    });
  });

  it('may be that of a container that joined by hand', async () => {
    const [front] = swarm.all('network').filter(({ name }) => name === 'front');
    const { containerId } = swarm.joinByHand(front?.id ?? '');
    await swarm.settled();
    expect(await resolve('front', containerId.slice(0, 12))).toMatchObject({
      kind: 'container',
      records: [{ serviceId: null, containerId }],
    });
    expect((await resolve('front', 'nobody')).reason?.kind).toBe('joined-by-hand');
  });

  it('was that of a task that has ended', async () => {
    const [task] = swarm.all('task').filter(({ serviceName }) => serviceName === 'db');
    swarm.crashTask(task?.id ?? '');
    await swarm.settled();
    expect((await resolve('back', `db.1.${task?.id}`)).reason?.kind).toBe('ended');
    expect((await resolve('back', 'db')).kind).toBe('tasks');
  });
});

describe('changes of names', () => {
  const subscribe = (initial: boolean): Subscription<{ namesChanged: NamesChange }> => {
    const subscription = new Subscription<{ namesChanged: NamesChange }>(
      `ws://${surface.address}/graphql`,
      { Authorization: `Bearer ${surface.adminToken}` },
      CHANGED,
      { network: 'front', initial },
    );
    closing.push(() => subscription.close());
    return subscription;
  };
  const stream = async (): Promise<EventReader> => {
    const reader = await EventReader.open(`http://${surface.address}/v1/discovery/names?network=front`, {
      Authorization: `Bearer ${surface.adminToken}`,
      Accept: 'text/event-stream',
    });
    closing.push(() => reader.close());
    return reader;
  };

  it('are told on both surfaces, after all that answer now', async () => {
    const [reader, subscription] = [await stream(), subscribe(true)];
    const [event, { namesChanged: now }] = [await reader.event(), await subscription.next()];
    const told = JSON.parse(event.data ?? '') as NamesChange;
    expect(event.event).toBe('names');
    expect(told.changed).toEqual((await names('network=front')).items);
    expect(now).toEqual({ ...told, changed: told.changed.map(capitals) });

    // What says nothing new of names is not told: the next event is that of the task that is taken away.
    await surface.rest
      .patch('/v1/services/web')
      .send({ labels: { a: 'b' } })
      .expect(200);
    await scale('web', 1);
    const next = JSON.parse((await reader.event()).data ?? '') as NamesChange;
    expect(next.changed.map(({ name, records }) => [name, records.length])).toEqual([
      ['tasks.web', 1],
      ['tasks.www', 1],
    ]);
    expect(next.gone).toContainEqual(containing('web.2.'));
    expect((await subscription.next()).namesChanged).toEqual({
      ...next,
      changed: next.changed.map(capitals),
    });
  });

  it('are told of all names: a stream takes nothing that picks some', async () => {
    const response = await surface.rest
      .get('/v1/discovery/names?network=front&kind=vip&limit=3')
      .set('Accept', 'text/event-stream')
      .expect(400);
    const { errors } = bodyOf<{ errors: { pointer: string }[] }>(response);
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/kind', '/limit']);
  });

  it('end with their network', async () => {
    const [reader, subscription] = [await stream(), subscribe(true)];
    for (const told of [await reader.event(), await subscription.next()]) expect(told).toBeDefined();
    await surface.rest.delete('/v1/services/web').expect(204);
    await swarm.settled();
    await surface.rest.delete('/v1/networks/front').expect(204);
    const gone = JSON.parse((await reader.event()).data ?? '') as NamesChange;
    expect(gone).toMatchObject({
      changed: [],
      gone: expect.arrayContaining(['web', 'tasks.www']) as string[],
    });
    expect((await reader.event()).event).toBe('not-found');
    await reader.end();
    expect((await subscription.next()).namesChanged).toEqual(gone);
    expect(await subscription.refusal()).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  });
});

describe('why one thing can or cannot reach another', () => {
  const EXPLAIN = `query ($from: ID!, $to: ID!, $port: Int, $probe: Boolean) {
    explain(from: $from, to: $to, port: $port, probe: $probe) {
      from to port network verdict failedStep
      steps { step status evidence } fix { method path body sentence } probe { network }
    }
  }`;
  const explain = async (query: Record<string, unknown>): Promise<Explanation> =>
    bodyOf(await surface.rest.get('/v1/discovery/explain').query(query).expect(200));
  const upper = (word: string): string => word.toUpperCase().replaceAll('-', '_');

  it('is told alike on both surfaces', async () => {
    await create('api', { networks: [{ network: 'front' }, { network: 'back' }] });
    await swarm.settled();
    for (const question of [
      { from: 'api', to: 'db', port: 5432 },
      { from: 'api', to: 'web' },
      { from: 'front', to: 'db' },
      { from: 'api.1', to: 'db' },
      { from: 'api', to: 'nobody' },
    ]) {
      const told = await explain(question);
      const { explain: graph } = await surface.data<{ explain: unknown }>(EXPLAIN, question);
      expect(graph).toEqual({
        ...told,
        verdict: upper(told.verdict),
        failedStep: told.failedStep && upper(told.failedStep),
        steps: told.steps.map(({ step, status, evidence }) => ({
          step: upper(step),
          status: upper(status),
          evidence,
        })),
      });
    }
    expect((await explain({ from: 'api', to: 'db' })).verdict).toBe('reachable');
    expect((await explain({ from: 'front', to: 'db' })).fix).toMatchObject({
      method: 'PUT',
      path: '/v1/services/db/networks/front',
      body: '{}',
    });
  });

  it.each([
    ['all is well', [], true, 'reachable', null],
    ['one address too many', ['10.0.1.99'], true, 'unknown', null],
    ['nothing can be connected to', [], false, 'unreachable', 'probe'],
  ] as const)('with a probe, when %s', async (_, extra, connects, verdict, failedStep) => {
    const [task] = swarm.all('task').filter(({ serviceName }) => serviceName === 'db');
    const address = task?.addresses[0]?.address ?? '';
    const lines = probeLines('db', [address, ...extra], connects ? [address] : []);
    swarm.probes.answer = () => [
      ...lines,
      ...(connects ? [] : [`try ${address} 100.1 102.1 1 nc: timed out`]),
      'end',
    ];
    const told = await explain({ from: 'back', to: 'db', port: 5432, probe: true });
    expect(told).toMatchObject({ verdict, failedStep, probe: { network: 'back' } });
    expect(told.steps.at(-1)?.step).toBe('probe');
  });

  it('with a probe that cannot be made, says why', async () => {
    swarm.probes.answer = () => ({ error: 'No such image: busybox:latest' });
    const { verdict, steps, probe } = await explain({ from: 'back', to: 'db', probe: true });
    expect([verdict, probe]).toEqual(['unknown', null]);
    expect(steps.at(-1)).toEqual({
      step: 'probe',
      status: 'unknown',
      evidence: containing('SWARMPLANE_PROBE_IMAGE'),
    });
  });

  it('is tried only for who may start tasks', async () => {
    const token = await surface.tokenFor('viewer');
    const question = { from: 'front', to: 'web', probe: true };
    await surface
      .as(token)
      .get('/v1/discovery/explain')
      .query({ ...question, probe: false })
      .expect(200);
    const refused = await surface.as(token).get('/v1/discovery/explain').query(question).expect(403);
    expect(refused.body).toMatchObject({ code: 'FORBIDDEN', detail: containing('"use network"') });
    const { errors } = await surface.graphql(EXPLAIN, question, token);
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  it('is told of a node that is lost', async () => {
    const [node] = swarm.all('node');
    swarm.changeNode(node?.id ?? '', { state: 'unknown' });
    await swarm.settled();
    expect(await explain({ from: 'back', to: 'db' })).toMatchObject({
      verdict: 'unreachable',
      failedStep: 'nodes',
      fix: { path: `/v1/nodes/${node?.id}` },
    });
  });
});
