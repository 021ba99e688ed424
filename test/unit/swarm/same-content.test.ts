import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameContent } from '../../../src/swarm/same-content.ts';

/** Few values, so that equal ones, and nearly equal ones, are common. */
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(null, true, false, 0, -0, 1, '', 'a'),
    fc.array(tie('any'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), tie('any'), { maxKeys: 2, noNullPrototype: true }),
  ),
})).any;

describe('sameContent', () => {
  it('says what Node’s own comparison says', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(sameContent(a, b)).toBe(isDeepStrictEqual(a, b));
        expect(sameContent(a, structuredClone(a))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('does not care for the order of fields, but for that of elements', () => {
    expect(sameContent({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true);
    expect(sameContent([1, 2], [2, 1])).toBe(false);
    expect(sameContent({ a: undefined }, { b: undefined })).toBe(false);
  });
});
