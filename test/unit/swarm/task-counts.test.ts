import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWanted, TASK_STATES, type Task } from '../../../src/domain/task.ts';
import { TaskCounts } from '../../../src/swarm/task-counts.ts';
import { task } from '../../factories/domain.ts';

const someTask = fc
  .record({
    id: fc.constantFrom('t1', 't2', 't3', 't4'),
    serviceId: fc.constantFrom('s1', 's2', null),
    state: fc.constantFrom(...TASK_STATES),
    desiredState: fc.constantFrom(...TASK_STATES),
  })
  .map((fields) => task(fields));

describe('TaskCounts', () => {
  it('count what counting would, after any changes', () => {
    const steps = fc.array(fc.record({ next: someTask, gone: fc.boolean() }), { maxLength: 40 });
    fc.assert(
      fc.property(steps, (list) => {
        const counts = new TaskCounts();
        const tasks = new Map<string, Task>();
        for (const { next, gone } of list) {
          counts.change(tasks.get(next.id) ?? null, gone ? null : next);
          if (gone) tasks.delete(next.id);
          else tasks.set(next.id, next);
        }
        for (const serviceId of ['s1', 's2', 's3']) {
          const own = [...tasks.values()].filter((each) => each.serviceId === serviceId && isWanted(each));
          expect(counts.of(serviceId)).toEqual({
            running: own.filter((each) => each.state === 'running').length,
            wanted: own.length,
          });
        }
      }),
    );
  });
});
