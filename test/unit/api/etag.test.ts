import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertVersion, etagOf, parseIfMatch } from '../../../src/api/etag.ts';

describe('parseIfMatch', () => {
  it.each([
    ['"42"', 42],
    ['42', 42],
    ['  "42" ', 42],
    ['"0"', 0],
    ['*', null],
    [' * ', null],
    [null, null],
    [undefined, null],
  ])('takes %j for %s', (header, version) => {
    expect(parseIfMatch(header)).toBe(version);
  });

  it.each([
    '',
    ' ',
    '""',
    '"',
    'W/"42"',
    '"42',
    '42"',
    '"4 2"',
    '"a"',
    '"1", "2"',
    '"-1"',
    '"1.5"',
    '**',
    "'42'",
  ])('refuses %j rather than ignoring it', (header) => {
    expect(() => parseIfMatch(header)).toThrow(expect.objectContaining({ kind: 'invalid' }) as Error);
  });

  it('reads back every tag that is given out', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (version) => {
        expect(parseIfMatch(etagOf(version))).toBe(version);
      }),
    );
  });
});

describe('assertVersion', () => {
  it('lets through what is current or not asked for', () => {
    expect(() => assertVersion(7, 7)).not.toThrow();
    expect(() => assertVersion(null, 7)).not.toThrow();
  });

  it.each([6, 8, 0])('refuses %i when the object has version 7', (expected) => {
    expect(() => assertVersion(expected, 7)).toThrow(expect.objectContaining({ kind: 'stale' }) as Error);
  });
});
