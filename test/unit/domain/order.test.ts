import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ORDER } from '../../../src/domain/order.ts';
import type { Task } from '../../../src/domain/task.ts';
import { network, node, task } from '../../factories/domain.ts';

const anyTask = fc
  .record({
    id: fc.constantFrom('a', 'b', 'c'),
    serviceName: fc.constantFrom(null, 'web', 'db'),
    slot: fc.constantFrom(null, 1, 2, 10),
    nodeId: fc.constantFrom(null, 'n1', 'n2'),
    createdAt: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
  })
  .map((overrides) => task(overrides));

const ids = (tasks: Task[]): string[] => tasks.sort((a, b) => ORDER.task.compare(a, b)).map(({ id }) => id);

describe('ORDER', () => {
  it('puts networks by name and, of one name, by id', () => {
    const sorted = [
      network({ id: 'c', name: 'web' }),
      network({ id: 'b', name: 'web' }),
      network({ id: 'd', name: 'Web' }),
    ].sort((a, b) => ORDER.network.compare(a, b));
    expect(sorted.map(({ id }) => id)).toEqual(['d', 'b', 'c']);
  });

  it('puts nodes by hostname', () => {
    expect(ORDER.node.compare(node({ hostname: 'a', id: 'z' }), node({ hostname: 'b', id: 'a' }))).toBe(-1);
  });

  it('puts tasks by service and slot, numbers as numbers, the newest of each slot first', () => {
    expect(
      ids([
        task({ id: 'ten', slot: 10 }),
        task({ id: 'two-old', slot: 2, createdAt: '2026-01-01T00:00:00Z' }),
        task({ id: 'two-new', slot: 2, createdAt: '2026-01-02T00:00:00Z' }),
        task({ id: 'global', slot: null }),
        task({ id: 'other', serviceName: 'api' }),
        task({ id: 'lone', serviceName: null }),
      ]),
    ).toEqual(['lone', 'other', 'global', 'two-new', 'two-old', 'ten']);
  });

  it('is a total order: antisymmetric, transitive and zero only for what its fields cannot tell apart', () => {
    const { fields } = ORDER.task;
    const compare = (a: Task, b: Task): number => ORDER.task.compare(a, b);
    fc.assert(
      fc.property(anyTask, anyTask, anyTask, (a, b, c) => {
        expect(Math.sign(compare(a, b)) + Math.sign(compare(b, a))).toBe(0);
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
        expect(compare(a, b) === 0).toBe(fields.every((field) => a[field] === b[field]));
      }),
      { numRuns: 500 },
    );
  });
});
