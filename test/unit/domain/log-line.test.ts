import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSince, parseTimestamp, unixTime } from '../../../src/domain/log-line.ts';

const NOW = Date.parse('2026-06-07T21:00:00Z');
const NOW_NS = BigInt(NOW) * 1_000_000n;

describe('parseTimestamp', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0n],
    ['1970-01-01T00:00:01.5Z', 1_500_000_000n],
    ['1970-01-01T00:00:00.000000001Z', 1n],
    ['1970-01-01T01:00:00+01:00', 0n],
    ['2026-06-07t21:00:00z', NOW_NS],
  ])('%s', (text, expected) => {
    expect(parseTimestamp(text)).toBe(expected);
  });

  it.each([
    '',
    'now',
    '2026-06-07',
    '2026-06-07T21:00:00',
    '2026-13-07T21:00:00Z',
    '2026-06-07T21:00:00.1234567890Z',
  ])('takes no %s', (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });

  it('is what unixTime writes in another way', () => {
    fc.assert(
      fc.property(fc.nat({ max: 4e9 }), fc.nat({ max: 999_999_999 }), (seconds, ns) => {
        const fraction = String(ns).padStart(9, '0');
        const text = `${new Date(seconds * 1000).toISOString().slice(0, -'.000Z'.length)}.${fraction}Z`;
        expect(unixTime(parseTimestamp(text) ?? -1n)).toBe(`${seconds}.${fraction}`);
      }),
    );
  });
});

describe('parseSince', () => {
  it.each([
    ['10m', NOW_NS - 600_000_000_000n],
    ['1h30m', NOW_NS - 5_400_000_000_000n],
    ['1.5s', NOW_NS - 1_500_000_000n],
    ['250ms', NOW_NS - 250_000_000n],
    ['3us', NOW_NS - 3_000n],
    ['0s', NOW_NS],
    ['9999999h', 0n],
    [`${'9'.repeat(400)}h`, 0n],
    ['2026-06-07T20:00:00Z', NOW_NS - 3_600_000_000_000n],
  ])('%s', (text, expected) => {
    expect(parseSince(text, NOW)).toBe(expected);
  });

  it.each(['', '10', 'm', '-10m', '10 m', '10d', 'yesterday'])('takes no %s', (text) => {
    expect(parseSince(text, NOW)).toBeUndefined();
  });
});
