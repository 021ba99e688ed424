import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesById } from '../../../src/domain/changes-by-id.ts';

interface Item {
  readonly id: string;
  readonly text: number;
}

const list = fc
  .uniqueArray(fc.record({ id: fc.stringMatching(/^[a-f]{1,2}$/), text: fc.nat(3) }), {
    selector: ({ id }) => id,
  })
  .map((items) => items.sort((a, b) => (a.id < b.id ? -1 : 1)));

/** The second list, with the objects of the first where they say the same. */
const shared = (before: readonly Item[], after: readonly Item[]): Item[] =>
  after.map((item) => before.find(({ id, text }) => id === item.id && text === item.text) ?? item);

describe('the changes of a list', () => {
  it('make the second list of the first, and are no more than that takes', () => {
    fc.assert(
      fc.property(list, list, (before, other) => {
        const after = shared(before, other);
        const { changed, removed } = changesById(before, after);
        const made = new Map(before.map((item) => [item.id, item]));
        for (const id of removed) expect(made.delete(id)).toBe(true);
        for (const item of changed) {
          expect(made.get(item.id)).not.toBe(item);
          made.set(item.id, item);
        }
        expect([...made.values()].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(after);
        expect(changed.map(({ id }) => id)).toEqual(changed.map(({ id }) => id).toSorted());
      }),
    );
  });

  it('are none of the same list', () => {
    const one = [{ id: 'a', text: 1 }];
    expect(changesById(one, one)).toEqual({ changed: [], removed: [] });
  });
});
