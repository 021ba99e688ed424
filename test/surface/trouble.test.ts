import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import { DomainError } from '../../src/domain/errors.ts';
import { completeSpec } from '../../src/domain/service-defaults.ts';
import type { Service } from '../../src/services/services.types.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { containing, matching } from '../support/matching.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

let surface: Surface;
let swarm: FakeSwarm;
beforeEach(async () => {
  swarm = new FakeSwarm();
  surface = await startSurface({ swarm });
  await surface.rest.post('/v1/networks').send({ name: 'net' }).expect(201);
  await surface.rest
    .post('/v1/services')
    .send({ name: 'web', image: 'nginx', networks: [{ network: 'net' }] })
    .expect(201);
  await surface.rest.patch('/v1/services/web').send({ image: 'nginx:2' }).expect(200);
  await surface.rest.post('/v1/configs').send({ name: 'kept', text: 'x' }).expect(201);
  await swarm.settled();
});
afterEach(() => surface.close());

/** Everything the swarm holds, to see that nothing was half done. */
const everything = (): string =>
  JSON.stringify([
    ...(['network', 'service', 'task', 'config'] as const).map((kind) => swarm.all(kind)),
    ...(['secret', 'config'] as const).map((kind) => [...swarm.gateway.files[kind].values()]),
  ]);

const writes = (): [name: string, call: ReturnType<Surface['rest']['get']>][] => [
  ['create a network', surface.rest.post('/v1/networks').send({ name: 'new' })],
  ['delete a network', surface.rest.delete('/v1/networks/empty')],
  ['create a service', surface.rest.post('/v1/services').send({ name: 'new', image: 'nginx' })],
  ['change a service', surface.rest.patch('/v1/services/web').send({ user: 'x' })],
  ['scale a service', surface.rest.post('/v1/services/web/scale').send({ replicas: 3 })],
  ['restart a service', surface.rest.post('/v1/services/web/restart')],
  ['roll a service back', surface.rest.post('/v1/services/web/rollback')],
  ['attach a network', surface.rest.put('/v1/services/web/networks/empty').send({})],
  ['detach a network', surface.rest.delete('/v1/services/web/networks/net')],
  ['delete a service', surface.rest.delete('/v1/services/web')],
  ['make a token', surface.rest.post('/v1/tokens').send({ name: 't', role: 'viewer' })],
  ['create a secret', surface.rest.post('/v1/secrets').send({ name: 'new', text: 'hush' })],
  ['delete a config', surface.rest.delete('/v1/configs/kept')],
  ['label a node', surface.rest.patch('/v1/nodes/node-1').send({ labels: { a: 'b' } })],
  ['rotate a join token', surface.rest.post('/v1/swarm/join-tokens/rotate').send({ role: 'worker' })],
];

const MUTATIONS: readonly string[] = [
  'createNetwork(input: { name: "new" }) { id }',
  'deleteNetwork(id: "empty")',
  'createService(input: { name: "new", image: "nginx" }) { id }',
  'updateService(id: "web", input: { user: "x" }) { id }',
  'scaleService(id: "web", replicas: 3) { id }',
  'restartService(id: "web") { id }',
  'rollbackService(id: "web") { id }',
  'attachService(id: "web", network: "empty") { id }',
  'detachService(id: "web", network: "net") { id }',
  'deleteService(id: "web")',
  'createToken(input: { name: "t", role: VIEWER }) { id }',
  'createSecret(input: { name: "new", text: "hush" }) { id }',
  'deleteConfig(id: "kept")',
  'updateNode(id: "node-1", input: { labels: { a: "b" } }) { id }',
  'rotateJoinToken(role: WORKER) { worker }',
];

describe('while the swarm cannot be written', () => {
  it.each([
    ['engine-unreachable', 503, 'ENGINE_UNREACHABLE', '2', /Check that it runs.*nothing was changed/],
    ['not-a-manager', 503, 'NOT_A_MANAGER', '10', /Run Swarmplane on a manager/],
    ['no-leader', 503, 'NO_LEADER', '5', /Try again in some seconds/],
  ] as const)(
    '%s: every write says so and changes nothing',
    async (kind, status, code, retryAfter, advice) => {
      await surface.rest.post('/v1/networks').send({ name: 'empty' }).expect(201);
      const before = everything();
      swarm.fail(kind);
      for (const [name, call] of writes()) {
        const response = await call;
        expect(response.status, `${name}: ${response.text}`).toBe(status);
        const problem = bodyOf<Problem>(response);
        expect(problem, name).toMatchObject({ code, status });
        expect(problem.detail, name).toMatch(advice);
        expect(response.headers['retry-after'], name).toBe(retryAfter);
        expect(response.headers['content-type'], name).toContain('application/problem+json');
      }
      for (const mutation of MUTATIONS) {
        const { errors } = await surface.graphql(`mutation { ${mutation} }`);
        expect(errors[0]?.extensions, mutation).toMatchObject({ code, status });
        expect(errors[0]?.message, mutation).toMatch(advice);
      }
      expect(everything()).toBe(before);
      swarm.recover();
      await surface.rest.post('/v1/services/web/scale').send({ replicas: 3 }).expect(200);
    },
  );

  it('answers reads from memory', async () => {
    for (const kind of ['engine-unreachable', 'not-a-manager', 'no-leader'] as const) {
      swarm.fail(kind);
      for (const path of [
        'networks',
        'services',
        'services/web',
        'services/web/tasks',
        'tasks',
        'nodes',
        'tokens',
      ]) {
        await surface.rest.get(`/v1/${path}`).expect(200);
      }
      const { errors } = await surface.graphql(
        '{ services { nodes { name tasks { name node { hostname } } } } }',
      );
      expect(errors).toEqual([]);
    }
  });

  it('says so where the answer needs the engine', async () => {
    swarm.fail('engine-unreachable');
    const response = await surface.rest.get('/v1/swarm/join-tokens').expect(503);
    expect(response.body).toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    swarm.fail('timeout');
    const late = await surface.rest.get('/v1/swarm/join-tokens').expect(504);
    expect(late.body).toMatchObject({ code: 'TIMEOUT', detail: containing('Try again') });
    expect(late.headers['retry-after']).toBe('2');
  });
});

describe('the swarm itself', () => {
  it('is shown with the settings of before while the engine does not say them', async () => {
    const known = (await surface.rest.get('/v1/swarm').expect(200)).body as Record<string, unknown>;
    for (const kind of ['engine-unreachable', 'no-leader', 'timeout', 'not-a-manager'] as const) {
      swarm.fail(kind);
      const response = await surface.rest.get('/v1/swarm').expect(200);
      const isLed = kind !== 'no-leader';
      expect(response.body).toEqual({
        ...known,
        settingsStaleSince: matching(/^\d{4}-.*Z$/),
        quorum: { managers: 1, reachable: 1, needed: 1, healthy: isLed, tolerates: 0 },
        leaderId: isLed ? known['leaderId'] : null,
      });
    }
  });
});

describe('a write whose answer is lost', () => {
  it('says that the outcome is not known, and what to do first', async () => {
    await surface.rest.post('/v1/networks').send({ name: 'empty' }).expect(201);
    swarm.fail('unknown-outcome', { effect: 'write' });
    // All at once, for each is looked for in vain for a while.
    const responses = await Promise.all(writes().map(async ([name, call]) => [name, await call] as const));
    for (const [name, response] of responses) {
      expect(response.status, `${name}: ${response.text}`).toBe(504);
      const problem = bodyOf<Problem>(response);
      expect(problem, name).toMatchObject({ code: 'UNKNOWN_OUTCOME', status: 504 });
      expect(problem.detail, name).toContain('Look the object up before you try again');
      // Repeating blindly is what it must not invite to.
      expect(response.headers, name).not.toHaveProperty('retry-after');
    }
    const results = await Promise.all(
      MUTATIONS.map(
        async (mutation) => [mutation, await surface.graphql(`mutation { ${mutation} }`)] as const,
      ),
    );
    for (const [mutation, { errors }] of results) {
      expect(errors[0]?.extensions, mutation).toMatchObject({ code: 'UNKNOWN_OUTCOME', status: 504 });
    }
  });

  it('is found to be made, without being made a second time', async () => {
    swarm.fail('unknown-outcome', { effect: 'write', applied: true });
    const calls = swarm.gateway.calls.length;
    const input = { name: 'once', image: 'nginx', updateConfig: { parallelism: 2 }, env: { A: 'b' } };
    const made = await surface.rest.post('/v1/services').send(input).expect(201);
    expect(made.body).toMatchObject({ name: 'once', replicas: 1, env: { A: 'b' } });
    expect(swarm.gateway.calls.slice(calls)).toEqual(['createService']);
    const again = await surface.rest.post('/v1/services').send({ name: 'once', image: 'nginx' }).expect(409);
    expect(again.body).toMatchObject({ code: 'NAME_TAKEN' });

    const patch = { env: { A: null, C: 'd' }, replicas: 2, updateConfig: null };
    const changed = await surface.rest.patch('/v1/services/once').send(patch).expect(200);
    expect(changed.body).toMatchObject({ env: { C: 'd' }, replicas: 2, updateConfig: null });
    await swarm.settled();
    const back = await surface.rest.post('/v1/services/once/rollback').expect(200);
    expect(back.body).toMatchObject({ env: { A: 'b' }, replicas: 1 });
    await surface.rest.delete('/v1/services/once').expect(204);
    expect(swarm.all('service').some(({ name }) => name === 'once')).toBe(false);
    expect(swarm.gateway.calls.slice(calls).filter((name) => !name.startsWith('read'))).toEqual([
      'createService',
      'updateService',
      'rollbackService',
      'removeService',
    ]);
  });

  it.each(['secret', 'config'] as const)(
    'is found of a %s, too, which the state does not know',
    async (kind) => {
      swarm.fail('unknown-outcome', { effect: 'write', applied: true });
      const input = { name: 'once', labels: { a: 'b' }, text: 'x' };
      const made = await surface.rest.post(`/v1/${kind}s`).send(input).expect(201);
      expect(made.body).toMatchObject({ name: 'once', labels: { a: 'b' } });
      await surface.rest.delete(`/v1/${kind}s/once`).expect(204);
      expect(swarm.gateway.files[kind].size).toBe(kind === 'config' ? 1 : 0);
    },
  );

  it('is found of a token, which then works', async () => {
    swarm.fail('unknown-outcome', { effect: 'write', applied: true });
    const made = await surface.rest.post('/v1/tokens').send({ name: 'lost', role: 'viewer' }).expect(201);
    const { id, token } = bodyOf<{ id: string; token: string }>(made);
    await surface.as(token).get('/v1/me').expect(200);
    await surface.rest.delete(`/v1/tokens/${id}`).expect(204);
    await surface.as(token).get('/v1/me').expect(401);
  });

  it('is not taken for made because there is another config of that name', async () => {
    swarm.fail('unknown-outcome', { effect: 'write' });
    const before = swarm.gateway.calls.length;
    const answer = surface.rest
      .post('/v1/configs')
      .send({ name: 'theirs', text: 'ours' })
      .then((response) => response);
    while (!swarm.gateway.calls.slice(before).includes('createStoredFile')) await turn();
    await turn();
    swarm.recover();
    const data = Buffer.from('theirs').toString('base64');
    await swarm.gateway.createStoredFile('config', { name: 'theirs', labels: {}, data, templating: null });
    expect((await answer).status).toBe(504);
  });

  it('is not taken for made because somebody else has made another one of that name', async () => {
    swarm.source.holdStream();
    await swarm.gateway.createService(completeSpec({ name: 'theirs', image: 'httpd' }));
    swarm.fail('unknown-outcome', { effect: 'write' });
    const asked = swarm.gateway.calls.length;
    const answer = surface.rest
      .post('/v1/services')
      .send({ name: 'theirs', image: 'nginx' })
      .then((response) => response);
    while (swarm.gateway.calls.length === asked) await turn();
    swarm.source.releaseStream();
    const response = await answer;
    expect(response.status).toBe(504);
  });
});

describe('a write that the engine refuses', () => {
  it('is told by what the engine said, and nothing is half done', async () => {
    // The state does not know of the service yet, so only the engine can refuse.
    swarm.source.holdStream();
    const id = await swarm.gateway.createService(completeSpec({ name: 'unseen', image: 'nginx' }));
    const before = swarm.all('service').length;
    const response = await surface.rest
      .post('/v1/services')
      .send({ name: 'unseen', image: 'nginx' })
      .expect(409);
    expect(response.body).toMatchObject({
      code: 'NAME_TAKEN',
      detail: containing('The engine said: name conflicts with an existing object'),
    });
    expect(swarm.all('service')).toHaveLength(before);
    swarm.source.releaseStream();
    await surface.state.until(() => surface.state.services.get(id), 5_000);
  });

  it('because somebody else is always quicker is a conflict in the end', async () => {
    swarm.fail(new DomainError('conflict', 'Somebody else changed the object meanwhile.'), {
      effect: 'write',
    });
    const calls = swarm.gateway.calls.length;
    const response = await surface.rest.post('/v1/services/web/restart').expect(409);
    expect(response.body).toMatchObject({ code: 'CONFLICT' });
    expect(swarm.gateway.calls.slice(calls).filter((call) => call === 'updateService')).toHaveLength(5);
  });
});

describe('while the change stream is broken', () => {
  async function cutOff(): Promise<void> {
    swarm.source.breakStream();
    const deadline = Date.now() + 5_000;
    while (surface.state.staleSince === null) {
      if (Date.now() > deadline) throw new Error('The server has not noticed.');
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it('answers reads from memory, and /readyz tells since when it is old', async () => {
    await cutOff();
    const ready = await surface.as(null).get('/readyz').expect(200);
    const { status, staleSince } = bodyOf<{ status: string; staleSince: string }>(ready);
    expect(status).toBe('ready');
    expect(Math.abs(Date.now() - Date.parse(staleSince))).toBeLessThan(5_000);
    await surface.rest.get('/v1/services/web').expect(200);
    const { errors } = await surface.graphql('{ services { nodes { name tasks { name } } } }');
    expect(errors).toEqual([]);
  });

  it('keeps recognising tokens', async () => {
    const token = await surface.tokenFor('viewer');
    await cutOff();
    await surface.as(token).get('/v1/services').expect(200);
  });

  it('recovers by itself, and has then seen what happened meanwhile', async () => {
    await cutOff();
    const id = swarm.all('service')[0]?.id ?? '';
    await swarm.gateway.updateService(id, ({ spec }) => ({ ...spec, labels: { while: 'away' } }));
    await swarm.settled();
    expect(surface.state.services.get(id)?.labels).toEqual({});
    swarm.source.mendStream();
    await surface.state.until(() => surface.state.services.get(id)?.labels['while'], 10_000);
    const response = await surface.rest.get('/v1/services/web').expect(200);
    expect(response.body).toMatchObject({ labels: { while: 'away' } });
    expect((await surface.as(null).get('/readyz').expect(200)).body).toEqual({
      status: 'ready',
      staleSince: null,
    });
    expect(swarm.source.openStreams).toBe(1);
  });

  it('lets subscriptions go on over the break', async () => {
    const subscription = await surface.subscribe<{
      serviceChanged: { type: string; object: { user: string } };
    }>('subscription { serviceChanged(filter: { service: "web" }) { type object { user } } }');
    await cutOff();
    const id = swarm.all('service')[0]?.id ?? '';
    await swarm.gateway.updateService(id, ({ spec }) => ({ ...spec, user: 'away' }));
    swarm.source.mendStream();
    const seen = await subscription.until(({ serviceChanged }) => serviceChanged.object.user === 'away');
    expect(seen.every(({ serviceChanged }) => serviceChanged.type === 'UPDATED')).toBe(true);
  });

  it('has a read wait for the write before it, however late the change comes', async () => {
    swarm.source.holdStream();
    const write = surface.rest.post('/v1/services/web/scale').send({ replicas: 6 }).expect(200);
    const answered = write.then((response) => bodyOf<Service>(response).replicas);
    const first = await Promise.race([
      answered,
      new Promise<string>((resolve) => setTimeout(() => resolve('waiting'), 200)),
    ]);
    expect(first).toBe('waiting');
    swarm.source.releaseStream();
    expect(await answered).toBe(6);
    expect((await surface.rest.get('/v1/services/web').expect(200)).body).toMatchObject({ replicas: 6 });
  });
});

describe('before the state has been read', () => {
  let early: Surface;
  let young: FakeSwarm;
  beforeEach(async () => {
    young = new FakeSwarm();
    young.source.holdStream();
    early = await startSurface({ swarm: young, ready: false });
  });
  afterEach(async () => {
    young.source.releaseStream();
    await early.close();
  });

  it('is live, but not ready, and says why', async () => {
    await early.as(null).get('/livez').expect(200);
    const response = await early.as(null).get('/readyz').expect(503);
    expect(response.body).toMatchObject({
      code: 'NOT_SYNCED',
      detail: containing('is being read'),
    });
    expect(response.headers['retry-after']).toBe('1');
  });

  it('answers nothing that could be a lie', async () => {
    for (const path of ['networks', 'services', 'services/web', 'tasks', 'nodes', 'tokens', 'swarm']) {
      const response = await early.rest.get(`/v1/${path}`).expect(503);
      expect(response.body, path).toMatchObject({ code: 'NOT_SYNCED' });
    }
    for (const query of [
      '{ services { totalCount } }',
      '{ network(id: "x") { id } }',
      'mutation { createNetwork(input: { name: "x" }) { id } }',
      'mutation { deleteService(id: "x") }',
    ]) {
      const { errors } = await early.graphql(query);
      expect(errors[0]?.extensions, query).toMatchObject({ code: 'NOT_SYNCED', status: 503 });
    }
    expect(young.gateway.calls.filter((call) => call !== 'swarm')).toEqual([]);
  });

  it('does not call a token wrong that it cannot know yet', async () => {
    const token = await surface.tokenFor('viewer');
    const rest = await early.as(token).get('/v1/services').expect(503);
    expect(rest.body).toMatchObject({ code: 'NOT_SYNCED' });
    const { status, errors } = await early.graphql('{ me { id } }', {}, token);
    expect(status).toBe(503);
    expect(errors[0]?.extensions).toMatchObject({ code: 'NOT_SYNCED', status: 503 });
    // What cannot be a token is refused all the same.
    await early.as('mistyped').get('/v1/services').expect(401);
  });

  it('gets ready as soon as it has', async () => {
    young.source.releaseStream();
    await early.state.until(() => early.state.hasSynced || undefined, 5_000);
    await early.as(null).get('/readyz').expect(200);
    await early.rest.get('/v1/services').expect(200);
  });

  it.each([
    ['not-a-manager', 'NOT_A_MANAGER', /Run Swarmplane on a manager/],
    ['engine-unreachable', 'ENGINE_UNREACHABLE', /Check that it runs/],
    ['no-leader', 'NO_LEADER', /has no leader/],
  ] as const)('says what is in the way: %s', async (kind, code, advice) => {
    young.fail(kind);
    young.source.breakStream();
    const deadline = Date.now() + 5_000;
    let body: Partial<Problem> = {};
    while (body.code !== code) {
      if (Date.now() > deadline) throw new Error(`/readyz says ${body.code} and not ${code}.`);
      body = bodyOf<Problem>(await early.as(null).get('/readyz').expect(503));
    }
    expect(body.detail).toMatch(advice);
    young.recover();
    young.source.mendStream();
    young.source.releaseStream();
    await early.state.until(() => early.state.hasSynced || undefined, 10_000);
    await early.as(null).get('/readyz').expect(200);
  });
});
