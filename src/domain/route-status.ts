export const ROUTE_STATES = ['accepted', 'conflicted', 'quarantined', 'waiting'] as const;
/**
 * `accepted`: it is served. `waiting`: it would be, but there is nothing to send requests to. `conflicted`: an older
 * route has a host and path of it with the same conditions; what it does not lose is served. `quarantined`: it is kept
 * from the routers.
 */
export type RouteState = (typeof ROUTE_STATES)[number];

/** What comes of a route. */
export interface RouteStatus {
  readonly state: RouteState;
  /** Why, and what to do; null where there is nothing to say. */
  readonly reason: string | null;
  /** The routes that it loses to, by id. */
  readonly by: readonly string[];
  /** The route by which its tasks are served, by id: services of Interlock with the same hosts are one route. */
  readonly mergedInto: string | null;
}

export const ACCEPTED: RouteStatus = { state: 'accepted', reason: null, by: [], mergedInto: null };
