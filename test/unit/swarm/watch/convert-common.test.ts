import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  durationFromSwarmkit,
  metaFromSwarmkit,
  timeFromSwarmkit,
  wordFor,
} from '../../../../src/swarm/watch/convert-common.ts';

describe('timeFromSwarmkit', () => {
  const seconds = Date.parse('2026-06-07T21:05:51Z') / 1000;

  it.each([
    [undefined, '2026-06-07T21:05:51Z'],
    [0, '2026-06-07T21:05:51Z'],
    [1, '2026-06-07T21:05:51.000000001Z'],
    [10, '2026-06-07T21:05:51.00000001Z'],
    [880_065_305, '2026-06-07T21:05:51.880065305Z'],
    [880_065_300, '2026-06-07T21:05:51.8800653Z'],
    [100_000_000, '2026-06-07T21:05:51.1Z'],
    [999_999_999, '2026-06-07T21:05:51.999999999Z'],
  ])('writes %s nanoseconds as Go does', (nanos, expected) => {
    expect(timeFromSwarmkit({ seconds, ...(nanos === undefined ? {} : { nanos }) })).toBe(expected);
  });

  it('writes the beginning of 1970, which proto3 leaves out, and no time at all', () => {
    expect(timeFromSwarmkit({})).toBe('1970-01-01T00:00:00Z');
    expect(timeFromSwarmkit({ nanos: 5e8 })).toBe('1970-01-01T00:00:00.5Z');
    expect(timeFromSwarmkit(undefined)).toBe('');
  });

  it('loses nothing: seconds and nanoseconds can be read back', () => {
    const second = fc.integer({ min: 0, max: Date.parse('9999-12-31T23:59:59Z') / 1000 });
    fc.assert(
      fc.property(second, fc.integer({ min: 0, max: 999_999_999 }), (whole, nanos) => {
        const text = timeFromSwarmkit({ seconds: whole, nanos });
        const [, date = '', fraction = ''] =
          /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d*[1-9]))?Z$/.exec(text) ?? [];
        expect(Date.parse(`${date}Z`) / 1000).toBe(whole);
        expect(Number(fraction.padEnd(9, '0'))).toBe(nanos);
      }),
    );
  });
});

describe('durationFromSwarmkit', () => {
  it.each([
    [undefined, null],
    [{}, 0],
    [{ seconds: 5 }, 5000],
    [{ nanos: 500_000_000 }, 500],
    [{ seconds: 1, nanos: 1 }, 1000.000001],
  ])('takes %j for %s milliseconds', (duration, expected) => {
    expect(durationFromSwarmkit(duration)).toBe(expected);
  });
});

describe('metaFromSwarmkit', () => {
  it('is complete even when proto3 leaves everything out', () => {
    expect(metaFromSwarmkit(undefined)).toEqual({ version: 0, createdAt: '', updatedAt: '' });
    expect(metaFromSwarmkit({ version: {} })).toEqual({ version: 0, createdAt: '', updatedAt: '' });
  });
});

describe('wordFor', () => {
  it('takes an absent number for the first word and one that is too new for the fallback', () => {
    expect(wordFor(['a', 'b'], undefined, 'b')).toBe('a');
    expect(wordFor(['a', 'b'], 1, 'a')).toBe('b');
    expect(wordFor(['a', 'b'], 99, 'b')).toBe('b');
  });
});
