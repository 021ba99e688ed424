import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogLine } from '../../../src/domain/log-line.ts';
import { NewestLines } from '../../../src/services/newest-lines.ts';

const line = (second: number, message = 'x'): LogLine => ({
  timestamp: `2026-06-07T21:00:${String(second).padStart(2, '0')}.000000000Z`,
  stream: 'stdout',
  taskId: 't1',
  nodeId: 'n1',
  message,
});

describe('NewestLines', () => {
  it('has the newest lines there is room for, in order, whatever order they come in', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ second: fc.nat({ max: 59 }), message: fc.string({ maxLength: 5 }) })),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 5, max: 40 }),
        (given, maxLines, maxLength) => {
          const lines = given.map(({ second, message }) => line(second, message));
          const newest = new NewestLines(maxLines, maxLength);
          for (const one of lines) newest.add(one);
          const kept = newest.all();
          const sorted = lines.toSorted((a, b) =>
            a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0,
          );
          expect(kept.map(({ timestamp }) => timestamp)).toEqual(
            sorted.slice(sorted.length - kept.length).map(({ timestamp }) => timestamp),
          );
          expect(kept.length).toBeLessThanOrEqual(maxLines);
          expect(kept.reduce((sum, { message }) => sum + message.length, 0)).toBeLessThanOrEqual(maxLength);
          expect(newest.truncated).toBe(kept.length < lines.length);
        },
      ),
    );
  });

  it('keeps lines of one moment in the order they came in', () => {
    const newest = new NewestLines();
    for (const message of ['a', 'b', 'c']) newest.add(line(1, message));
    newest.add(line(0, 'before'));
    expect(newest.all().map(({ message }) => message)).toEqual(['before', 'a', 'b', 'c']);
    expect(newest.truncated).toBe(false);
  });
});
