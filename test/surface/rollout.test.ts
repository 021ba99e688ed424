import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import { LiveStreams } from '../../src/api/live-streams.ts';
import type { Rollout } from '../../src/domain/rollout.ts';
import type { Service, UpdateState } from '../../src/domain/service.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { EventReader } from '../support/event-stream.ts';
import { Subscription } from '../support/subscription.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

const FIELDS =
  'serviceId serviceName state over updateStatus desiredTasks updatedTasks runningTasks completedTasks pendingTasks failedTasks outdatedTasks percent message startedAt';
const ROLLOUT = `subscription ($service: ID!) { rollout(service: $service) { ${FIELDS} } }`;

type Told = { rollout: Record<string, unknown> };

let surface: Surface;
let swarm: FakeSwarm;
let closing: (() => unknown)[];
beforeEach(async () => {
  closing = [];
  swarm = new FakeSwarm([{ hostname: 'alpha' }, { hostname: 'beta' }]);
  surface = await startSurface({ swarm });
});
afterEach(async () => {
  for (const close of closing) await close();
  await surface.close();
});

/** Creates a service whose tasks are watched for a millisecond only. */
async function create(name: string, more: Record<string, unknown> = {}): Promise<string> {
  const updateConfig = {
    parallelism: 1,
    delay: null,
    failureAction: 'pause',
    monitor: 1,
    maxFailureRatio: 0,
    order: 'stop-first',
  };
  const response = await surface.rest
    .post('/v1/services')
    .send({ name, image: 'nginx', replicas: 2, updateConfig, rollbackConfig: updateConfig, ...more })
    .expect(201);
  return bodyOf<{ id: string }>(response).id;
}

const rolloutOf = async (service: string): Promise<Rollout> =>
  bodyOf(await surface.rest.get(`/v1/services/${service}/rollout`).expect(200));

async function stream(service: string, token = surface.adminToken): Promise<EventReader> {
  const reader = await EventReader.open(`http://${surface.address}/v1/services/${service}/rollout`, {
    Authorization: `Bearer ${token}`,
    Accept: 'text/event-stream',
  });
  closing.push(() => reader.close());
  return reader;
}

function subscribe(service: string, token = surface.adminToken): Subscription<Told> {
  const headers = { Authorization: `Bearer ${token}` };
  const subscription = new Subscription<Told>(`ws://${surface.address}/graphql`, headers, ROLLOUT, {
    service,
  });
  closing.push(() => subscription.close());
  return subscription;
}

async function untilOver(reader: EventReader): Promise<Rollout[]> {
  const rollouts: Rollout[] = [];
  while (!rollouts.at(-1)?.over) {
    const { event, data } = await reader.event();
    expect(event).toBe('rollout');
    rollouts.push(JSON.parse(data ?? '') as Rollout);
  }
  await reader.end();
  return rollouts;
}

/** Tells the server that Swarm says this of the service, which the fake swarm never does. */
function say(id: string, state: UpdateState, message: string): void {
  const object = surface.state.services.get(id) as Service;
  surface.state.apply([
    {
      type: 'upsert',
      kind: 'service',
      object: {
        ...object,
        version: surface.state.highestVersion + 1,
        updateStatus: { state, startedAt: object.updatedAt, completedAt: null, message },
      },
    },
  ]);
}

describe('the rollout of a service', () => {
  it('is one object, the same in REST, as an event and in GraphQL', async () => {
    const id = await create('web');
    const events = await untilOver(await stream('web'));
    expect(events.at(-1)).toMatchObject({
      serviceId: id,
      serviceName: 'web',
      state: 'converged',
      over: true,
      desiredTasks: 2,
      runningTasks: 2,
      percent: 100,
    });
    const now = await rolloutOf(id.slice(0, 10));
    expect(now).toEqual(events.at(-1));
    const subscription = subscribe('web');
    const { rollout } = await subscription.next();
    expect(rollout).toEqual({ ...now, state: 'CONVERGED' });
    await subscription.refusal().catch((error: unknown) => expect(String(error)).toContain('no error'));
    const headers = (await surface.rest.get('/v1/services/web/rollout')).headers;
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['vary']).toContain('Accept');
    expect(headers['etag']).toBeUndefined();
  });

  it('tells an update from its beginning to its end on both surfaces', async () => {
    await create('web');
    await untilOver(await stream('web'));
    swarm.holdTasks();
    await surface.rest
      .patch('/v1/services/web')
      .send({ env: { A: 'b' } })
      .expect(200);
    const reader = await stream('web');
    const subscription = subscribe('web');
    const { rollout } = await subscription.next();
    expect(rollout).toMatchObject({ state: 'CONVERGING', over: false });
    swarm.releaseTasks();
    const events = await untilOver(reader);
    expect(events[0]).toMatchObject({ state: 'converging', over: false });
    expect(events[0]?.outdatedTasks).toBeGreaterThan(0);
    expect(events.at(-1)).toMatchObject({ state: 'converged', updateStatus: 'completed', percent: 100 });
    const told = await subscription.until(({ rollout }) => rollout['over'] === true);
    expect(told.at(-1)?.rollout).toEqual({ ...events.at(-1), state: 'CONVERGED', updateStatus: 'COMPLETED' });
  });

  it('asks Swarm once about tasks that only look outdated, whoever wants to know', async () => {
    await create('web');
    await untilOver(await stream('web'));
    await surface.rest.post('/v1/services/web/scale').send({ replicas: 3 }).expect(200);
    const [first, second] = await Promise.all([stream('web'), stream('web')]);
    expect((await untilOver(first)).at(-1)).toMatchObject({ state: 'converged', runningTasks: 3 });
    expect((await untilOver(second)).at(-1)).toMatchObject({ state: 'converged', runningTasks: 3 });
    const asked = swarm.gateway.calls.filter((call) => call === 'upToDateTasks').length;
    expect(asked).toBeGreaterThan(0);
    await rolloutOf('web');
    expect(swarm.gateway.calls.filter((call) => call === 'upToDateTasks')).toHaveLength(asked);
  });

  it('says that Swarm cannot be asked, and goes on when it can', async () => {
    await create('web');
    await untilOver(await stream('web'));
    swarm.holdTasks();
    await surface.rest.post('/v1/services/web/scale').send({ replicas: 3 }).expect(200);
    await swarm.settled();
    swarm.fail('no-leader', { effect: 'read' });
    const refused = await surface.rest.get('/v1/services/web/rollout').expect(503);
    expect(bodyOf<Problem>(refused).code).toBe('NO_LEADER');
    swarm.recover();
    const reader = await stream('web');
    swarm.fail('no-leader', { effect: 'read' });
    await surface.rest.get('/v1/services/web').expect(200);
    swarm.recover();
    swarm.releaseTasks();
    expect((await untilOver(reader)).at(-1)).toMatchObject({ state: 'converged', runningTasks: 3 });
  });

  it.each<[UpdateState, Rollout['state']]>([
    ['paused', 'paused'],
    ['rollback_paused', 'rollback-paused'],
  ])('is over when Swarm says %s', async (status, state) => {
    const id = await create('web', { placement: { constraints: ['node.labels.none==yes'] } });
    await swarm.settled();
    const reader = await stream('web');
    const subscription = subscribe('web');
    await subscription.next();
    say(id, status, 'stopped after a failure');
    const last = (await untilOver(reader)).at(-1);
    expect(last).toMatchObject({ state, over: true, updateStatus: status });
    expect(last?.message).toMatch(/^stopped after a failure: no suitable node/);
    expect((await subscription.next()).rollout).toMatchObject({
      state: state.toUpperCase().replace('-', '_'),
      over: true,
    });
  });

  it('goes back with a rollback', async () => {
    await create('web');
    await untilOver(await stream('web'));
    await surface.rest
      .patch('/v1/services/web')
      .send({ env: { A: 'b' } })
      .expect(200);
    await untilOver(await stream('web'));
    swarm.holdTasks();
    await surface.rest.post('/v1/services/web/rollback').expect(200);
    const reader = await stream('web');
    swarm.releaseTasks();
    const events = await untilOver(reader);
    expect(events[0]).toMatchObject({ state: 'rolling-back', updateStatus: 'rollback_started' });
    expect(events.at(-1)).toMatchObject({ state: 'rolled-back', percent: 100 });
  });

  it('of a global service follows its nodes', async () => {
    await create('agent', { mode: 'global', replicas: undefined });
    await untilOver(await stream('agent'));
    const before = await rolloutOf('agent');
    expect(before).toMatchObject({ state: 'converged', desiredTasks: 2 });
    swarm.holdTasks();
    swarm.addNode({ hostname: 'gamma' });
    await swarm.settled();
    const reader = await stream('agent');
    swarm.releaseTasks();
    const events = await untilOver(reader);
    expect(events[0]).toMatchObject({ state: 'converging', desiredTasks: 3, runningTasks: 2, percent: 66 });
    expect(events.at(-1)).toMatchObject({ desiredTasks: 3, runningTasks: 3 });
  });

  it('ends with the service, on both surfaces', async () => {
    await create('web', { placement: { constraints: ['node.labels.none==yes'] } });
    const reader = await stream('web');
    const subscription = subscribe('web');
    await subscription.next();
    await surface.rest.delete('/v1/services/web').expect(204);
    let event = await reader.event();
    while (event.event === 'rollout') event = await reader.event();
    expect(event.event).toBe('not-found');
    expect(JSON.parse(event.data ?? '')).toEqual({ detail: expect.stringContaining('deleted') as string });
    await reader.end();
    const [error] = await subscription.refusal();
    expect(error?.extensions).toMatchObject({ code: 'NOT_FOUND', status: 404 });
  });

  it('ends with the token, on both surfaces', async () => {
    await create('web', { placement: { constraints: ['node.labels.none==yes'] } });
    const response = await surface.rest
      .post('/v1/tokens')
      .send({ name: 'passing', role: 'viewer' })
      .expect(201);
    const { id, token } = bodyOf<{ id: string; token: string }>(response);
    const reader = await stream('web', token);
    const subscription = subscribe('web', token);
    await subscription.next();
    await surface.rest.delete(`/v1/tokens/${id}`).expect(204);
    let event = await reader.event();
    while (event.event === 'rollout') event = await reader.event();
    expect(event.event).toBe('unauthenticated');
    await reader.end();
    expect((await subscription.closing()).code).toBe(4401);
  });

  it('is streamed to a browser, with a ticket', async () => {
    await create('web');
    const path = `http://${surface.address}/v1/services/web/rollout`;
    const made = await surface.rest.post('/v1/events/ticket').expect(201);
    const { ticket } = bodyOf<{ ticket: string }>(made);
    const reader = await EventReader.open(`${path}?ticket=${ticket}`, { Accept: 'text/event-stream' });
    expect((await untilOver(reader)).at(-1)).toMatchObject({ state: 'converged' });
    expect((await EventReader.open(`${path}?ticket=${ticket}`)).status).toBe(401);
    expect((await EventReader.open(path)).status).toBe(401);
  });

  it('is followed by nobody once its readers are gone', async () => {
    await create('web', { placement: { constraints: ['node.labels.none==yes'] } });
    let followers = 0;
    const { state } = surface;
    const follow = state.subscribe.bind(state);
    state.subscribe = (listener) => {
      followers += 1;
      const stop = follow(listener);
      return () => {
        stop();
        followers -= 1;
      };
    };
    const reader = await stream('web');
    const subscription = subscribe('web');
    await subscription.next();
    expect(followers).toBe(2);
    reader.close();
    await subscription.close();
    await expect.poll(() => followers, { timeout: 5_000 }).toBe(0);
  });

  it('says that it is alive, and that it must go', async () => {
    surface.app.get(LiveStreams, { strict: false }).heartbeatMs = 20;
    await create('web', { placement: { constraints: ['node.labels.none==yes'] } });
    const reader = await stream('web');
    while ((await reader.block()).comment !== 'alive');
    const stopping = surface.app.close();
    await reader.end();
    expect(reader.blocks.at(-1)).toMatchObject({ comment: 'the server stops' });
    await stopping;
  });

  it.each([
    ['an unknown service', '/v1/services/nowhere/rollout', 'text/event-stream', 404, 'NOT_FOUND'],
    ['an unknown service, in JSON', '/v1/services/nowhere/rollout', 'application/json', 404, 'NOT_FOUND'],
    ['a format that there is not', '/v1/services/web/rollout', 'text/html', 406, 'NOT_ACCEPTABLE'],
    ['a parameter that there is not', '/v1/services/web/rollout?colour=green', '*/*', 400, 'INVALID'],
  ])('refuses %s', async (_, path, accept, status, code) => {
    await create('web');
    const response = await surface.rest.get(path).set('Accept', accept).expect(status);
    expect(response.headers['content-type']).toContain('application/problem+json');
    expect(bodyOf<Problem>(response)).toMatchObject({ status, code });
  });

  it('refuses an unknown service in GraphQL as in REST', async () => {
    const [error] = await subscribe('nowhere').refusal();
    const response = await surface.rest.get('/v1/services/nowhere/rollout').expect(404);
    expect(error?.message).toBe(bodyOf<Problem>(response).detail);
    expect(error?.extensions.code).toBe('NOT_FOUND');
  });
});
