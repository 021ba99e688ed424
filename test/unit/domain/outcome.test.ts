import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldChanges } from '../../../src/domain/field-changes.ts';
import { isAsAsked, showsChanges } from '../../../src/domain/outcome.ts';

const json = fc.jsonValue({ maxDepth: 4 });

describe('isAsAsked', () => {
  it.each([
    [{ a: 1 }, { a: 1, b: 2 }, true],
    [{ a: 1 }, { a: 2 }, false],
    [{ a: null }, { a: 'default' }, true],
    [{ a: { b: null, c: 1 } }, { a: { b: 5, c: 1 } }, true],
    [{ a: [1, 2] }, { a: [1, 2, 3] }, false],
    [{ a: [{ b: null }] }, { a: [{ b: 1 }] }, true],
    [{ a: 1 }, undefined, false],
    [[1], { 0: 1 }, false],
  ])('asked for %j, there is %j: %s', (asked, there, expected) => {
    expect(isAsAsked(asked, there)).toBe(expected);
  });

  it('holds for all that is just as asked', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(isAsAsked(value, structuredClone(value))).toBe(true);
      }),
    );
  });
});

describe('showsChanges', () => {
  it('is true of the object after them and false of the one before', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), fc.dictionary(fc.string(), json), (before, after) => {
        const changes = fieldChanges(before, after);
        expect(showsChanges(changes, after)).toBe(true);
        // Swarm may have filled in a default wherever nothing was asked for, so that alone tells nothing.
        const said = changes.filter((change) => change.after !== null && !hasNull(change.after));
        if (said.length > 0) expect(showsChanges(said, before)).toBe(false);
      }),
    );
  });

  it('is not true while what was unset is still there', () => {
    const changes = fieldChanges({ user: 'a' }, { user: null });
    expect(showsChanges(changes, { user: 'a' })).toBe(false);
    expect(showsChanges(changes, { user: null })).toBe(true);
    expect(showsChanges(changes, { user: 'root' })).toBe(true);
  });
});

const hasNull = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && Object.values(value).some(hasNull));
