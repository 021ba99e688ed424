import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/domain/node.ts';
import {
  isOfPresentSpec,
  ROLLOUT_STATES,
  rolloutOf,
  watchedUntil,
  type Rollout,
} from '../../../src/domain/rollout.ts';
import type { Service, UpdateState } from '../../../src/domain/service.ts';
import { isWanted, TASK_STATES, type Task } from '../../../src/domain/task.ts';
import { node, service, serviceSpec, task } from '../../factories/domain.ts';

const SETTLED = '2026-01-01T00:00:00Z';
/** Long after every task of these tests came to its state. */
const NOW = Date.parse(SETTLED) + 3_600_000;
const STARTED = '2026-01-01T00:30:00Z';

const NODES = [node({ id: 'n1' }), node({ id: 'n2' }), node({ id: 'n3' })];

/** A service that has been updated: its tasks must carry the mark of its spec. */
const updated = (overrides: Partial<Service> = {}): Service =>
  service({ replicas: 3, previousSpec: serviceSpec(), specVersion: 20, ...overrides });
const status = (state: UpdateState, message = state as string): Service['updateStatus'] => ({
  state,
  startedAt: STARTED,
  completedAt: null,
  message,
});
const fresh = (overrides: Partial<Task> = {}): Task =>
  task({ id: `t${overrides.slot ?? 1}`, specVersion: 20, updatedAt: SETTLED, ...overrides });
const old = (overrides: Partial<Task> = {}): Task =>
  fresh({ id: `old${overrides.slot ?? 1}`, specVersion: 10, ...overrides });

const rollout = (of: Service, tasks: readonly Task[], nodes: readonly Node[] = NODES, now = NOW): Rollout =>
  rolloutOf(of, tasks, nodes, (one) => isOfPresentSpec(of, one), now);

const three = [1, 2, 3];

describe('rolloutOf', () => {
  it.each<[what: string, of: Service, tasks: readonly Task[], expected: Partial<Rollout>]>([
    [
      'a service that was never updated and runs',
      service({ replicas: 3, updatedAt: SETTLED }),
      three.map((slot) => task({ id: `t${slot}`, slot, updatedAt: SETTLED })),
      {
        state: 'converged',
        desiredTasks: 3,
        runningTasks: 3,
        percent: 100,
        startedAt: SETTLED,
        message: null,
      },
    ],
    ['a service without tasks yet', service({ replicas: 2 }), [], { state: 'converging', percent: 0 }],
    ['a service that wants none', service({ replicas: 0 }), [], { state: 'converged', percent: 100 }],
    [
      'a spec written a moment ago, whose old tasks all run',
      updated(),
      three.map((slot) => old({ slot })),
      { state: 'converging', updatedTasks: 0, runningTasks: 0, outdatedTasks: 3, percent: 0 },
    ],
    [
      'an update half way, the old task on its way out',
      updated({ updateStatus: status('updating') }),
      [
        fresh({ slot: 1 }),
        fresh({ slot: 2, state: 'preparing', desiredState: 'ready' }),
        old({ slot: 2, desiredState: 'shutdown' }),
        old({ slot: 3 }),
      ],
      {
        state: 'converging',
        updatedTasks: 2,
        runningTasks: 1,
        pendingTasks: 1,
        outdatedTasks: 2,
        percent: 33,
        startedAt: STARTED,
      },
    ],
    [
      'an update all of whose tasks run, while Swarm still watches them',
      updated({ updateStatus: status('updating') }),
      three.map((slot) => fresh({ slot })),
      {
        state: 'converging',
        runningTasks: 3,
        percent: 99,
        message: expect.stringMatching('watched') as string,
      },
    ],
    [
      'an update that is complete',
      updated({ updateStatus: status('completed', 'update completed') }),
      three.map((slot) => fresh({ slot })),
      { state: 'converged', over: true, percent: 100, message: 'update completed' },
    ],
    [
      'an update that is complete, by tasks of older specs that say the same',
      updated({ updateStatus: status('completed') }),
      three.map((slot) => old({ slot })),
      { state: 'converged', runningTasks: 3 },
    ],
    [
      'an update that was complete before a task ended',
      updated({ updateStatus: status('completed') }),
      [fresh({ slot: 1 }), fresh({ slot: 2 }), fresh({ slot: 3, state: 'starting' })],
      { state: 'converging', over: false, runningTasks: 2, pendingTasks: 1, percent: 66 },
    ],
    [
      'an update that Swarm has paused',
      updated({ updateStatus: status('paused', 'update paused due to failure of task x') }),
      [
        fresh({ slot: 1, state: 'failed', desiredState: 'shutdown', error: 'task: non-zero exit (3)' }),
        old({ slot: 2 }),
        old({ slot: 3 }),
      ],
      {
        state: 'paused',
        over: true,
        failedTasks: 1,
        outdatedTasks: 2,
        message: 'update paused due to failure of task x: task: non-zero exit (3)',
      },
    ],
    [
      'a rollback under way',
      updated({ updateStatus: status('rollback_started', 'update rolled back due to failure') }),
      [fresh({ slot: 1 }), old({ slot: 2 }), old({ slot: 3, desiredState: 'shutdown' })],
      { state: 'rolling-back', over: false, message: 'update rolled back due to failure', outdatedTasks: 2 },
    ],
    [
      'a rollback whose tasks all run, before Swarm says that it is complete',
      updated({ updateStatus: status('rollback_started') }),
      three.map((slot) => fresh({ slot })),
      { state: 'rolling-back', percent: 99 },
    ],
    [
      'a rollback that is complete',
      updated({ updateStatus: status('rollback_completed') }),
      three.map((slot) => fresh({ slot })),
      { state: 'rolled-back', over: true, percent: 100 },
    ],
    [
      'a rollback that Swarm has paused',
      updated({ updateStatus: status('rollback_paused', 'rollback paused') }),
      [fresh({ slot: 1, state: 'failed', desiredState: 'shutdown', error: 'no' })],
      { state: 'rollback-paused', over: true, message: 'rollback paused: no' },
    ],
    [
      'a service scaled down, whose tasks are not told yet',
      service({ replicas: 1, previousSpec: null }),
      three.map((slot) => fresh({ slot })),
      { state: 'converging', runningTasks: 1, outdatedTasks: 2, percent: 33 },
    ],
    [
      'a service scaled down, whose tasks stop',
      service({ replicas: 1 }),
      [fresh({ slot: 1 }), fresh({ slot: 2, desiredState: 'remove' })],
      { state: 'converging', runningTasks: 1, outdatedTasks: 1, percent: 50 },
    ],
    [
      'tasks left on a node that is down, which nobody can stop',
      service({ replicas: 1 }),
      [fresh({ slot: 1 }), fresh({ id: 'lost', slot: 1, nodeId: 'gone', desiredState: 'shutdown' })],
      { state: 'converged', outdatedTasks: 0 },
    ],
    [
      'tasks that were told to go before a node had them',
      service({ replicas: 1 }),
      [
        fresh({ slot: 1 }),
        fresh({ id: 'no', slot: 1, state: 'pending', nodeId: null, desiredState: 'shutdown' }),
      ],
      { state: 'converged', outdatedTasks: 0 },
    ],
    [
      'a task that no node takes',
      service({ replicas: 1 }),
      [fresh({ state: 'pending', nodeId: null, error: 'no suitable node' })],
      { state: 'converging', pendingTasks: 1, percent: 0, message: 'no suitable node' },
    ],
    [
      'a task that failed and is started anew, for ever',
      service({ replicas: 1 }),
      [
        fresh({ id: 'a', state: 'failed', desiredState: 'shutdown', error: 'no' }),
        fresh({ id: 'b', state: 'ready' }),
      ],
      { state: 'converging', failedTasks: 1, message: 'no' },
    ],
    [
      'a task that failed and is not started anew',
      service({
        replicas: 2,
        restartPolicy: { condition: 'on-failure', delay: null, maxAttempts: 1, window: null },
      }),
      [fresh({ slot: 1, state: 'failed', desiredState: 'shutdown', error: 'no' }), fresh({ slot: 2 })],
      { state: 'failed', over: true, runningTasks: 1, message: 'no' },
    ],
    [
      'a task that ended well and is not started anew',
      service({
        replicas: 1,
        restartPolicy: { condition: 'on-failure', delay: null, maxAttempts: null, window: null },
      }),
      [fresh({ state: 'complete', desiredState: 'shutdown' })],
      { state: 'failed', failedTasks: 0, message: expect.stringMatching('have ended') as string },
    ],
    [
      'a global service whose task is still missing on one node',
      service({ mode: 'global', replicas: null }),
      [fresh({ id: 'a', slot: null, nodeId: 'n1' }), fresh({ id: 'b', slot: null, nodeId: 'n2' })],
      { state: 'converging', desiredTasks: 3, runningTasks: 2, percent: 66 },
    ],
    [
      'a global service that fits one node, and still runs on another',
      service({
        mode: 'global',
        replicas: null,
        placement: { constraints: ['node.id==n1'], preferences: [], maxReplicas: null, platforms: [] },
      }),
      [fresh({ slot: null, nodeId: 'n2' })],
      { state: 'converging', desiredTasks: 1, runningTasks: 0, outdatedTasks: 1, percent: 0 },
    ],
    [
      'a job under way',
      service({
        mode: 'replicated-job',
        replicas: null,
        maxConcurrent: 1,
        totalCompletions: 2,
        jobIteration: 1,
      }),
      [
        fresh({ id: 'a', slot: null, state: 'complete', desiredState: 'complete', jobIteration: 1 }),
        fresh({ id: 'b', slot: 1, desiredState: 'complete', jobIteration: 1 }),
        fresh({ id: 'c', slot: 1, state: 'complete', desiredState: 'complete', jobIteration: 0 }),
      ],
      {
        state: 'converging',
        desiredTasks: 2,
        completedTasks: 1,
        runningTasks: 1,
        updatedTasks: 2,
        percent: 50,
      },
    ],
    [
      'a job that is done',
      service({
        mode: 'replicated-job',
        replicas: null,
        maxConcurrent: 2,
        totalCompletions: null,
        jobIteration: 0,
      }),
      [null, 1].map((slot) =>
        fresh({ slot, state: 'complete', desiredState: 'complete', jobIteration: 0, updatedAt: STARTED }),
      ),
      { state: 'converged', over: true, desiredTasks: 2, completedTasks: 2, percent: 100 },
    ],
    [
      'a job on every node, done on one that is drained now',
      service({ mode: 'global-job', replicas: null, jobIteration: 0 }),
      ['n1', 'n2', 'n3', 'drained'].map((nodeId) =>
        fresh({
          id: nodeId,
          slot: null,
          nodeId,
          state: 'complete',
          desiredState: 'complete',
          jobIteration: 0,
        }),
      ),
      { state: 'converged', desiredTasks: 4, completedTasks: 4 },
    ],
    [
      'a job that fails, which Swarm starts anew for ever',
      service({
        mode: 'global-job',
        replicas: null,
        jobIteration: 0,
        restartPolicy: { condition: 'none', delay: null, maxAttempts: null, window: null },
      }),
      [
        fresh({
          slot: null,
          nodeId: 'n1',
          state: 'failed',
          desiredState: 'shutdown',
          jobIteration: 0,
          error: 'no',
        }),
      ],
      { state: 'converging', over: false, failedTasks: 1, message: 'no' },
    ],
  ])('%s', (_, of, tasks, expected) => {
    const nodes = [
      ...NODES,
      node({ id: 'gone', state: 'down' }),
      node({ id: 'drained', availability: 'drain' }),
      node({ id: 'paused', availability: 'pause' }),
    ];
    expect(rollout(of, tasks, nodes)).toMatchObject(expected);
  });

  it('counts a task that is not known to be of the present spec as outdated', () => {
    const unsure = rolloutOf(updated(), [old({ slot: 1 })], NODES, () => undefined, NOW);
    expect(unsure).toMatchObject({ state: 'converging', updatedTasks: 0, outdatedTasks: 1 });
  });

  it('keeps the task that a paused node has, and wants no other there', () => {
    const of = service({ mode: 'global', replicas: null });
    const nodes = [node({ id: 'n1' }), node({ id: 'n2', availability: 'pause' })];
    const tasks = ['n1', 'n2'].map((nodeId) => fresh({ id: nodeId, slot: null, nodeId }));
    expect(rollout(of, tasks, nodes)).toMatchObject({ state: 'converged', desiredTasks: 2 });
    expect(rollout(of, tasks.slice(0, 1), nodes)).toMatchObject({ state: 'converged', desiredTasks: 1 });
  });

  it('waits until new tasks have stayed up for a while, where Swarm does not watch them itself', () => {
    const of = service({
      replicas: 1,
      updateConfig: {
        parallelism: 1,
        delay: null,
        failureAction: null,
        monitor: 1000,
        maxFailureRatio: 0,
        order: null,
      },
    });
    const since = Date.parse(SETTLED);
    const at = (ms: number): Rollout => rollout(of, [fresh()], NODES, since + ms);
    expect(at(999)).toMatchObject({ state: 'converging', percent: 99, runningTasks: 1 });
    expect(at(1000)).toMatchObject({ state: 'converged', percent: 100 });
    expect(watchedUntil(of, [fresh()], since + 999)).toBe(since + 1000);
    expect(watchedUntil(service(), [fresh()], since)).toBe(since + 5000);
    expect(watchedUntil(of, [fresh({ state: 'starting' })], since)).toBeNull();
    // The clock of the manager that wrote it is far ahead of ours.
    expect(watchedUntil(of, [fresh()], since - 60_000)).toBeNull();
    for (const state of ['completed', 'rollback_completed'] as const) {
      const after = { ...of, rollbackConfig: of.updateConfig, updateStatus: status(state) };
      expect(watchedUntil(after, [fresh()], since + 999)).toBe(since + 1000);
      expect(watchedUntil({ ...after, rollbackConfig: null }, [fresh()], since + 999)).toBe(
        since + (state === 'completed' ? 1000 : 5000),
      );
    }
    // Swarm's own business.
    for (const state of ['updating', 'paused', 'rollback_started', 'rollback_paused'] as const) {
      expect(watchedUntil({ ...of, updateStatus: status(state) }, [fresh()], since)).toBeNull();
    }
  });

  const anyTask = fc.record({
    slot: fc.constantFrom(null, 1, 2, 3, 4),
    nodeId: fc.constantFrom(null, 'n1', 'n2', 'n3', 'gone'),
    state: fc.constantFrom(...TASK_STATES),
    desiredState: fc.constantFrom(...TASK_STATES),
    specVersion: fc.constantFrom(null, 10, 20),
    jobIteration: fc.constantFrom(null, 0, 1),
    error: fc.constantFrom(null, 'no'),
    createdAt: fc.constantFrom(SETTLED, STARTED),
  });
  const anyTasks = fc
    .array(anyTask, { maxLength: 12 })
    .map((all) => all.map((overrides, index) => fresh({ ...overrides, id: `t${index}` })));
  const anyService = fc
    .record({
      mode: fc.constantFrom(
        'replicated' as const,
        'global' as const,
        'replicated-job' as const,
        'global-job' as const,
      ),
      wanted: fc.nat({ max: 5 }),
      state: fc.constantFrom(
        null,
        'updating' as const,
        'paused' as const,
        'completed' as const,
        'rollback_started' as const,
        'rollback_paused' as const,
        'rollback_completed' as const,
      ),
      wasUpdated: fc.boolean(),
      condition: fc.constantFrom('any' as const, 'none' as const, 'on-failure' as const),
    })
    .map(({ mode, wanted, state, wasUpdated, condition }) =>
      service({
        mode,
        replicas: mode === 'replicated' ? wanted : null,
        totalCompletions: mode === 'replicated-job' ? wanted : null,
        updateStatus: state === null ? null : status(state),
        previousSpec: wasUpdated ? serviceSpec() : null,
        specVersion: 20,
        jobIteration: mode.endsWith('job') ? 1 : null,
        restartPolicy: { condition, delay: null, maxAttempts: null, window: null },
      }),
    );
  const nodes = [...NODES, node({ id: 'gone', state: 'down' })];

  it('never says that it has converged unless all that is wanted is there and nothing else lives', () => {
    fc.assert(
      fc.property(anyService, anyTasks, (of, tasks) => {
        const made = rollout(of, tasks, nodes);
        expect(ROLLOUT_STATES).toContain(made.state);
        expect(Number.isInteger(made.percent) && made.percent >= 0 && made.percent <= 100).toBe(true);
        expect(made.percent === 100).toBe(made.state === 'converged' || made.state === 'rolled-back');
        expect(made.over).toBe(made.state !== 'converging' && made.state !== 'rolling-back');
        for (const [name, count] of Object.entries(made)) {
          if (name.endsWith('Tasks')) expect(count, name).toBeGreaterThanOrEqual(0);
        }
        expect(made.updatedTasks).toBe(made.runningTasks + made.pendingTasks + made.completedTasks);
        if (of.mode !== 'replicated-job' && of.mode !== 'global-job') {
          expect(made.updatedTasks).toBeLessThanOrEqual(made.desiredTasks);
        }
        if (made.percent < 100) return;
        expect(made.runningTasks + made.completedTasks).toBe(made.desiredTasks);
        expect([made.pendingTasks, made.outdatedTasks]).toEqual([0, 0]);
        expect(['updating', 'paused', 'rollback_started', 'rollback_paused']).not.toContain(
          made.updateStatus,
        );
      }),
    );
  });

  it('does not go back in percent when a task that was awaited runs, or one that was in the way has ended', () => {
    fc.assert(
      fc.property(anyService, anyTasks, fc.nat(), (of, tasks, pick) => {
        fc.pre(tasks.length > 0 && !of.mode.endsWith('job'));
        const index = pick % tasks.length;
        const one = tasks[index] as Task;
        const step = (): Task =>
          isOfPresentSpec(of, one) === true && isWanted(one)
            ? TASK_STATES.indexOf(one.state) < TASK_STATES.indexOf('running')
              ? { ...one, state: 'running' }
              : one
            : { ...one, state: 'shutdown', desiredState: 'shutdown' };
        const after = tasks.with(index, step());
        expect(rollout(of, after, nodes).percent).toBeGreaterThanOrEqual(rollout(of, tasks, nodes).percent);
      }),
    );
  });
});

describe('isOfPresentSpec', () => {
  it.each<[what: string, of: Service, one: Task, expected: boolean | undefined]>([
    ['the mark of the spec', updated(), fresh(), true],
    ['another mark: it may say the same', updated(), old(), undefined],
    ['no marks', updated({ specVersion: null }), fresh({ specVersion: null }), undefined],
    ['no update ever', service(), fresh({ specVersion: null }), true],
    ['a complete update', updated({ updateStatus: status('completed') }), old(), true],
    ['a complete rollback', updated({ updateStatus: status('rollback_completed') }), old(), true],
    [
      'a complete update, and a task that it has ended',
      updated({ updateStatus: status('completed') }),
      old({ desiredState: 'shutdown' }),
      undefined,
    ],
    ['an update under way', updated({ updateStatus: status('updating') }), old(), undefined],
    ['this run of a job', updated({ mode: 'global-job', jobIteration: 2 }), old({ jobIteration: 2 }), true],
    [
      'another run of a job',
      updated({ mode: 'global-job', jobIteration: 2 }),
      fresh({ jobIteration: 1 }),
      false,
    ],
  ])('by %s', (_, of, one, expected) => {
    expect(isOfPresentSpec(of, one)).toBe(expected);
  });
});
