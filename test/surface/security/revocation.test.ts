import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CreatedToken } from '../../../src/auth/auth.types.ts';
import { RESOURCE_KINDS, VERBS } from '../../../src/domain/access/resource-kind.ts';
import { keepOperation } from '../../factories/operations.ts';
import { FakeSwarm } from '../../fakes/fake-swarm.ts';
import { OPENAPI } from '../../support/fuzz/openapi.ts';
import { RawStream } from '../../support/raw-stream.ts';
import type { Subscription } from '../../support/subscription.ts';
import { bodyOf, startSurface, type Surface } from '../../support/surface.ts';

const EVENTS = 'text/event-stream';
/** What was promised: nothing is told this long after a token is no longer good. */
const SILENT_AFTER_MS = 5_000;

/** The codes that sockets are closed with (graphql-transport-ws has the first). */
const UNAUTHORIZED = 4401;
const RIGHTS_CHANGED = 4205;

/** Every answer that goes on, by its route, with what there is to ask it about; and the type it is asked for. */
const STREAMS: Readonly<Record<string, readonly (readonly [path: string, type: string])[]>> = {
  '/v1/events': [
    ['/v1/events', EVENTS],
    ['/v1/events?kinds=task', EVENTS],
  ],
  '/v1/services/{service}/logs': [
    ['/v1/services/web/logs?follow=true', EVENTS],
    ['/v1/services/web/logs?follow=true', 'text/plain'],
  ],
  '/v1/services/{service}/rollout': [['/v1/services/web/rollout', EVENTS]],
  '/v1/discovery/names': [['/v1/discovery/names?network=front', EVENTS]],
  '/v1/routers/config': [['/v1/routers/config', EVENTS]],
  '/v1/operations/{operation}': [['/v1/operations/long', EVENTS]],
};

const SUBSCRIPTIONS: Readonly<Record<string, string>> = {
  taskChanged: '{ taskChanged { type } }',
  serviceChanged: '{ serviceChanged { type } }',
  networkChanged: '{ networkChanged { type } }',
  nodeChanged: '{ nodeChanged { type } }',
  routeChanged: '{ routeChanged { type } }',
  routerChanged: '{ routerChanged { type } }',
  certificateChanged: '{ certificateChanged { type } }',
  routeStatisticsChanged: '{ routeStatisticsChanged(route: "shop") { requests } }',
  namesChanged: '{ namesChanged(network: "front") { changed { name } } }',
  rollout: '{ rollout(service: "web") { state } }',
  operation: '{ operation(id: "long") { id } }',
};

let surface: Surface;
let swarm: FakeSwarm;
let open: RawStream[];
let subscriptions: Subscription<unknown>[];
beforeEach(async () => {
  swarm = new FakeSwarm([{ hostname: 'm' }, { hostname: 'w' }]);
  surface = await startSurface({ swarm });
  [open, subscriptions] = [[], []];
  await surface.rest.post('/v1/networks').send({ name: 'front' }).expect(201);
  const route = { name: 'shop', hosts: ['shop.example.com'], redirect: { host: 'example.com' } };
  await surface.rest.post('/v1/routes').send(route).expect(201);
  // Another server is at it.
  await keepOperation(swarm.gateway, 'long', { status: 'under-way', runner: 'another', beat: 1 });
  await swarm.settled();
  // So that its rollout goes on.
  swarm.holdTasks();
  const service = { name: 'web', image: 'nginx', networks: [{ network: 'front' }] };
  await surface.rest.post('/v1/services').send(service).expect(201);
});
afterEach(async () => {
  for (const stream of open) stream.close();
  await surface.close();
});

/** Changes something that each of the streams tells. */
async function stir(): Promise<void> {
  const word = `stirred${Math.random().toString(36).slice(2)}`;
  for (const { id } of swarm.all('node')) swarm.changeNode(id, { labels: { word } });
  swarm.gateway.logs.write(swarm.all('service')[0]?.id ?? '', word);
  await surface.rest.post('/v1/networks').send({ name: word }).expect(201);
  await surface.rest
    .post('/v1/services')
    .send({ name: word, image: 'nginx', networks: [{ network: 'front' }] })
    .expect(201);
  const route = { name: word, hosts: [`${word}.example.com`], redirect: { host: 'example.com' } };
  await surface.rest.post('/v1/routes').send(route).expect(201);
  await surface.rest.patch('/v1/services/web').send({ env: { word } }).expect(200);
}

async function openAll(token: string): Promise<void> {
  for (const [path, type] of Object.values(STREAMS).flat()) {
    const headers = { Authorization: `Bearer ${token}`, Accept: type };
    const stream = await RawStream.open(`http://${surface.address}${path}`, headers);
    open.push(stream);
    expect(stream.status, path).toBe(200);
  }
  for (const query of Object.values(SUBSCRIPTIONS)) {
    subscriptions.push(await surface.subscribe<unknown>(`subscription ${query}`, {}, token));
  }
}

/** Waits until everything is over, sockets with this code, and sees that nothing is told afterwards, whatever happens. */
async function expectSilence(expected: number): Promise<void> {
  const closings = await Promise.all(subscriptions.map((subscription) => subscription.closing()));
  expect(closings.map(({ code }) => code)).toEqual(closings.map(() => expected));
  await Promise.all(open.map((stream) => stream.ended()));
  const told = open.map(({ text }) => text);
  const waiting = subscriptions.map((subscription) => subscription.waiting);
  await stir();
  // For what might be on its way.
  await sleep(100);
  expect(open.map(({ text }) => text)).toEqual(told);
  expect(subscriptions.map((subscription) => subscription.waiting)).toEqual(waiting);
}

async function tokenOf(expiresAt?: string): Promise<CreatedToken> {
  const input = { name: 'passing', role: 'admin', ...(expiresAt === undefined ? {} : { expiresAt }) };
  return bodyOf<CreatedToken>(await surface.rest.post('/v1/tokens').send(input).expect(201));
}

describe('the streams of this test are all that there are', () => {
  it('in REST', () => {
    const streams = Object.entries(OPENAPI.paths).flatMap(([path, methods]) =>
      Object.values(methods).some(({ responses }) => responses['200']?.content?.[EVENTS]) ? [path] : [],
    );
    expect(streams.sort()).toEqual(Object.keys(STREAMS).sort());
  });

  it('in GraphQL', async () => {
    const { __schema } = await surface.data<{
      __schema: { subscriptionType: { fields: { name: string }[] } };
    }>('{ __schema { subscriptionType { fields { name } } } }');
    const fields = __schema.subscriptionType.fields.map(({ name }) => name);
    expect(fields.sort()).toEqual(Object.keys(SUBSCRIPTIONS).sort());
  });
});

describe('every stream and every socket ends, and tells nothing more,', () => {
  it('when its token is revoked', async () => {
    const { id, token } = await tokenOf();
    await openAll(token);
    await stir();
    const began = Date.now();
    await surface.rest.delete(`/v1/tokens/${id}`).expect(204);
    await expectSilence(UNAUTHORIZED);
    expect(Date.now() - began).toBeLessThan(SILENT_AFTER_MS);
    for (const stream of open) {
      // Text has no way to say why it ends.
      if (!stream.text.includes('event: ')) continue;
      expect(stream.text).toMatch(/event: unauthenticated\ndata: .*\n\n$/);
    }
  });

  it('when its token expires', async () => {
    const life = 3_000;
    const expiry = Date.now() + life;
    const { token } = await tokenOf(new Date(expiry).toISOString());
    await openAll(token);
    expect(open.some(({ isOver }) => isOver)).toBe(false);
    await expectSilence(UNAUTHORIZED);
    expect(Date.now() - expiry).toBeLessThan(SILENT_AFTER_MS);
  });

  it.each<[string, (subject: object) => Promise<unknown>]>([
    ['its grant is taken back', () => surface.rest.delete(GRANT).expect(204)],
    ['its grant says less', (subject) => surface.rest.put(GRANT).send(grant(subject, 'viewer')).expect(200)],
    [
      'its role says less',
      () =>
        surface.rest
          .put(ROLE)
          .send(role(['view']))
          .expect(200),
    ],
  ])('when %s', async (_, change) => {
    const input = { name: 'without a role' };
    const { id, token } = bodyOf<CreatedToken>(await surface.rest.post('/v1/tokens').send(input).expect(201));
    const make = (path: string, body: object) => surface.rest.post(path).send(body).expect(201);
    await make('/v1/access/roles', { name: 'everything', ...role(VERBS) });
    await make('/v1/access/grants', { name: 'all', ...grant({ token: id }, 'everything') });
    await openAll(token);
    await stir();
    const began = Date.now();
    await change({ token: id });
    await expectSilence(RIGHTS_CHANGED);
    expect(Date.now() - began).toBeLessThan(SILENT_AFTER_MS);
  });

  const [GRANT, ROLE] = ['/v1/access/grants/all', '/v1/access/roles/everything'];
  const grant = (subject: object, granted: string) => ({ subject, role: granted, scope: { all: true } });
  const role = (verbs: readonly string[]) => ({ rules: [{ kinds: RESOURCE_KINDS, verbs }] });
});
