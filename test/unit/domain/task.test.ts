import { describe, expect, it } from 'vitest';
import { exitCodeOf, isWanted, TASK_STATES, taskName, type TaskState } from '../../../src/domain/task.ts';
import { task } from '../../factories/domain.ts';

describe('taskName', () => {
  it.each([
    ['a replica by its slot', { slot: 3 }, 'web.3'],
    ['a global task by its node', { slot: null }, 'web.node1'],
    ['a global task without a node by its id', { slot: null, nodeId: null }, 'web.task1'],
    ['by the service id when the name is not known', { serviceName: null }, 'svc1.1'],
    ['a task of no service by its id', { serviceName: null, serviceId: null }, 'task1'],
  ])('names %s', (_, overrides, name) => {
    expect(taskName(task(overrides))).toBe(name);
  });
});

const ENDED: readonly TaskState[] = ['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned'];

describe('isWanted', () => {
  it.each(TASK_STATES)('knows whether Swarm wants a task whose desired state is %s', (desiredState) => {
    expect(isWanted({ desiredState })).toBe(!ENDED.includes(desiredState) || desiredState === 'complete');
  });
});

describe('exitCodeOf', () => {
  it.each(TASK_STATES)('counts only of an ended task: %s', (state) => {
    expect(exitCodeOf(state, 0)).toBe(ENDED.includes(state) ? 0 : null);
    expect(exitCodeOf(state, 137)).toBe(ENDED.includes(state) ? 137 : null);
    expect(exitCodeOf(state, null)).toBeNull();
  });
});
