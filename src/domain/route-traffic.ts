import { orderBy } from './order.ts';
import {
  TRAFFIC_MEANS,
  TRAFFIC_SUMS,
  type RouteStats,
  type ServerState,
  type TrafficStats,
} from './router-report.ts';

/** The traffic of a route at one router. */
export interface RouterPart extends TrafficStats {
  readonly router: string;
  readonly queued: number;
}

/** The traffic of one server of a route, over all routers. */
export interface ServerPart extends TrafficStats {
  /** Of the task; with the upstream `vip`, of the service. */
  readonly server: string;
  readonly service: string;
  readonly address: string;
  readonly port: number;
  /** How each router sees it. */
  readonly states: readonly { readonly router: string; readonly state: ServerState }[];
}

/** What goes on at a route, over all routers that are heard of. */
export interface RouteTraffic extends TrafficStats {
  readonly id: string;
  readonly name: string;
  readonly queued: number;
  readonly routers: readonly RouterPart[];
  readonly servers: readonly ServerPart[];
}

/** As routes are listed, whose traffic is shown. */
export const ROUTE_TRAFFIC_ORDER = orderBy<Pick<RouteTraffic, 'name' | 'id'>>('name', 'id');

/** How many requests the means of a router are over, at most. */
const MEAN_OVER = 1024;

/** The traffic of several routers as one: counts are added up, means are weighed by the requests that they are over. */
export function totalTraffic(parts: readonly TrafficStats[]): TrafficStats {
  const sums = TRAFFIC_SUMS.map((field) => [field, parts.reduce((sum, part) => sum + part[field], 0)]);
  const weights = parts.map(({ requests }) => Math.min(requests, MEAN_OVER));
  const weight = weights.reduce((sum, one) => sum + one, 0);
  const means = TRAFFIC_MEANS.map((field) => {
    const sum = parts.reduce((total, part, index) => total + part[field] * (weights[index] ?? 0), 0);
    return [field, weight === 0 ? 0 : sum / weight];
  });
  return Object.fromEntries([...sums, ...means]) as TrafficStats;
}

/** Requests that wait for a task, at all routers. */
export function totalQueued(parts: readonly Pick<RouteStats, 'queued'>[]): number {
  return parts.reduce((sum, { queued }) => sum + queued, 0);
}
