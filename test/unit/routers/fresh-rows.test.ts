import { describe, expect, it } from 'vitest';
import { FreshRows, STALE_AFTER_MS } from '../../../src/routers/fresh-rows.ts';
import { RouteTotals } from '../../../src/routers/route-totals.ts';
import { routeStats } from '../../factories/router.ts';

describe('rows', () => {
  it('that are not said again are forgotten', () => {
    const rows = new FreshRows<number>(10);
    rows.set('a', 1, 0);
    rows.set('b', 2, 0);
    rows.set('a', 3, STALE_AFTER_MS - 1);
    rows.prune(STALE_AFTER_MS);
    expect(rows.get('a')).toBe(3);
    expect(rows.get('b')).toBeUndefined();
  });

  it('that are too many are forgotten from the oldest on', () => {
    const rows = new FreshRows<number>(2);
    for (const key of ['a', 'b', 'c']) rows.set(key, 0, 0);
    rows.set('a', 1, 1);
    rows.prune(1);
    expect(rows.get('b')).toBeUndefined();
    expect([rows.get('c'), rows.get('a')]).toEqual([0, 1]);
  });
});

describe('the totals of a route', () => {
  it('grow by what each router has done since, and never fall', () => {
    const totals = new RouteTotals(10);
    const said = (requests: number) => routeStats('r', { requests });
    totals.add(undefined, said(10), 0);
    totals.add(said(10), said(15), 0);
    totals.add(said(15), said(3), 0);
    totals.add(undefined, said(100), 0);
    expect(totals.of('r')?.requests).toBe(115);
  });
});
