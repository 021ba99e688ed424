import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventHistory, HISTORY_LENGTH } from '../../src/events/event-history.ts';
import { StreamSettings } from '../../src/events/stream-settings.ts';
import { node, task } from '../factories/domain.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { unreachableSwarm } from '../fakes/unreachable-swarm.ts';
import { EventReader, type EventData } from '../support/event-stream.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

let surface: Surface;
let swarm: FakeSwarm;
let readers: EventReader[];
beforeEach(async () => {
  readers = [];
  swarm = new FakeSwarm([{ hostname: 'alpha' }, { hostname: 'beta' }]);
  surface = await startSurface({ swarm });
  await surface.rest.post('/v1/networks').send({ name: 'net-1' }).expect(201);
});
afterEach(async () => {
  for (const reader of readers) reader.close();
  await surface.close();
});

async function open(query = '', headers: Record<string, string> = {}): Promise<EventReader> {
  const reader = await EventReader.open(`http://${surface.address}/v1/events${query}`, {
    Authorization: `Bearer ${surface.adminToken}`,
    ...headers,
  });
  readers.push(reader);
  return reader;
}

async function create(name: string, more: Record<string, unknown> = {}): Promise<void> {
  await surface.rest
    .post('/v1/services')
    .send({ name, image: 'nginx', ...more })
    .expect(201);
}

/** Changes a node, which comes after all changes before it. */
function mark(): string {
  const value = String(Math.random());
  swarm.changeNode(swarm.all('node')[0]?.id ?? '', { labels: { mark: value } });
  return value;
}

/** Everything told up to now, by a stream that tells of nodes. */
async function toldSoFar(reader: EventReader): Promise<EventData[]> {
  await swarm.settled();
  const value = mark();
  const told = await reader.until(
    ({ kind, object }) => kind === 'node' && (object['labels'] as Record<string, string>)['mark'] === value,
  );
  return told.slice(0, -1);
}

const names = (told: readonly EventData[]): Set<string> =>
  new Set(told.map(({ kind, object }) => `${kind} ${object.name ?? ''}`));

const upsert = (id: string) => ({ type: 'upsert', kind: 'task', object: task({ id, version: 1 }) }) as const;

/** Makes the state so many changes older, without the swarm. */
function age(changes: number): void {
  const object = node({ id: 'clock', hostname: 'clock' });
  for (let version = 1; version <= changes; version++) {
    surface.state.apply([{ type: 'upsert', kind: 'node', object: { ...object, version } }]);
  }
}

describe('GET /v1/events', () => {
  it('begins at once, with the headers of a stream that nobody may keep', async () => {
    const reader = await open();
    expect(reader.status).toBe(200);
    expect(reader.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      connection: 'close',
    });
    // The events are not wrapped in chunks: the bytes are the same for everyone.
    expect(reader.headers).not.toHaveProperty('transfer-encoding');
    expect(reader.lastEventId).toMatch(/^[\w-]+\.\d+$/);
  });

  it('tells of changes of all kinds, with the objects as REST shows them', async () => {
    const reader = await open();
    await create('web', { replicas: 1, networks: [{ network: 'net-1' }] });
    await swarm.settled();
    const told = await toldSoFar(reader);
    // The node gets an address on the network.
    expect(names(told)).toEqual(new Set(['service web', 'task web.1', 'node ']));
    for (const { type, previous } of told) expect(previous === null).toBe(type === 'ADDED');
    const last = told.findLast(({ kind }) => kind === 'task');
    const shown = await surface.rest.get(`/v1/tasks/${last?.object.id ?? ''}`).expect(200);
    expect(last?.object).toEqual(shown.body);
    await surface.rest.delete('/v1/services/web').expect(204);
    await surface.rest.post('/v1/networks').send({ name: 'net-2' }).expect(201);
    expect(
      (await reader.until(({ kind, type }) => kind === 'network' && type === 'UPDATED')).at(-1)?.object,
    ).toEqual(bodyOf(await surface.rest.get('/v1/networks/net-2')));
  });

  it('names each event and gives it an id', async () => {
    const reader = await open('?kinds=network');
    const { position } = surface.app.get(EventHistory, { strict: false });
    await surface.rest.post('/v1/networks').send({ name: 'net-2' }).expect(201);
    await surface.rest.delete('/v1/networks/net-2').expect(204);
    const events = [await reader.event(), await reader.event(), await reader.event()];
    expect(events.map(({ event }) => event)).toEqual(['network.added', 'network.updated', 'network.removed']);
    expect(events.map(({ id }) => Number(id?.split('.')[1]) - position)).toEqual([1, 2, 3]);
  });

  it.each([
    ['?kinds=node', ['node ']],
    ['?kinds=task,node', ['task mine.1', 'task other.1', 'node ']],
    ['?kinds=service,network,node', ['service mine', 'service other', 'network net-2', 'node ']],
  ])('tells of the kinds asked for with %s', async (query, expected) => {
    const reader = await open(query);
    await create('mine', { networks: [{ network: 'net-1' }] });
    await create('other');
    await surface.rest.post('/v1/networks').send({ name: 'net-2' }).expect(201);
    expect(names(await toldSoFar(reader))).toEqual(new Set(expected));
  });

  it('filters by service, network and node', async () => {
    await create('mine', { replicas: 0 });
    await create('on-net', { replicas: 0, networks: [{ network: 'net-1' }] });
    await create('last', { replicas: 0 });
    const beta = '?node=beta';
    const byService = await open('?service=mine');
    const byNetwork = await open('?network=net-1');
    const byNode = await open(beta);
    const byTwo = await open('?network=net-1&node=beta');
    for (const service of ['mine', 'on-net', 'last']) {
      await surface.rest.post(`/v1/services/${service}/scale`).send({ replicas: 2 }).expect(200);
      await swarm.settled();
    }
    await surface.rest.put('/v1/services/mine/networks/net-1').send({}).expect(200);
    await swarm.settled();
    await surface.rest.put('/v1/services/last/networks/net-1').send({}).expect(200);
    await swarm.settled();
    const upTo = (name: string) => (change: EventData) => change.object.name === name;
    const mine = await byService.until(
      ({ object }) => (object['networks'] as unknown[] | undefined)?.length === 1,
    );
    expect([...names(mine)].every((name) => /mine/.test(name))).toBe(true);
    expect(names(await byNetwork.until(upTo('last')))).toContain('service on-net');
    const onBeta = names(await byNode.until(({ object }) => object['serviceName'] === 'last'));
    expect([...onBeta].every((name) => /^(task|node) /.test(name))).toBe(true);
    const both = await byTwo.until(({ object }) => object['serviceName'] === 'last');
    expect([...names(both)].every((name) => name.startsWith('task '))).toBe(true);
  });

  it.each([
    ['?service=nowhere', 404, 'NOT_FOUND'],
    ['?network=nowhere', 404, 'NOT_FOUND'],
    ['?node=nowhere', 404, 'NOT_FOUND'],
    ['?kinds=weather', 400, 'INVALID'],
    ['?kinds=config', 400, 'INVALID'],
    ['?kinds=', 400, 'INVALID'],
    ['?kinds=service,task&node=alpha', 400, 'INVALID'],
    ['?colour=green', 400, 'INVALID'],
  ])('refuses %s with a problem document', async (query, status, code) => {
    const reader = await open(query);
    expect(reader.status).toBe(status);
    expect(reader.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(await reader.body()).toMatchObject({ status, code });
  });

  it('needs a token', async () => {
    expect((await open('', { Authorization: '' })).status).toBe(401);
    expect((await open('', { Authorization: 'Bearer wrong' })).status).toBe(401);
    const viewer = await surface.tokenFor('viewer');
    expect((await open('', { Authorization: `Bearer ${viewer}` })).status).toBe(200);
  });

  it('answers 503 until the state has been read', async () => {
    const early = await startSurface({ ready: false, swarm: unreachableSwarm() });
    const reader = await EventReader.open(`http://${early.address}/v1/events`, {
      Authorization: `Bearer ${early.adminToken}`,
    });
    expect(reader.status).toBe(503);
    await early.close();
  });

  it('says that it is alive while nothing happens, and from where one can come back', async () => {
    surface.app.get(StreamSettings, { strict: false }).heartbeatMs = 10;
    const reader = await open('?kinds=network');
    mark();
    await swarm.settled();
    const { position } = surface.app.get(EventHistory, { strict: false });
    for (let beats = 0; beats < 100; beats++) {
      const block = await reader.block();
      expect(block).toMatchObject({ comment: 'alive', data: undefined });
      if (block.id?.endsWith(`.${position}`)) return;
    }
    throw new Error('No heartbeat has brought the cursor up to date.');
  });

  it('lets go of everything when the client goes away', async () => {
    const listeners = surface.app.get(EventHistory, { strict: false })['listeners'];
    expect(listeners.size).toBe(0);
    const reader = await open();
    expect(listeners.size).toBe(1);
    reader.close();
    const deadline = Date.now() + 5_000;
    while (listeners.size > 0 && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
    expect(listeners.size).toBe(0);
  });

  it('answers HEAD without a stream', async () => {
    const response = await surface.rest.head('/v1/events').expect(200);
    expect(response.headers['content-type']).toBe('text/event-stream');
    expect(surface.app.get(EventHistory, { strict: false })['listeners'].size).toBe(0);
  });

  it('ends when the server stops, and spreads out when clients come back', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => open()));
    await surface.app.close();
    const retries = await Promise.all(
      all.map(async (reader) => {
        const last = await reader.block();
        await reader.end();
        return Number(last.retry);
      }),
    );
    for (const retry of retries) expect(retry).toBeGreaterThanOrEqual(500);
    expect(new Set(retries).size).toBeGreaterThan(1);
  });
});

describe('a reader that was cut off', () => {
  it('goes on after the last event it has seen, with the header or the parameter', async () => {
    const first = await open('?kinds=network');
    await surface.rest.post('/v1/networks').send({ name: 'seen' }).expect(201);
    await first.until(({ object, type }) => object.name === 'seen' && type === 'UPDATED');
    first.close();
    const cursor = first.lastEventId ?? '';
    await surface.rest.post('/v1/networks').send({ name: 'missed' }).expect(201);
    await surface.rest.delete('/v1/networks/seen').expect(204);
    for (const reader of [
      await open('?kinds=network', { 'Last-Event-ID': cursor }),
      await open(`?kinds=network&lastEventId=${cursor}`),
    ]) {
      const told = [await reader.change(), await reader.change()];
      // One change for each object that has changed, however often it has.
      expect(told.map(({ type, object }) => `${type} ${object.name}`)).toEqual([
        'ADDED missed',
        'REMOVED seen',
      ]);
    }
  });

  it('goes on from the beginning of a stream that has told nothing', async () => {
    const first = await open('?kinds=network');
    first.close();
    await surface.rest.post('/v1/networks').send({ name: 'missed' }).expect(201);
    const reader = await open('?kinds=network', { 'Last-Event-ID': first.lastEventId ?? '' });
    expect((await reader.change()).object.name).toBe('missed');
  });

  it.each(['nonsense', 'abcdefgh.1', '', '.1'])(
    'is told to read anew when this server does not know "%s", and goes on live',
    async (cursor) => {
      const reader = await open(`?kinds=network&lastEventId=${cursor}x`);
      const resync = await reader.event();
      expect(resync.event).toBe('resync');
      expect(JSON.parse(resync.data ?? '')).toMatchObject({ reason: 'unknown' });
      await surface.rest.post('/v1/networks').send({ name: 'live' }).expect(201);
      expect((await reader.change()).object.name).toBe('live');
    },
  );

  it('is told to read anew by an event that has not happened', async () => {
    const { lastEventId = '' } = await open();
    const [epoch, position] = lastEventId.split('.');
    const reader = await open('', { 'Last-Event-ID': `${epoch}.${Number(position) + 1_000_000}` });
    expect((await reader.event()).event).toBe('resync');
  });

  it('is told to read anew when it was away for too long', async () => {
    const { lastEventId = '' } = await open('?kinds=network');
    age(HISTORY_LENGTH);
    const inTime = await open('?kinds=network', { 'Last-Event-ID': lastEventId });
    age(HISTORY_LENGTH + 1);
    const late = await open('?kinds=network', { 'Last-Event-ID': lastEventId });
    const resync = await late.event();
    expect(JSON.parse(resync.data ?? '')).toMatchObject({ reason: 'too-old' });
    await surface.rest.post('/v1/networks').send({ name: 'live' }).expect(201);
    expect((await late.change()).object.name).toBe('live');
    expect((await inTime.change()).object.name).toBe('live');
  });
});

describe('what is remembered for readers that come back', () => {
  it('is bounded by its weight, too', async () => {
    const { lastEventId = '' } = await open('?kinds=node');
    surface.app.get(StreamSettings, { strict: false }).historyBytes = 100_000;
    age(5);
    const inTime = await open('?kinds=node', { 'Last-Event-ID': lastEventId });
    expect((await inTime.change()).object.version).toBe(5);
    const object = node({ id: 'clock', hostname: 'clock', labels: { heavy: 'x'.repeat(60_000) } });
    for (const version of [6, 7]) {
      surface.state.apply([{ type: 'upsert', kind: 'node', object: { ...object, version } }]);
    }
    const late = await open('?kinds=node', { 'Last-Event-ID': lastEventId });
    expect(JSON.parse((await late.event()).data ?? '')).toMatchObject({ reason: 'too-old' });
    // Those who are there are told all the same.
    expect((await inTime.until(({ object: { version } }) => version === 7)).at(-1)?.object.version).toBe(7);
  });
});

describe('a reader that is too slow', () => {
  it('is told to read anew and ended, and nobody else notices', async () => {
    const settings = surface.app.get(StreamSettings, { strict: false });
    settings.capacity = 3;
    const slow = await open('?kinds=task');
    settings.capacity = 1_000;
    const quick = await open('?kinds=task');
    surface.state.apply(['a', 'b', 'c', 'd'].map(upsert));
    const resync = await slow.event();
    expect(resync).toMatchObject({ event: 'resync' });
    expect(JSON.parse(resync.data ?? '')).toMatchObject({ reason: 'overflow' });
    await slow.end();
    for (const id of ['a', 'b', 'c', 'd']) expect((await quick.change()).object.id).toBe(id);
    // It comes back where it was told to read anew, and misses nothing from there on.
    surface.state.apply([upsert('e')]);
    const back = await open('?kinds=task', { 'Last-Event-ID': resync.id ?? '' });
    expect((await back.change()).object.id).toBe('e');
  });
});
