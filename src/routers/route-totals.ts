import { TRAFFIC_COUNTERS, type RouteStats } from '../domain/router-report.ts';
import { FreshRows } from './fresh-rows.ts';

export type TrafficCounter = (typeof TRAFFIC_COUNTERS)[number];
export type RouteTotal = Readonly<Record<TrafficCounter, number>> & { readonly route: string };

/** What routers have done for each route, added up: it does not fall when a router leaves or begins anew. */
export class RouteTotals {
  private readonly totals: FreshRows<RouteTotal>;

  constructor(capacity: number) {
    this.totals = new FreshRows(capacity);
  }

  /**
   * Adds what a router has done since it reported last.
   * @param before null or undefined when it never did since it began
   * @param at of the monotonic clock, in milliseconds
   */
  add(before: RouteStats | undefined, after: RouteStats, at: number): void {
    const { route } = after;
    const total = this.totals.get(route);
    const counters = TRAFFIC_COUNTERS.map((counter) => {
      const since = after[counter] - (before?.[counter] ?? 0);
      return [counter, (total?.[counter] ?? 0) + Math.max(since, 0)];
    });
    this.totals.set(
      route,
      { route, ...(Object.fromEntries(counters) as Record<TrafficCounter, number>) },
      at,
    );
  }

  of(route: string): RouteTotal | undefined {
    return this.totals.get(route);
  }

  prune(at: number): void {
    this.totals.prune(at);
  }
}
