import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SortedList } from '../../../src/swarm/sorted-list.ts';

interface Item {
  readonly id: number;
  readonly rank: number;
}
const compare = (a: Item, b: Item): number => a.rank - b.rank || a.id - b.id;

/** Puts an item there or takes it away, and perhaps reads afterwards. */
const steps = fc.array(fc.record({ id: fc.nat(8), rank: fc.option(fc.nat(3)), read: fc.boolean() }), {
  maxLength: 60,
});

describe('SortedList', () => {
  it('holds what a plain list that is sorted at each read holds', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const sorted = new SortedList<Item>(compare);
        const model = new Map<number, Item>();
        for (const { id, rank, read } of list) {
          const previous = model.get(id);
          if (rank === null) {
            if (previous) sorted.remove(previous);
            model.delete(id);
          } else {
            const item = { id, rank };
            if (previous) sorted.replace(previous, item);
            else sorted.add(item);
            model.set(id, item);
          }
          if (read) expect(sorted.all()).toEqual([...model.values()].sort(compare));
        }
        expect(sorted.all()).toEqual([...model.values()].sort(compare));
      }),
      { numRuns: 500 },
    );
  });

  it('hands out the same frozen array until something changes, and never changes one it has handed out', () => {
    const sorted = new SortedList<Item>(compare);
    sorted.add({ id: 2, rank: 0 });
    sorted.add({ id: 1, rank: 0 });
    const before = sorted.all();
    expect(sorted.all()).toBe(before);
    expect(Object.isFrozen(before)).toBe(true);
    sorted.add({ id: 0, rank: 0 });
    expect(before.map(({ id }) => id)).toEqual([1, 2]);
    expect(sorted.all().map(({ id }) => id)).toEqual([0, 1, 2]);
  });

  it('ignores the removal of what it does not hold', () => {
    const sorted = new SortedList<Item>(compare);
    sorted.add({ id: 1, rank: 0 });
    sorted.remove({ id: 2, rank: 0 });
    expect(sorted.all()).toHaveLength(1);
  });
});
