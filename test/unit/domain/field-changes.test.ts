import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldChanges } from '../../../src/domain/field-changes.ts';

const json = fc.jsonValue({ maxDepth: 4 });

describe('fieldChanges', () => {
  it.each([
    [{ a: 1 }, { a: 2 }, [{ pointer: '/a', before: 1, after: 2 }]],
    [{ a: 1 }, {}, [{ pointer: '/a', before: 1, after: null }]],
    [{}, { a: { b: 1 } }, [{ pointer: '/a', before: null, after: { b: 1 } }]],
    [{ a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, [{ pointer: '/a/c', before: 2, after: 3 }]],
    [{ a: [1, 2] }, { a: [1, 3] }, [{ pointer: '/a', before: [1, 2], after: [1, 3] }]],
    [{ a: [{ b: null }] }, { a: [{}] }, []],
    [{ a: null }, {}, []],
    [{ 'x/y~z': 1 }, { 'x/y~z': 2 }, [{ pointer: '/x~1y~0z', before: 1, after: 2 }]],
    [{}, { toString: 1 }, [{ pointer: '/toString', before: null, after: 1 }]],
    [null, { a: 1 }, [{ pointer: '', before: null, after: { a: 1 } }]],
  ])('of %j and %j', (before, after, expected) => {
    expect(fieldChanges(before, after)).toEqual(expected);
  });

  it('finds nothing between equals', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(fieldChanges(value, structuredClone(value))).toEqual([]);
      }),
    );
  });

  it('is the other way round when its arguments are', () => {
    const turned = (a: unknown, b: unknown) =>
      fieldChanges(a, b)
        .map(({ pointer, before, after }) => ({ pointer, before: after, after: before }))
        .sort((x, y) => (x.pointer < y.pointer ? -1 : 1));
    const sorted = (a: unknown, b: unknown) =>
      fieldChanges(a, b).sort((x, y) => (x.pointer < y.pointer ? -1 : 1));
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(sorted(a, b)).toEqual(turned(b, a));
      }),
    );
  });
});
