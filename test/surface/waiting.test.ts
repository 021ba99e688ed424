import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WrittenService } from '../../src/services/written-service.types.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

let swarm: FakeSwarm;
let surface: Surface;

beforeEach(async () => {
  swarm = new FakeSwarm([{ hostname: 'm' }]);
  surface = await startSurface({ swarm });
});
afterEach(() => surface.close());

const WATCHED = { parallelism: 0, monitor: 1 };
const input = (name: string, more: object = {}): object => ({
  name,
  image: 'nginx',
  replicas: 2,
  updateConfig: WATCHED,
  ...more,
});
const NOWHERE = { placement: { constraints: ['node.labels.none == yes'] } };

describe('Prefer: wait', () => {
  it('answers a write once its rollout is over, and says how', async () => {
    const created = await surface.rest
      .post('/v1/services')
      .set('Prefer', 'respond-async, wait=10')
      .send(input('web'))
      .expect(201);
    expect(created.headers['preference-applied']).toBe('wait=10');
    expect(created.body).toMatchObject({
      name: 'web',
      runningTasks: 2,
      rollout: { state: 'converged', over: true, percent: 100, runningTasks: 2 },
    });
    const { version } = bodyOf<WrittenService>(created);
    expect(created.headers['etag']).toMatch(new RegExp(`^"${version}\\.`));

    const path = '/v1/services/web';
    for (const call of [
      () => surface.rest.patch(path).send({ env: { A: '1' } }),
      () => surface.rest.post(`${path}/scale`).send({ replicas: 3 }),
      () => surface.rest.post(`${path}/restart`),
      () => surface.rest.patch(path).send({}),
    ]) {
      const done = await call().set('Prefer', 'wait=10').expect(200);
      expect(done.headers['preference-applied']).toBe('wait=10');
      expect(bodyOf<WrittenService>(done).rollout).toMatchObject({ state: 'converged', percent: 100 });
    }
    const back = await surface.rest.post(`${path}/rollback`).set('Prefer', 'wait=10').expect(200);
    expect(bodyOf<WrittenService>(back).rollout).toMatchObject({ state: 'rolled-back', over: true });
  });

  it('answers 202 with the reason when the time is up', async () => {
    swarm.holdTasks();
    const response = await surface.rest
      .post('/v1/services')
      .set('Prefer', 'wait=1')
      .send(input('web'))
      .expect(202);
    expect(response.headers['preference-applied']).toBe('wait=1');
    expect(response.body).toMatchObject({ name: 'web', rollout: { state: 'converging', over: false } });
    const now = await surface.rest
      .patch('/v1/services/web')
      .set('Prefer', 'wait=0')
      .send(NOWHERE)
      .expect(202);
    expect(bodyOf<WrittenService>(now).rollout).toMatchObject({ state: 'converging', over: false });
    swarm.releaseTasks();
  });

  it('answers 200 with the reason when the rollout has failed: the write itself was made', async () => {
    const restartPolicy = { condition: 'none' };
    const first = await surface.rest
      .post('/v1/services')
      .set('Prefer', 'wait=10')
      .send(input('web', { replicas: 1, restartPolicy }))
      .expect(201);
    const { id } = bodyOf<WrittenService>(first);
    swarm.holdTasks();
    const waiting = surface.rest
      .patch('/v1/services/web')
      .set('Prefer', 'wait=20')
      .send({ env: { A: '1' }, updateConfig: { ...WATCHED, monitor: 60_000 } })
      .then((response) => response);
    await surface.state.until(() => surface.state.services.get(id)?.env['A'], 5_000);
    swarm.releaseTasks();
    const crashed = await surface.state.until(() => {
      const tasks = surface.state.tasks.by('service', id);
      const { specVersion } = surface.state.services.get(id) ?? {};
      return tasks.find((task) => task.state === 'running' && task.specVersion === specVersion);
    }, 5_000);
    swarm.crashTask(crashed?.id ?? '');
    const response = await waiting;
    expect(response.status).toBe(200);
    expect(bodyOf<WrittenService>(response).rollout).toMatchObject({ over: true, message: /non-zero exit/ });
  });

  it('is left alone where there is nothing to wait for, and where it is not asked for', async () => {
    await surface.rest.post('/v1/services').send(input('web')).expect(201);
    const plain = await surface.rest.post('/v1/services/web/restart').expect(200);
    expect(plain.headers).not.toHaveProperty('preference-applied');
    expect(plain.body).not.toHaveProperty('rollout');
    const other = await surface.rest
      .patch('/v1/services/web')
      .set('Prefer', 'respond-async')
      .send({ env: { A: '1' } })
      .expect(200);
    expect(other.headers).not.toHaveProperty('preference-applied');
    const plan = await surface.rest
      .post('/v1/services/web/restart?dryRun=true')
      .set('Prefer', 'wait=10')
      .expect(200);
    expect(plan.body).toMatchObject({ action: 'update' });
    const gone = await surface.rest.delete('/v1/services/web').set('Prefer', 'wait=10').expect(204);
    expect(gone.headers).not.toHaveProperty('preference-applied');
  });

  it('ends with the client that has left', async () => {
    swarm.holdTasks();
    const leaving = new AbortController();
    const waiting = fetch(`http://${surface.address}/v1/services`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${surface.adminToken}`,
        'Content-Type': 'application/json',
        Prefer: 'wait=300',
      },
      body: JSON.stringify(input('web')),
      signal: leaving.signal,
    }).catch((error: unknown) => error);
    const listeners = (surface.state as unknown as { listeners: Set<unknown> }).listeners;
    const before = listeners.size;
    await surface.state.until(() => surface.state.services.named('web')[0], 5_000);
    while (listeners.size <= before) await new Promise((resolve) => setTimeout(resolve, 5));
    leaving.abort();
    await waiting;
    while (listeners.size > before) await new Promise((resolve) => setTimeout(resolve, 5));
    swarm.releaseTasks();
  });
});

describe('waiting does not outlast', () => {
  it('a server that stops', async () => {
    swarm.holdTasks();
    const waiting = surface.rest
      .post('/v1/services')
      .set('Prefer', 'wait=300')
      .send(input('web'))
      .then((response) => response);
    await surface.state.until(() => surface.state.services.named('web')[0], 5_000);
    await surface.app.close();
    const response = await waiting;
    expect(response.status).toBe(202);
    expect(response.body).toMatchObject({ name: 'web' });
    surface = await startSurface({ swarm });
  });

  it('a service that is deleted meanwhile', async () => {
    swarm.holdTasks();
    const waiting = surface.rest
      .post('/v1/services')
      .set('Prefer', 'wait=300')
      .send(input('web'))
      .then((response) => response);
    await surface.state.until(() => surface.state.services.named('web')[0], 5_000);
    await surface.rest.delete('/v1/services/web').expect(204);
    const response = await waiting;
    expect(response.status).toBe(201);
    expect(response.body).toMatchObject({ name: 'web' });
  });

  it('an engine that cannot be asked: the write was made all the same', async () => {
    await surface.rest.post('/v1/services').set('Prefer', 'wait=10').send(input('web')).expect(201);
    swarm.holdTasks();
    const waiting = surface.rest
      .post('/v1/services/web/scale')
      .set('Prefer', 'wait=1')
      .send({ replicas: 3 })
      .then((response) => response);
    await surface.state.until(
      () => surface.state.services.named('web').find(({ replicas }) => replicas === 3),
      5_000,
    );
    swarm.fail('engine-unreachable');
    const response = await waiting;
    expect(response.status).toBe(202);
    expect(response.body).toMatchObject({ name: 'web', replicas: 3 });
  });
});

describe('wait: true', () => {
  it('answers a mutation once its rollout is over', async () => {
    const { createService } = await surface.data<{ createService: unknown }>(
      'mutation { createService(input: { name: "web", image: "nginx", replicas: 2, updateConfig: { parallelism: 0, monitor: 1 } }, wait: true) { name runningTasks rollout { state over message } } }',
    );
    expect(createService).toMatchObject({
      name: 'web',
      runningTasks: 2,
      rollout: { state: 'CONVERGED', over: true },
    });
    const { restartService } = await surface.data<{ restartService: unknown }>(
      'mutation { restartService(id: "web", wait: true) { runningTasks rollout { state } } }',
    );
    expect(restartService).toEqual({ runningTasks: 2, rollout: { state: 'CONVERGED' } });
  });

  it('has the rollout of every service beside it', async () => {
    await surface.rest.post('/v1/services').set('Prefer', 'wait=10').send(input('web')).expect(201);
    const { services } = await surface.data<{ services: unknown }>(
      '{ services { nodes { name rollout { state percent } } } }',
    );
    expect(services).toEqual({ nodes: [{ name: 'web', rollout: { state: 'CONVERGED', percent: 100 } }] });
  });
});
