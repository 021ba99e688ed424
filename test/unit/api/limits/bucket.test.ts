import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bucket, type Rate } from '../../../../src/api/limits/bucket.ts';

const rates = fc.record<Rate>({
  perSecond: fc.double({ min: 0.05, max: 10_000, noNaN: true }),
  burst: fc.integer({ min: 1, max: 5_000 }),
});
/** Milliseconds between two tries: often none at all. */
const pauses = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 5_000, noNaN: true })), {
  minLength: 1,
  maxLength: 300,
});

/** When something was taken out, of all the times that were tried. */
function takings(bucket: Bucket, waits: readonly number[]): { times: number[]; taken: number[] } {
  let now = 1_000;
  const times: number[] = [];
  const taken: number[] = [];
  for (const wait of waits) {
    now += wait;
    times.push(now);
    if (bucket.take(now)) taken.push(now);
  }
  return { times, taken };
}

describe('a bucket', () => {
  it('never gives more than burst + rate · t in any stretch of time', () => {
    fc.assert(
      fc.property(rates, pauses, (rate, waits) => {
        const { taken } = takings(new Bucket(rate), waits);
        for (let from = 0; from < taken.length; from++) {
          for (let to = from; to < taken.length; to++) {
            const seconds = ((taken[to] ?? 0) - (taken[from] ?? 0)) / 1000;
            expect(to - from + 1).toBeLessThanOrEqual(rate.burst + rate.perSecond * seconds + 1e-3);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('gives whenever that holds for the whole time before', () => {
    fc.assert(
      fc.property(rates, pauses, (rate, waits) => {
        const bucket = new Bucket(rate);
        let level = rate.burst;
        let now = 1_000;
        for (const wait of waits) {
          now += wait;
          level = Math.min(rate.burst, level + (wait / 1000) * rate.perSecond);
          // Where the model itself cannot tell, either is right.
          if (Math.abs(level - 1) < 1e-3) return;
          expect(bucket.take(now)).toBe(level >= 1);
          if (level >= 1) level -= 1;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('tells what is left, and when there is more, as it then gives it', () => {
    fc.assert(
      fc.property(rates, pauses, (rate, waits) => {
        const bucket = new Bucket(rate);
        const now = takings(bucket, waits).times.at(-1) ?? 0;
        const left = bucket.left(now);
        expect(left).toBeGreaterThanOrEqual(0);
        expect(left).toBeLessThanOrEqual(rate.burst);
        for (let index = 0; index < left; index++) expect(bucket.take(now)).toBe(true);
        expect(bucket.take(now)).toBe(false);
        const wait = bucket.untilNext(now);
        expect(wait).toBeGreaterThan(0);
        expect(bucket.take(now + wait * 0.99 - 0.01)).toBe(false);
        expect(bucket.take(now + wait + 0.01)).toBe(true);
        const later = now + wait + 0.01;
        expect(bucket.left(later + bucket.untilFull(later) + 0.01)).toBe(rate.burst);
      }),
      { numRuns: 300 },
    );
  });
});
