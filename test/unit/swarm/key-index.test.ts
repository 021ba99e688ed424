import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyIndex } from '../../../src/swarm/key-index.ts';

interface Item {
  readonly id: number;
  readonly rank: number;
  readonly keys: readonly string[];
}
const compare = (a: Item, b: Item): number => a.rank - b.rank || a.id - b.id;

const newIndex = (items: readonly Item[] = []): KeyIndex<Item> =>
  new KeyIndex<Item>((item) => item.keys, compare, items);

const KEYS = ['a', 'b'];
const steps = fc.array(
  fc.record({
    id: fc.nat(4),
    keys: fc.array(fc.constantFrom(...KEYS), { maxLength: 3 }),
    rank: fc.option(fc.nat(2)),
    read: fc.option(fc.constantFrom(...KEYS)),
  }),
  { maxLength: 40 },
);

describe('KeyIndex', () => {
  it('answers what filtering and sorting would, and the same array until something of the key changes', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const index = newIndex();
        const model = new Map<number, Item>();
        const read = new Map<string, readonly Item[]>();
        for (const { id, keys, rank, read: readKey } of list) {
          const before = model.get(id);
          const item = rank === null ? undefined : { id, rank, keys };
          if (before && item) index.replace(before, item);
          else if (before) index.remove(before);
          else if (item) index.add(item);
          for (const touched of [...(before?.keys ?? []), ...(item?.keys ?? [])]) read.delete(touched);
          if (item) model.set(id, item);
          else model.delete(id);
          for (const each of readKey === null ? [] : [readKey]) {
            const found = index.get(each);
            const expected = [...model.values()].filter((one) => one.keys.includes(each));
            expect(found).toEqual(expected.sort(compare));
            expect(Object.isFrozen(found)).toBe(true);
            if (read.has(each)) expect(found).toBe(read.get(each));
            read.set(each, found);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('begins with what there is', () => {
    const items = [2, 1].map((id) => ({ id, rank: 0, keys: ['a'] }));
    expect(
      newIndex(items)
        .get('a')
        .map(({ id }) => id),
    ).toEqual([1, 2]);
  });

  it('never changes what a reader has', () => {
    const first = { id: 1, rank: 1, keys: ['a'] };
    const index = newIndex([first]);
    const before = index.get('a');
    index.add({ id: 2, rank: 0, keys: ['a'] });
    index.replace(first, { ...first, rank: 2 });
    expect(before).toEqual([first]);
    expect(index.get('a').map(({ id }) => id)).toEqual([2, 1]);
  });
});
