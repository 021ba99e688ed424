import { describe, expect, it } from 'vitest';
import { ResponseBudget } from '../../../src/dns/response-budget.ts';

const ALL = 1_000_000;

describe('the budget of a neighbourhood', () => {
  it.each([
    ['192.0.2.1', '192.0.2.254', '192.0.3.1'],
    ['2001:db8::1', '2001:db8:0:ff::1', '2001:db8:0:100::1'],
    ['::ffff:192.0.2.1', '192.0.2.2', '::ffff:192.0.3.1'],
    ['fe80::1%eth0', 'fe80::2%eth1', 'fe80:1::1'],
  ])('is shared by %s and %s, and not by %s', (one, neighbour, stranger) => {
    const budget = new ResponseBudget(ALL);
    expect(budget.take(one, ALL, 0)).toBe(true);
    expect(budget.take(neighbour, 1, 999)).toBe(false);
    expect(budget.take(stranger, 1, 999)).toBe(true);
    expect(budget.take(neighbour, 1, 1_000)).toBe(true);
  });

  it('is bounded in memory: those who come too late share one', () => {
    const budget = new ResponseBudget(ALL);
    for (let index = 0; index < 10_000; index++) {
      expect(budget.take(`10.${index >> 8}.${index & 255}.1`, 1, 0)).toBe(true);
    }
    expect(budget.take('192.0.2.1', ALL, 0)).toBe(true);
    expect(budget.take('198.51.100.1', 1, 0)).toBe(false);
    expect(budget.take('10.0.0.1', 1, 0)).toBe(true);
  });
});
