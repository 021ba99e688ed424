import { describe, expect, it } from 'vitest';
import { parsePreferredWait } from '../../../src/api/prefer.ts';

describe('parsePreferredWait', () => {
  it.each([
    [undefined, null],
    ['', null],
    ['respond-async', null],
    ['waiting=5', null],
    ['wait=30', 30],
    ['respond-async, wait=10', 10],
    ['Wait = "5"', 5],
    ['handling=lenient; wait=7', 7],
    [['respond-async', 'wait=3'], 3],
    ['wait=0', 0],
    ['wait=300', 300],
    ['wait=1, wait=2', 1],
  ])('reads %j as %s', (header, seconds) => {
    expect(parsePreferredWait(header)).toBe(seconds);
  });

  it.each(['wait', 'wait=', 'wait=-1', 'wait=1.5', 'wait=301', 'wait=1e2', 'wait=x'])(
    'refuses %j',
    (header) => {
      expect(() => parsePreferredWait(header)).toThrow(expect.objectContaining({ kind: 'invalid' }) as Error);
    },
  );
});
