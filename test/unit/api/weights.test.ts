import { describe, expect, it } from 'vitest';
import { parseWeights } from '../../../src/api/weights.ts';

describe('parseWeights', () => {
  it.each<[header: string, weights: Record<string, number>]>([
    ['gzip', { gzip: 1 }],
    ['Text/Plain ; Q=0.5,*/*;charset=x;q=0', { 'text/plain': 0.5, '*/*': 0 }],
    ['a;q=1, a;q=0', { a: 1 }],
    ['a;q=2, b;q=-1, c;q=x, d;q=', { a: 0, b: 0, c: 0, d: 0 }],
    ['', { '': 1 }],
  ])('reads %j', (header, weights) => {
    expect(Object.fromEntries(parseWeights(header))).toEqual(weights);
  });
});
