import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_SERVER_WEIGHT } from '../../../src/domain/router-config.ts';
import { EVEN_WEIGHT, serverWeights, type WeightedBackend } from '../../../src/domain/server-weights.ts';

const backend = fc.record({
  weight: fc.integer({ min: 0, max: 1000 }),
  servers: fc.integer({ min: 0, max: 500 }),
});
const backends = fc.array(backend, { minLength: 1, maxLength: 16 });

const counts = (given: readonly WeightedBackend[]): boolean[] =>
  given.map(({ weight, servers }) => weight > 0 && servers > 0);

/** What part of the requests each backend gets, by the weights of its servers. */
function partsOf(given: readonly WeightedBackend[], weights: readonly number[]): number[] {
  const gets = given.map(({ servers }, index) => servers * (weights[index] ?? 0));
  const all = gets.reduce((a, b) => a + b, 0);
  return gets.map((part) => part / all);
}

describe('serverWeights', () => {
  it.each<[string, WeightedBackend[], number[]]>([
    ['one backend, whatever it weighs', [{ weight: 7, servers: 3 }], [EVEN_WEIGHT]],
    [
      'even backends',
      [
        { weight: 2, servers: 4 },
        { weight: 2, servers: 4 },
      ],
      [EVEN_WEIGHT, EVEN_WEIGHT],
    ],
    [
      'nine tenths and one',
      [
        { weight: 9, servers: 1 },
        { weight: 1, servers: 1 },
      ],
      [99, 11],
    ],
    [
      'the same with other numbers of servers',
      [
        { weight: 9, servers: 9 },
        { weight: 1, servers: 2 },
      ],
      [100, 50],
    ],
    [
      'a backend that gets nothing',
      [
        { weight: 1, servers: 2 },
        { weight: 0, servers: 2 },
      ],
      [EVEN_WEIGHT, 0],
    ],
    [
      'a backend without servers',
      [
        { weight: 1, servers: 2 },
        { weight: 9, servers: 0 },
      ],
      [EVEN_WEIGHT, EVEN_WEIGHT],
    ],
    [
      'one in a thousand',
      [
        { weight: 1000, servers: 1 },
        { weight: 1, servers: 1 },
      ],
      [256, 1],
    ],
  ])('of %s', (_, given, weights) => expect(serverWeights(given)).toEqual(weights));

  it('are whole numbers in range, 0 for none only, and do not depend on the order', () => {
    fc.assert(
      fc.property(backends, (given) => {
        const weights = serverWeights(given);
        for (const [index, weight] of weights.entries()) {
          expect(Number.isInteger(weight) && weight >= 0 && weight <= MAX_SERVER_WEIGHT).toBe(true);
          expect(weight === 0).toBe(given[index]?.weight === 0);
        }
        expect(serverWeights(given.toReversed())).toEqual(weights.toReversed());
      }),
    );
  });

  it('give each backend its part, exactly where 256 steps can say it', () => {
    const small = fc.array(
      fc.record({ weight: fc.integer({ min: 1, max: 8 }), servers: fc.constantFrom(1, 2, 4) }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(small, (given) => {
        const wanted = given.reduce((sum, { weight }) => sum + weight, 0);
        const parts = partsOf(given, serverWeights(given));
        for (const [index, { weight }] of given.entries()) {
          expect(parts[index]).toBeCloseTo(weight / wanted, 10);
        }
      }),
    );
  });

  it('are wrong by half a step of 256 at most, wherever no server is to get less than that', () => {
    fc.assert(
      fc.property(backends, (given) => {
        const isIn = counts(given);
        fc.pre(isIn.some(Boolean));
        const weights = serverWeights(given);
        const shares = given.map(({ weight, servers }, index) => (isIn[index] ? weight / servers : 0));
        const largest = Math.max(...shares);
        const most = Math.max(...weights.filter((_, index) => isIn[index]));
        for (const [index, share] of shares.entries()) {
          if (!isIn[index] || share / largest < 1 / (2 * MAX_SERVER_WEIGHT)) continue;
          const error = Math.abs((weights[index] ?? 0) / most - share / largest);
          expect(error).toBeLessThanOrEqual(1 / (2 * MAX_SERVER_WEIGHT) + 1e-9);
        }
      }),
    );
  });
});
