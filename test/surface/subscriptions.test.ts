import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { matching } from '../support/matching.ts';
import { upgrade } from '../support/raw-request.ts';
import { within, type Subscription } from '../support/subscription.ts';
import { startSurface, type Surface } from '../support/surface.ts';
import { StreamSettings } from '../../src/events/stream-settings.ts';
import { task } from '../factories/domain.ts';

interface TaskView {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly desiredState: string;
  readonly version: number;
}
interface Told<T> {
  readonly type: 'ADDED' | 'UPDATED' | 'REMOVED';
  readonly object: T;
  readonly previous: T | null;
}

const TASKS = `subscription ($filter: TaskFilter) {
  taskChanged(filter: $filter) {
    type
    object { id name state desiredState version }
    previous { id name state desiredState version }
  }
}`;
const SERVICES = `subscription ($filter: ServiceChangeFilter) {
  serviceChanged(filter: $filter) { type object { name version replicas } previous { name version replicas } }
}`;
const NETWORKS = `subscription ($filter: NetworkChangeFilter) {
  networkChanged(filter: $filter) { type object { name version } previous { name } }
}`;
const NODES = `subscription ($filter: NodeChangeFilter) {
  nodeChanged(filter: $filter) { type object { hostname availability } previous { availability } }
}`;

const SUBPROTOCOL = 'graphql-transport-ws';

let surface: Surface;
let swarm: FakeSwarm;
beforeEach(async () => {
  swarm = new FakeSwarm([{ hostname: 'alpha' }, { hostname: 'beta' }]);
  surface = await startSurface({ swarm });
  for (const name of ['net-1', 'net-2']) {
    await surface.rest.post('/v1/networks').send({ name }).expect(201);
  }
});
afterEach(() => surface.close());

async function create(name: string, more: Record<string, unknown> = {}): Promise<void> {
  await surface.rest
    .post('/v1/services')
    .send({ name, image: 'nginx', ...more })
    .expect(201);
}

/**
 * Everything told up to now: a node is changed, and that change, which comes after all others, is waited for.
 * It proves that what is missing was not told, without waiting for it.
 */
async function toldSoFar<T>(subscription: Subscription<T>): Promise<T[]> {
  await swarm.settled();
  const mark = await surface.subscribe<unknown>(NODES);
  const [node] = swarm.all('node');
  swarm.changeNode(node?.id ?? '', { labels: { mark: String(Math.random()) } });
  await mark.next();
  await mark.close();
  // The messages for another socket were written in the same turn; one round trip lets them arrive.
  await surface.rest.get('/livez').expect(200);
  const told: T[] = [];
  while (subscription.waiting > 0) told.push(await subscription.next());
  return told;
}

describe('taskChanged', () => {
  it('tells the whole life of the tasks of a service, in order', async () => {
    await create('web', { replicas: 0 });
    const subscription = await surface.subscribe<{ taskChanged: Told<TaskView> }>(TASKS, {
      filter: { service: 'web' },
    });
    await surface.rest.post('/v1/services/web/scale').send({ replicas: 1 }).expect(200);
    const born = await subscription.until(({ taskChanged }) => taskChanged.object.state === 'RUNNING');
    const states = born.map(({ taskChanged }) => taskChanged.object.state);
    expect(states[0]).toBe('NEW');
    expect(born.map(({ taskChanged }) => taskChanged.type)).toEqual([
      'ADDED',
      ...born.slice(1).map(() => 'UPDATED'),
    ]);
    expect(born[0]?.taskChanged.previous).toBeNull();
    born.slice(1).forEach(({ taskChanged }, index) => {
      expect(taskChanged.previous).toEqual(born[index]?.taskChanged.object);
      expect(taskChanged.object.version).toBeGreaterThan(taskChanged.previous?.version ?? Infinity);
    });

    await surface.rest.post('/v1/services/web/scale').send({ replicas: 0 }).expect(200);
    const died = await subscription.until(({ taskChanged }) => taskChanged.type === 'REMOVED');
    expect(died.map(({ taskChanged }) => taskChanged.object.desiredState)).toContain('REMOVE');
    const last = died.at(-1)?.taskChanged;
    expect(last?.object).toEqual(last?.previous);
    expect(last?.object.name).toBe('web.1');
  });

  it('tells only of the service asked for', async () => {
    await create('mine', { replicas: 0 });
    const subscription = await surface.subscribe<{ taskChanged: Told<TaskView> }>(TASKS, {
      filter: { service: 'mine' },
    });
    await create('other', { replicas: 2 });
    await surface.rest.post('/v1/services/mine/scale').send({ replicas: 1 }).expect(200);
    const told = await toldSoFar(subscription);
    expect(new Set(told.map(({ taskChanged }) => taskChanged.object.name))).toEqual(new Set(['mine.1']));
  });

  it('tells of the tasks on a network, from when they have an address there', async () => {
    const subscription = await surface.subscribe<{ taskChanged: Told<TaskView> }>(TASKS, {
      filter: { network: 'net-1' },
    });
    await create('on-1', { networks: [{ network: 'net-1' }] });
    await create('on-2', { networks: [{ network: 'net-2' }] });
    const told = await toldSoFar(subscription);
    expect(new Set(told.map(({ taskChanged }) => taskChanged.object.name))).toEqual(new Set(['on-1.1']));
    expect(told[0]?.taskChanged).toMatchObject({ type: 'UPDATED', object: { state: 'PENDING' } });
  });

  it('tells of the tasks of a node, and of those that leave it', async () => {
    await create('web', { replicas: 2 });
    await swarm.settled();
    const beta = swarm.all('node').find((node) => node.hostname === 'beta')?.id ?? '';
    const subscription = await surface.subscribe<{ taskChanged: Told<TaskView> }>(TASKS, {
      filter: { node: 'beta' },
    });
    swarm.changeNode(beta, { availability: 'drain' });
    const told = await toldSoFar(subscription);
    expect(told.map(({ taskChanged }) => taskChanged.object.desiredState)).toContain('SHUTDOWN');
    expect(told.at(-1)?.taskChanged.object.state).toBe('SHUTDOWN');
  });

  it('tells of tasks that enter a state or leave it', async () => {
    await create('web', { replicas: 0 });
    const subscription = await surface.subscribe<{ taskChanged: Told<TaskView> }>(TASKS, {
      filter: { service: 'web', state: ['RUNNING'] },
    });
    await surface.rest.post('/v1/services/web/scale').send({ replicas: 1 }).expect(200);
    await swarm.settled();
    await surface.rest.post('/v1/services/web/scale').send({ replicas: 0 }).expect(200);
    const told = await toldSoFar(subscription);
    const steps = told.map(
      ({ taskChanged }) => `${taskChanged.previous?.state ?? '-'} > ${taskChanged.object.state}`,
    );
    expect(steps).toEqual(['STARTING > RUNNING', 'RUNNING > RUNNING', 'RUNNING > SHUTDOWN']);
  });

  it('resolves the relations of what it tells', async () => {
    const subscription = await surface.subscribe<{ taskChanged: { object: unknown } }>(
      `subscription { taskChanged(filter: { state: [RUNNING] }) { object {
        nodeHostname node { hostname } addresses { address }
        service { name networks { virtualIp network { name } } tasks { name } }
      } } }`,
    );
    await create('web', {
      networks: [{ network: 'net-1' }],
      placement: { constraints: ['node.hostname==beta'] },
    });
    const { taskChanged } = await subscription.next();
    expect(taskChanged.object).toEqual({
      nodeHostname: 'beta',
      node: { hostname: 'beta' },
      addresses: [{ address: matching(/^10\./) }],
      service: {
        name: 'web',
        networks: [{ virtualIp: matching(/^10\./), network: { name: 'net-1' } }],
        tasks: [{ name: 'web.1' }],
      },
    });
  });
});

describe('serviceChanged', () => {
  type Data = { serviceChanged: Told<{ name: string; version: number; replicas: number }> };

  it('tells of creation, change and end', async () => {
    const subscription = await surface.subscribe<Data>(SERVICES);
    await create('web', { replicas: 0 });
    expect((await subscription.next()).serviceChanged).toMatchObject({
      type: 'ADDED',
      object: { name: 'web', replicas: 0 },
      previous: null,
    });
    await surface.rest.post('/v1/services/web/scale').send({ replicas: 2 }).expect(200);
    expect((await subscription.next()).serviceChanged).toMatchObject({
      type: 'UPDATED',
      object: { replicas: 2 },
      previous: { replicas: 0 },
    });
    await surface.rest.delete('/v1/services/web').expect(204);
    const seen = await subscription.until(({ serviceChanged }) => serviceChanged.type === 'REMOVED');
    expect(seen.at(-1)?.serviceChanged.object).toMatchObject({ name: 'web', replicas: 2 });
  });

  it('filters by service and by network', async () => {
    await create('mine', { replicas: 0 });
    const byName = await surface.subscribe<Data>(SERVICES, { filter: { service: 'mine' } });
    const byNetwork = await surface.subscribe<Data>(SERVICES, { filter: { network: 'net-1' } });
    await create('other', { replicas: 0 });
    await surface.rest.put('/v1/services/mine/networks/net-1').send({}).expect(200);
    await surface.rest.delete('/v1/services/mine/networks/net-1').expect(200);
    const names = async (subscription: Subscription<Data>): Promise<string[]> =>
      (await toldSoFar(subscription)).map(({ serviceChanged }) => serviceChanged.object.name);
    const mine = await names(byName);
    expect(mine.length).toBeGreaterThanOrEqual(2);
    expect(new Set(mine)).toEqual(new Set(['mine']));
    // It is told of when it joins and also when it leaves.
    const joined = await names(byNetwork);
    expect(joined.length).toBeGreaterThanOrEqual(2);
    expect(new Set(joined)).toEqual(new Set(['mine']));
  });
});

describe('networkChanged', () => {
  type Data = { networkChanged: Told<{ name: string; version: number }> };

  it('tells of creation, allocation and end, and filters', async () => {
    const all = await surface.subscribe<Data>(NETWORKS);
    const one = await surface.subscribe<Data>(NETWORKS, { filter: { network: 'net-2' } });
    await surface.rest.post('/v1/networks').send({ name: 'new' }).expect(201);
    await surface.rest.delete('/v1/networks/new').expect(204);
    await surface.rest.delete('/v1/networks/net-2').expect(204);
    const told = (await toldSoFar(all)).map(
      ({ networkChanged }) => `${networkChanged.type} ${networkChanged.object.name}`,
    );
    expect(told).toEqual(['ADDED new', 'UPDATED new', 'REMOVED new', 'REMOVED net-2']);
    expect((await toldSoFar(one)).map(({ networkChanged }) => networkChanged.object.name)).toEqual(['net-2']);
  });
});

describe('nodeChanged', () => {
  type Data = { nodeChanged: Told<{ hostname: string; availability: string }> };

  it('tells of changes and of machines that join, and filters', async () => {
    const all = await surface.subscribe<Data>(NODES);
    const one = await surface.subscribe<Data>(NODES, { filter: { node: 'beta' } });
    const gamma = swarm.addNode({ hostname: 'gamma', role: 'worker' });
    expect((await all.next()).nodeChanged).toMatchObject({
      type: 'ADDED',
      object: { hostname: 'gamma' },
      previous: null,
    });
    swarm.changeNode(gamma, { availability: 'pause' });
    const beta = swarm.all('node').find((node) => node.hostname === 'beta')?.id ?? '';
    swarm.changeNode(beta, { availability: 'drain' });
    expect((await all.next()).nodeChanged).toMatchObject({
      type: 'UPDATED',
      object: { hostname: 'gamma', availability: 'PAUSE' },
      previous: { availability: 'ACTIVE' },
    });
    expect((await all.next()).nodeChanged.object.hostname).toBe('beta');
    expect((await one.next()).nodeChanged).toMatchObject({
      object: { hostname: 'beta', availability: 'DRAIN' },
    });
    expect(one.waiting).toBe(0);
  });
});

describe('a subscription', () => {
  it('is refused when it asks for what means nothing, with the verdict of a query', async () => {
    for (const [query, filter] of [
      [TASKS, { service: 'nowhere' }],
      [TASKS, { network: 'nowhere' }],
      [TASKS, { node: 'nowhere' }],
      [SERVICES, { service: 'nowhere' }],
      [NETWORKS, { network: 'nowhere' }],
      [NODES, { node: 'nowhere' }],
    ] as const) {
      const subscription = await surface.subscribe(query, { filter });
      const [error] = await subscription.refusal();
      expect(error?.extensions, JSON.stringify(filter)).toMatchObject({ code: 'NOT_FOUND', status: 404 });
      expect(error?.extensions.requestId).toMatch(/\S/);
      expect(error?.message).toContain('"nowhere"');
    }
  });

  it.each([
    ['an unknown field', 'subscription { taskChanged { colour } }', {}],
    ['an unknown subscription', 'subscription { weatherChanged { type } }', {}],
    ['a document that is cut off', 'subscription { taskChanged {', {}],
    ['an unknown filter', TASKS, { filter: { colour: 'green' } }],
    ['an unknown state', TASKS, { filter: { state: ['SLEEPING'] } }],
  ])('is refused as INVALID with %s', async (_, query, variables) => {
    const subscription = await surface.subscribe(query, variables);
    const [error] = await subscription.refusal();
    expect(error?.extensions).toMatchObject({ code: 'INVALID', status: 400 });
    expect(error?.message).toMatch(/\S/);
  });

  it('ends on the server when the client goes away', async () => {
    const before = surface.state['listeners'].size;
    const subscriptions = await Promise.all([surface.subscribe(TASKS), surface.subscribe(NODES)]);
    await surface.subscribe(SERVICES).then((subscription) => subscription.close());
    await Promise.all(subscriptions.map((subscription) => subscription.close()));
    const deadline = Date.now() + 5_000;
    while (surface.state['listeners'].size > before) {
      if (Date.now() > deadline) throw new Error('The server still follows the changes for somebody.');
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(surface.state['listeners'].size).toBe(before);
  });

  it('is one of many that are told the same', async () => {
    const subscriptions = await Promise.all(
      Array.from({ length: 5 }, () => surface.subscribe<{ taskChanged: Told<TaskView> }>(TASKS)),
    );
    await create('web', { replicas: 3 });
    const told = await Promise.all(
      subscriptions.map((subscription) =>
        subscription.until(
          ({ taskChanged }) => taskChanged.object.name === 'web.3' && taskChanged.object.state === 'RUNNING',
        ),
      ),
    );
    for (const each of told) expect(each).toEqual(told[0]);
  });
});

describe('a socket', () => {
  /** How an upgrade for a protocol ended: the status of the refusal, or 101. */
  const statusOf = async (path: string, protocol: string | undefined): Promise<number> =>
    (await upgrade(surface.address, path, { 'Sec-WebSocket-Protocol': protocol })).status;

  it('is taken for graphql-transport-ws at /graphql', async () => {
    expect(await statusOf('/graphql', SUBPROTOCOL)).toBe(101);
    expect(await statusOf('/graphql?x=y', `other, ${SUBPROTOCOL}`)).toBe(101);
  });

  it.each([
    ['/', SUBPROTOCOL, 404],
    ['/v1/services', SUBPROTOCOL, 404],
    ['/graphql/', SUBPROTOCOL, 404],
    ['/graphqlx', SUBPROTOCOL, 404],
    ['/graphql', undefined, 400],
    ['/graphql', 'graphql-ws', 400],
    ['/graphql', 'chat', 400],
  ] as const)('is refused and destroyed at %s for %s: %i', async (path, protocol, status) => {
    expect(await statusOf(path, protocol)).toBe(status);
  });

  /** A socket that speaks the protocol by hand. */
  async function open(): Promise<WebSocket> {
    const socket = new WebSocket(`ws://${surface.address}/graphql`, SUBPROTOCOL);
    await within(new Promise((resolve) => socket.once('open', resolve)), 'The socket did not open');
    return socket;
  }

  function closingOf(socket: WebSocket): Promise<number> {
    return within(
      new Promise<number>((resolve) => socket.once('close', (code) => resolve(code))),
      'The socket was not closed',
    );
  }

  it('is closed with 4401 when it subscribes before it says who it is', async () => {
    const socket = await open();
    socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: '{ me { id } }' } }));
    expect(await closingOf(socket)).toBe(4401);
  });

  it.each([
    ['no payload', undefined],
    ['an empty payload', {}],
    ['a wrong token', { Authorization: 'Bearer wrong' }],
    ['a token that is no string', { Authorization: 7 }],
    ['the token alone', { token: 'x' }],
  ])('is closed with 4401 for %s', async (_, payload) => {
    const socket = await open();
    socket.send(JSON.stringify({ type: 'connection_init', ...(payload ? { payload } : {}) }));
    expect(await closingOf(socket)).toBe(4401);
  });

  it('is closed with 4400 for a message that is none', async () => {
    const socket = await open();
    socket.send('hello');
    expect(await closingOf(socket)).toBe(4400);
  });

  it('is closed with 1009 for a message over 64 KiB', async () => {
    const socket = await open();
    socket.send(JSON.stringify({ type: 'connection_init', payload: { padding: 'x'.repeat(64 * 1024) } }));
    expect(await closingOf(socket)).toBe(1009);
  });

  it('is closed when the server stops', async () => {
    const other = await startSurface();
    const subscription = await other.subscribe(NODES);
    await other.app.close();
    expect([1001, 1005, 1006]).toContain((await subscription.closing()).code);
    await subscription.close();
  });
});

describe('a subscription with an initial batch', () => {
  const INITIAL = `subscription ($filter: TaskFilter) {
    taskChanged(filter: $filter, initial: true) { type object { id version state } previous { id } }
  }`;
  type Data = { taskChanged: Told<{ id: string; version: number; state: string }> };

  it('tells of what fits now, then of changes, with nothing missing and nothing twice', async () => {
    await create('web', { replicas: 5 });
    // While the tasks start, so that changes come during the batch.
    const subscription = await surface.subscribe<Data>(INITIAL, { filter: { service: 'web' } });
    await surface.rest.post('/v1/services/web/scale').send({ replicas: 2 }).expect(200);
    await swarm.settled();
    const told = (await toldSoFar(subscription)).map(({ taskChanged }) => taskChanged);
    const held = new Map<string, number>();
    for (const { type, object, previous } of told) {
      expect(held.has(object.id)).toBe(previous !== null);
      if (type === 'REMOVED') held.delete(object.id);
      else {
        expect(object.version).toBeGreaterThan(held.get(object.id) ?? -1);
        held.set(object.id, object.version);
      }
    }
    const there = swarm.all('task').map(({ id, version }) => [id, version] as const);
    expect([...held].sort()).toEqual([...there].sort());
  });

  it('leaves out what does not fit', async () => {
    await create('web', { replicas: 1 });
    await create('other', { replicas: 1 });
    await swarm.settled();
    const subscription = await surface.subscribe<Data>(INITIAL, { filter: { service: 'web' } });
    expect((await subscription.next()).taskChanged).toMatchObject({
      type: 'ADDED',
      object: { state: 'RUNNING' },
      previous: null,
    });
    expect(await toldSoFar(subscription)).toEqual([]);
  });
});

describe('a subscriber that is too slow', () => {
  it('is ended with RESYNC_REQUIRED, and nobody else notices', async () => {
    const settings = surface.app.get(StreamSettings, { strict: false });
    const others = await surface.subscribe<{ nodeChanged: Told<unknown> }>(NODES);
    settings.capacity = 3;
    const slow = await surface.subscribe(TASKS);
    settings.capacity = 1_000;
    const quick = await surface.subscribe<{ taskChanged: Told<TaskView> }>(TASKS);
    // All at once: there is no reading in between.
    surface.state.apply(
      ['a', 'b', 'c', 'd'].map((id) => ({ type: 'upsert', kind: 'task', object: task({ id }) })),
    );
    const [error] = await slow.refusal();
    expect(error?.extensions).toMatchObject({ code: 'RESYNC_REQUIRED', status: 410 });
    expect(error?.message).toMatch(/lists again/);
    expect((await toldSoFar(quick)).length).toBe(4);
    expect(others.isOver).toBe(false);
  });
});
