/** What a router says of itself: at once when something changes, and every few seconds. */
export interface RouterReport {
  /** The id of its task; anything unique where it is none. */
  readonly id: string;
  readonly nodeId: string | null;
  readonly nodeHostname: string | null;
  /** Of Swarmplane. */
  readonly agentVersion: string;
  readonly haproxyVersion: string | null;
  /** In RFC 3339. */
  readonly startedAt: string;
  readonly entrypoints: RouterEntrypoints;
  /** The newest configuration that it was sent; null before the first. */
  readonly config: ConfigReference | null;
  /** The one that it serves; null before the first. */
  readonly applied: ConfigReference | null;
  /** Why it does not serve the newest one; null when it does. */
  readonly nack: RouterNack | null;
  /** What is wrong with it besides, most serious first. */
  readonly problems: readonly RouterProblem[];
  /** How often HAProxy was reloaded, how often a change did without. */
  readonly reloads: number;
  readonly runtimeChanges: number;
  /** Why it was reloaded last, in sentences; empty when it never was. */
  readonly lastReloadReasons: readonly string[];
  /** Rows that changed since the report before; a row that is not there is as it was. */
  readonly stats: RouterStats;
}

/** The ports of the router; null where it does not listen. */
export interface RouterEntrypoints {
  readonly http: { readonly port: number } | null;
  readonly https: { readonly port: number } | null;
}

export interface ConfigReference {
  readonly version: number;
  readonly hash: string;
}

/** A configuration that was refused; the last good one is served. It is not tried again. */
export interface RouterNack extends ConfigReference {
  readonly reason: string;
  /** In RFC 3339. */
  readonly at: string;
}

export const ROUTER_PROBLEMS = [
  'server-unreachable',
  'unauthorized',
  'port-taken',
  'disk-full',
  'file-limit',
  'certificate-unusable',
  'certificate-expired',
  'haproxy-down',
  'route-unserved',
] as const;

export interface RouterProblem {
  readonly kind: (typeof ROUTER_PROBLEMS)[number];
  /** What is wrong and what to do. */
  readonly detail: string;
}

/** Counters since the start of the router, across reloads; gauges as of now. */
export interface RouterStats {
  readonly routes: readonly RouteStats[];
  readonly servers: readonly ServerStats[];
}

export interface TrafficStats {
  /** HTTP requests; connections where they are not read. */
  readonly requests: number;
  /** A second, over the last one. */
  readonly rate: number;
  readonly sessions: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** By class: `2xx`, `3xx` …; all 0 where HTTP is not read. */
  readonly status1xx: number;
  readonly status2xx: number;
  readonly status3xx: number;
  readonly status4xx: number;
  readonly status5xx: number;
  /** Milliseconds, the mean over the last 1,024 requests: until connected, until the answer began, in all. */
  readonly connectMs: number;
  readonly responseMs: number;
  readonly totalMs: number;
}

/** Those that only grow. */
export const TRAFFIC_COUNTERS = [
  'requests',
  'bytesIn',
  'bytesOut',
  'status1xx',
  'status2xx',
  'status3xx',
  'status4xx',
  'status5xx',
] as const satisfies readonly (keyof TrafficStats)[];
/** Those that can be added up over routers. */
export const TRAFFIC_SUMS = [...TRAFFIC_COUNTERS, 'rate', 'sessions'] as const;
export const TRAFFIC_MEANS = ['connectMs', 'responseMs', 'totalMs'] as const;
export const TRAFFIC_FIELDS: readonly (keyof TrafficStats)[] = [...TRAFFIC_SUMS, ...TRAFFIC_MEANS];

export interface RouteStats extends TrafficStats {
  readonly route: string;
  /** Requests that waited for a task, as of now. */
  readonly queued: number;
}

export const SERVER_STATES = ['up', 'down', 'drain', 'maintenance'] as const;
export type ServerState = (typeof SERVER_STATES)[number];

export interface ServerStats extends TrafficStats {
  readonly route: string;
  /** As in `RoutedServer`. */
  readonly server: string;
  readonly port: number;
  readonly state: ServerState;
}
