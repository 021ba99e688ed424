import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Rollout } from '../../src/domain/rollout.ts';
import { engineApi } from '../support/engine-api.ts';
import { EventReader } from '../support/event-stream.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';

const engine = inject('engine');
const docker = engineApi(engine.dockerHost);
const suffix = randomBytes(4).toString('hex');
const made: string[] = [];
let server: RealServer;

/** Runs until it is told to stop, and then stops at once. */
const RUNS = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done'];
const CRASHES = ['sh', '-c', 'sleep 0.3; echo no >&2; exit 3'];
const WATCHED_FOR_MS = 1_000;

const policy = (more: object = {}): object => ({
  parallelism: 1,
  delay: null,
  failureAction: 'pause',
  monitor: WATCHED_FOR_MS,
  maxFailureRatio: 0,
  order: 'stop-first',
  ...more,
});

beforeAll(async () => {
  server = await startRealServer(realPorts(engine));
});
afterAll(async () => {
  for (const id of made) await server.rest.delete(`/v1/services/${id}`);
  await server.close();
});

async function create(stem: string, more: object = {}): Promise<string> {
  const response = await server.rest
    .post('/v1/services')
    .send({
      name: `test-${stem}-${suffix}`,
      labels: { 'swarmplane.test': suffix },
      image: 'busybox:latest',
      command: RUNS,
      mode: 'replicated',
      replicas: 3,
      updateConfig: policy(),
      rollbackConfig: policy(),
      ...more,
    })
    .expect(201);
  const { id } = response.body as { id: string };
  made.push(id);
  return id;
}

async function patch(id: string, body: object): Promise<void> {
  await server.rest.patch(`/v1/services/${id}`).send(body).expect(200);
}

async function now(id: string): Promise<Rollout> {
  return (await server.rest.get(`/v1/services/${id}/rollout`).expect(200)).body as Rollout;
}

/** All that a stream of the rollout tells, until the server ends it. */
async function told(id: string): Promise<Rollout[]> {
  const reader = await EventReader.open(`${server.url}/v1/services/${id}/rollout`, {
    ...server.headers,
    Accept: 'text/event-stream',
  });
  const rollouts: Rollout[] = [];
  for (;;) {
    const event = await reader.event();
    expect(event.event).toBe('rollout');
    const rollout = JSON.parse(event.data ?? '') as Rollout;
    rollouts.push(rollout);
    if (rollout.over) break;
  }
  await reader.end();
  return rollouts;
}

/** What is true of every rollout whatever happens. */
function expectSound(rollouts: readonly Rollout[]): void {
  for (const { state, percent, over } of rollouts) {
    expect(percent).toBeGreaterThanOrEqual(0);
    expect(percent === 100).toBe(state === 'converged' || state === 'rolled-back');
    expect(over).toBe(!['converging', 'rolling-back'].includes(state));
  }
  expect(rollouts.map(({ over }) => over)).toEqual(rollouts.map((_, index) => index === rollouts.length - 1));
}

describe('a rollout on a real engine', () => {
  it('of a new service converges once its tasks run and have been watched', async () => {
    const id = await create('new');
    const rollouts = await told(id);
    expectSound(rollouts);
    expect(rollouts.at(-1)).toMatchObject({
      state: 'converged',
      updateStatus: null,
      desiredTasks: 3,
      updatedTasks: 3,
      runningTasks: 3,
      pendingTasks: 0,
      outdatedTasks: 0,
      percent: 100,
    });
    expect(await now(id)).toEqual(rollouts.at(-1));
  });

  it('of an update grows to 100 percent, not before Swarm calls it complete, and ends', async () => {
    const id = await create('update');
    await told(id);
    await patch(id, { env: { COLOUR: 'green' } });
    const rollouts = await told(id);
    expectSound(rollouts);
    const last = rollouts.at(-1);
    expect(last).toMatchObject({ state: 'converged', updateStatus: 'completed', percent: 100 });
    const { id: _, ...service } = (await server.rest.get(`/v1/services/${id}`)).body as {
      id: string;
      updateStatus: { startedAt: string };
    };
    expect(last?.startedAt).toBe(service.updateStatus.startedAt);
    // The old tasks still ran when it began, and none of them counted.
    expect(rollouts[0]).toMatchObject({ state: 'converging', updatedTasks: expect.any(Number) as number });
    expect(rollouts[0]?.percent).toBeLessThan(100);
    expect(rollouts.map(({ runningTasks }) => runningTasks)).toEqual(
      expect.arrayContaining([0, 1, 2, 3]) as number[],
    );
    expect(rollouts.some(({ outdatedTasks }) => outdatedTasks > 0)).toBe(true);
  });

  it('is not mistaken by scaling, which makes a new spec of the same tasks', async () => {
    const id = await create('scale', { replicas: 2 });
    await told(id);
    await server.rest.post(`/v1/services/${id}/scale`).send({ replicas: 4 }).expect(200);
    const up = await told(id);
    expectSound(up);
    expect(up.every(({ runningTasks }) => runningTasks >= 2)).toBe(true);
    expect(up.at(-1)).toMatchObject({
      state: 'converged',
      updateStatus: null,
      desiredTasks: 4,
      runningTasks: 4,
    });
    await server.rest.post(`/v1/services/${id}/scale`).send({ replicas: 0 }).expect(200);
    const down = await told(id);
    expectSound(down);
    expect(down.at(-1)).toMatchObject({
      state: 'converged',
      desiredTasks: 0,
      runningTasks: 0,
      outdatedTasks: 0,
    });
  });

  it('that fails is paused, says why, and ends', async () => {
    const id = await create('pause');
    await told(id);
    await patch(id, { command: CRASHES });
    const rollouts = await told(id);
    expectSound(rollouts);
    const last = rollouts.at(-1);
    expect(last).toMatchObject({ state: 'paused', updateStatus: 'paused' });
    expect(last?.outdatedTasks).toBeGreaterThan(0);
    expect(last?.message).toMatch(
      /update paused due to failure or early termination of task .*non-zero exit \(3\)/,
    );
    expect(last?.failedTasks).toBeGreaterThan(0);
  });

  it('that fails rolls back by itself, if the policy says so, and ends there', async () => {
    const id = await create('rollback', { updateConfig: policy({ failureAction: 'rollback' }) });
    await told(id);
    await patch(id, { command: CRASHES });
    const rollouts = await told(id);
    expectSound(rollouts);
    const states = rollouts.map(({ state }) => state);
    expect(states[0]).toBe('converging');
    expect(states).toContain('rolling-back');
    expect(rollouts.at(-1)).toMatchObject({
      state: 'rolled-back',
      updateStatus: 'rollback_completed',
      runningTasks: 3,
      outdatedTasks: 0,
      percent: 100,
    });
    expect(rollouts.find(({ state }) => state === 'rolling-back')?.message).toMatch(
      /^update rolled back due to/,
    );
  });

  it('by hand back to the spec of before is rolled back', async () => {
    const id = await create('manual', { replicas: 2 });
    await told(id);
    await patch(id, { env: { A: 'b' } });
    await told(id);
    await server.rest.post(`/v1/services/${id}/rollback`).expect(200);
    const rollouts = await told(id);
    expectSound(rollouts);
    expect(rollouts[0]).toMatchObject({ state: 'rolling-back' });
    expect(rollouts.at(-1)).toMatchObject({ state: 'rolled-back', runningTasks: 2 });
  });

  it('of tasks that no node takes goes on, with the words of the scheduler', async () => {
    const id = await create('nowhere', { placement: { constraints: ['node.labels.none==yes'] } });
    await server.state.until(
      () =>
        server.state.tasks.by('service', id).filter(({ error }) => error !== null).length === 3 || undefined,
      10_000,
    );
    expect(await now(id)).toMatchObject({
      state: 'converging',
      over: false,
      percent: 0,
      pendingTasks: 3,
      message: expect.stringMatching(/^no suitable node/) as string,
    });
  });

  it('of tasks that end for good has failed', async () => {
    const id = await create('ended', {
      command: CRASHES,
      replicas: 2,
      restartPolicy: { condition: 'none', delay: null, maxAttempts: null, window: null },
    });
    const rollouts = await told(id);
    expectSound(rollouts);
    // One that will not come back is enough: two will never run.
    expect(rollouts.at(-1)).toMatchObject({ state: 'failed', message: 'task: non-zero exit (3)' });
    expect(rollouts.at(-1)?.failedTasks).toBeGreaterThan(0);
  });

  it('of tasks that crash again and again does not pass for converged whenever they run', async () => {
    const id = await create('crash', {
      command: CRASHES,
      replicas: 1,
      restartPolicy: { condition: 'any', delay: 100, maxAttempts: null, window: null },
    });
    const reader = await EventReader.open(`${server.url}/v1/services/${id}/rollout`, {
      ...server.headers,
      Accept: 'text/event-stream',
    });
    const rollouts: Rollout[] = [];
    while ((rollouts.at(-1)?.failedTasks ?? 0) < 3) {
      rollouts.push(JSON.parse((await reader.event()).data ?? '') as Rollout);
    }
    reader.close();
    expect(rollouts.some(({ runningTasks }) => runningTasks === 1)).toBe(true);
    expect(new Set(rollouts.map(({ state }) => state))).toEqual(new Set(['converging']));
    expect(rollouts.at(-1)?.message).toBe('task: non-zero exit (3)');
  });

  it('that starts the new task first always has as many as are wanted', async () => {
    const id = await create('first', { updateConfig: policy({ parallelism: 0, order: 'start-first' }) });
    await told(id);
    await patch(id, { env: { A: 'b' } });
    const rollouts = await told(id);
    expectSound(rollouts);
    expect(rollouts.at(-1)).toMatchObject({ state: 'converged', runningTasks: 3, outdatedTasks: 0 });
    for (const { runningTasks, outdatedTasks } of rollouts) {
      expect(runningTasks + outdatedTasks).toBeGreaterThanOrEqual(3);
    }
  });

  it('of a global service wants a task on each node that fits', async () => {
    const nodes = server.state.nodes.all().length;
    const id = await create('global', { mode: 'global', replicas: undefined });
    expect((await told(id)).at(-1)).toMatchObject({
      state: 'converged',
      desiredTasks: nodes,
      runningTasks: nodes,
    });
  });

  it('of a job counts what has completed, of its newest run', async () => {
    const id = await create('job', {
      mode: 'replicated-job',
      replicas: undefined,
      maxConcurrent: 1,
      totalCompletions: 2,
      command: ['sh', '-c', 'sleep 0.3'],
      restartPolicy: { condition: 'none', delay: null, maxAttempts: null, window: null },
      updateConfig: undefined,
      rollbackConfig: undefined,
    });
    const first = await told(id);
    expectSound(first);
    expect(first.map(({ percent }) => percent)).toEqual(expect.arrayContaining([0, 50, 100]) as number[]);
    expect(first.at(-1)).toMatchObject({ state: 'converged', completedTasks: 2, runningTasks: 0 });
    await server.rest.post(`/v1/services/${id}/restart`).expect(200);
    const second = await told(id);
    expectSound(second);
    expect(second[0]?.completedTasks).toBeLessThan(2);
    expect(second.at(-1)).toMatchObject({ state: 'converged', completedTasks: 2 });
  });

  it('ends when the service is removed, and says so', async () => {
    const id = await create('removed', { placement: { constraints: ['node.labels.none==yes'] } });
    const reader = await EventReader.open(`${server.url}/v1/services/${id}/rollout`, {
      ...server.headers,
      Accept: 'text/event-stream',
    });
    await docker.send('DELETE', `/v1.41/services/${id}`);
    let event = await reader.event();
    while (event.event === 'rollout') event = await reader.event();
    expect(event.event).toBe('not-found');
    await reader.end();
    await server.rest.get(`/v1/services/${id}/rollout`).expect(404);
  });
});
