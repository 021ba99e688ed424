import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LiveStreams } from '../../src/api/live-streams.ts';
import { TICKET_LIFE_MS, TicketsService } from '../../src/auth/tickets.service.ts';
import { principalWith } from '../../src/domain/role.ts';
import { task } from '../factories/domain.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { EventReader } from '../support/event-stream.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

const NODES = 'subscription { nodeChanged { type object { hostname } } }';
const TASKS = 'subscription { taskChanged { object { id } } }';

let surface: Surface;
let swarm: FakeSwarm;
let readers: EventReader[];
beforeEach(async () => {
  readers = [];
  swarm = new FakeSwarm();
  surface = await startSurface({ swarm });
});
afterEach(async () => {
  for (const reader of readers) reader.close();
  await surface.close();
});

async function open(query = '', token: string | null = null): Promise<EventReader> {
  const reader = await EventReader.open(
    `http://${surface.address}/v1/events${query}`,
    token === null ? {} : { Authorization: `Bearer ${token}` },
  );
  readers.push(reader);
  return reader;
}

const ticketOf = async (token: string): Promise<{ ticket: string; expiresAt: string }> =>
  bodyOf(await surface.as(token).post('/v1/events/ticket').expect(201));

/** A token for a viewer, and the way to revoke it. */
async function viewer(expiresInMs?: number): Promise<{ token: string; revoke: () => Promise<void> }> {
  const response = await surface.rest
    .post('/v1/tokens')
    .send({
      name: 'passing',
      role: 'viewer',
      ...(expiresInMs === undefined ? {} : { expiresAt: new Date(Date.now() + expiresInMs).toISOString() }),
    })
    .expect(201);
  const { id, token } = bodyOf<{ id: string; token: string }>(response);
  return { token, revoke: async () => void (await surface.rest.delete(`/v1/tokens/${id}`).expect(204)) };
}

const changeNode = (): void =>
  swarm.changeNode(swarm.all('node')[0]?.id ?? '', { labels: { mark: String(Math.random()) } });

describe('a ticket', () => {
  it('opens one stream, without a header', async () => {
    const { ticket, expiresAt } = await ticketOf(await surface.tokenFor('viewer'));
    const life = Date.parse(expiresAt) - Date.now();
    expect(life).toBeGreaterThan(TICKET_LIFE_MS - 10_000);
    expect(life).toBeLessThanOrEqual(TICKET_LIFE_MS);
    const reader = await open(`?ticket=${ticket}&kinds=node`);
    expect(reader.status).toBe(200);
    changeNode();
    expect((await reader.event()).event).toBe('node.updated');
    const again = await open(`?ticket=${ticket}`);
    expect(again.status).toBe(401);
    expect(await again.body()).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('is no more after a minute', () => {
    const tickets = surface.app.get(TicketsService, { strict: false });
    const principal = principalWith('viewer', { id: 'x' });
    const made = Date.now();
    const [first, second] = [tickets.issue(principal, made), tickets.issue(principal, made)];
    expect(tickets.take(first.ticket, made + TICKET_LIFE_MS - 1)).toEqual(principal);
    expect(tickets.take(second.ticket, made + TICKET_LIFE_MS)).toBeUndefined();
  });

  it('is nothing anywhere else', async () => {
    const { ticket } = await ticketOf(surface.adminToken);
    await surface.as(null).get(`/v1/me?ticket=${ticket}`).expect(401);
    await surface.as(null).get(`/v1/tasks?ticket=${ticket}`).expect(401);
    await surface.as(ticket).get('/v1/me').expect(401);
    await surface.as(null).post(`/v1/events/ticket?ticket=${ticket}`).expect(401);
    expect((await open(`?ticket=${ticket}`)).status).toBe(200);
  });

  it('cannot be replaced by a token in a URL', async () => {
    expect((await open(`?ticket=${surface.adminToken}`)).status).toBe(401);
    expect((await open(`?token=${surface.adminToken}`)).status).toBe(401);
    expect((await open('?ticket=')).status).toBe(401);
    expect((await open('?ticket=a&ticket=b')).status).toBe(401);
  });

  it('dies with the token that made it, and ends its stream with it', async () => {
    const { token, revoke } = await viewer();
    const [used, unused] = [await ticketOf(token), await ticketOf(token)];
    const reader = await open(`?ticket=${used.ticket}&kinds=node`);
    await revoke();
    expect((await reader.event()).event).toBe('unauthenticated');
    await reader.end();
    expect((await open(`?ticket=${unused.ticket}`)).status).toBe(401);
  });

  it('is refused to whoever has too many', async () => {
    const tickets = surface.app.get(TicketsService, { strict: false });
    const greedy = principalWith('viewer', { id: 'greedy' });
    const made = Date.now();
    for (let count = 0; count < 1_000; count++) tickets.issue(greedy, made);
    expect(() => tickets.issue(greedy, made)).toThrow(/unused/);
    await ticketOf(surface.adminToken);
    expect(() => tickets.issue(greedy, made + TICKET_LIFE_MS)).not.toThrow();
  });
});

describe('a token that is revoked', () => {
  it('ends its sockets with 4401 and its streams with an event, at once, and those of nobody else', async () => {
    const { token, revoke } = await viewer();
    const other = await viewer();
    const subscription = await surface.subscribe(NODES, {}, token);
    const stream = await open('?kinds=node', token);
    const bystanders = [
      await surface.subscribe<{ nodeChanged: unknown }>(NODES),
      await surface.subscribe<{ nodeChanged: unknown }>(NODES, {}, other.token),
    ];
    const began = Date.now();
    await revoke();
    changeNode();
    const { code, reason } = await subscription.closing();
    expect(code).toBe(4401);
    expect(reason).toMatch(/revoked/);
    expect((await stream.event()).event).toBe('unauthenticated');
    await stream.end();
    expect(Date.now() - began).toBeLessThan(5_000);
    // Nothing was told after.
    expect(subscription.waiting).toBe(0);
    expect(stream.blocks).toEqual([]);
    for (const bystander of bystanders) expect(await bystander.next()).toBeTruthy();
  });

  it('is told nothing of what came with its removal', async () => {
    const { token } = await viewer();
    const subscription = await surface.subscribe(TASKS, {}, token);
    const stream = await open('?kinds=task', token);
    const config = surface.state.configs.all().find(({ name }) => name.startsWith('swarmplane.token.'));
    surface.state.apply([
      { type: 'upsert', kind: 'task', object: task({ id: 'secret' }) },
      { type: 'remove', kind: 'config', id: config?.id ?? '' },
    ]);
    expect((await subscription.closing()).code).toBe(4401);
    expect(subscription.waiting).toBe(0);
    expect((await stream.event()).event).toBe('unauthenticated');
  });

  it('is not good for one more operation on an open socket', async () => {
    const { token, revoke } = await viewer();
    const subscription = await surface.subscribe(NODES, {}, token);
    await revoke();
    expect((await subscription.closing()).code).toBe(4401);
    expect((await open('', token)).status).toBe(401);
  });

  it('is let go of on the server', async () => {
    const listeners = surface.state['listeners'].size;
    const { token, revoke } = await viewer();
    const subscription = await surface.subscribe(NODES, {}, token);
    await revoke();
    await subscription.closing();
    const deadline = Date.now() + 5_000;
    while (surface.state['listeners'].size > listeners && Date.now() < deadline) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(surface.state['listeners'].size).toBe(listeners);
  });
});

describe('a token that expires', () => {
  it('ends its sockets and streams within five seconds', async () => {
    const life = 1_000;
    const { token } = await viewer(life);
    const expiry = Date.now() + life;
    const subscription = await surface.subscribe(NODES, {}, token);
    const stream = await open('?kinds=node', token);
    expect((await subscription.closing()).code).toBe(4401);
    expect((await stream.event()).event).toBe('unauthenticated');
    await stream.end();
    expect(Date.now() - expiry).toBeLessThan(5_000);
  });
});

describe('the streams of one token', () => {
  it('are only so many at once', async () => {
    await surface.close();
    surface = await startSurface({ limits: { streams: 2 } });
    const mine = await surface.tokenFor('viewer');
    const first = await open('', mine);
    expect((await open('', mine)).status).toBe(200);
    const third = await open('', mine);
    expect(third.status).toBe(429);
    expect(await third.body()).toMatchObject({ code: 'TOO_MANY' });
    // Nobody else is held up, and whoever closes one can open another.
    expect((await open('', await surface.tokenFor('viewer'))).status).toBe(200);
    first.close();
    const counts = surface.app.get(LiveStreams, { strict: false })['counted']['counts'];
    const deadline = Date.now() + 5_000;
    while ([...counts.values()].includes(2) && Date.now() < deadline) await new Promise(setImmediate);
    expect((await open('', mine)).status).toBe(200);
  });
});
