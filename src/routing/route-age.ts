import type { DeclaredRoute } from './declared-route.ts';

/** The older claim first, then the smaller id, as `route-order.ts` decides between claims of the same. */
export function byAge(a: DeclaredRoute, b: DeclaredRoute): number {
  return compareText(a.claimedAt, b.claimedAt) || compareText(a.id, b.id);
}

const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
