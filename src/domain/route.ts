import type { StringMap } from './object.ts';

export const ROUTE_PROTOCOLS = ['http', 'tcp', 'tls-passthrough'] as const;
/** `tls-passthrough` routes by the name in the TLS hello (SNI) and leaves the encryption to the tasks. */
export type RouteProtocol = (typeof ROUTE_PROTOCOLS)[number];

export const PATH_KINDS = ['exact', 'prefix'] as const;
/**
 * Paths are compared as they are sent, without their query. `prefix` matches whole segments: `/api` is for `/api` and
 * `/api/…`, and not for `/apis`; `/api/` is only for what is below it; `/` is any path.
 */
export interface PathMatch {
  readonly kind: (typeof PATH_KINDS)[number];
  readonly value: string;
}

/** A header that a request must have; with any value where `value` is null. */
export interface HeaderMatch {
  readonly name: string;
  readonly value: string | null;
}

/** Where a part of the requests goes. */
export interface Backend {
  /** Id or name of a service. */
  readonly service: string;
  /** That the tasks listen on; null where the service publishes just one. */
  readonly port: number | null;
  /**
   * Its part of the requests, whatever the number of tasks: 0 to `MAX_WEIGHT`, in relation to the other backends.
   */
  readonly weight: number;
}

export const MAX_WEIGHT = 1000;
export const DEFAULT_WEIGHT = 1;

/** A cookie that keeps a client with its task: one that the router sets, or one of the application's. */
export interface StickyCookie {
  readonly name: string;
  readonly setBy: CookieSetter;
}

export const COOKIE_SETTERS = ['router', 'application'] as const;
export type CookieSetter = (typeof COOKIE_SETTERS)[number];

export const REDIRECT_STATUSES = [301, 302, 307, 308] as const;
export type RedirectStatus = (typeof REDIRECT_STATUSES)[number];

/**
 * An answer instead of a task's. What is null is as in the request. Towards HTTPS on its own host it is given to plain
 * requests only.
 */
export interface Redirect {
  readonly status: RedirectStatus;
  readonly scheme: 'http' | 'https' | null;
  readonly host: string | null;
  readonly port: number | null;
  readonly path: string | null;
}

/**
 * What becomes of the path before a task sees it: the matched prefix goes, and another one may come. Neither ends in a
 * slash, and what remains begins with one: `/app` without `/app` is `/`.
 */
export interface Rewrite {
  readonly stripPrefix: string | null;
  readonly addPrefix: string | null;
}

/** Changes of headers, on their way to a task or back. Names are not case-sensitive. */
export interface HeaderChanges {
  readonly set: StringMap;
  readonly add: StringMap;
  readonly remove: readonly string[];
}

/** How a task is asked whether it is well, besides what Swarm knows; `path` null: by a connection only. */
export interface RouteHealthCheck {
  readonly path: string | null;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly rise: number;
  readonly fall: number;
}

export const HEALTH_CHECK_DEFAULTS: RouteHealthCheck = {
  path: null,
  intervalMs: 5000,
  timeoutMs: 2000,
  rise: 2,
  fall: 3,
};

/** In milliseconds; null where the router's own holds. */
export interface RouteTimeouts {
  readonly connect: number | null;
  readonly server: number | null;
  readonly queue: number | null;
  readonly tunnel: number | null;
}

/** Null is without a limit. */
export interface RouteLimits {
  /** At once, for each task. */
  readonly connectionsPerTask: number | null;
  /** Of each client address, by a router; more are answered 429. */
  readonly requestsPerSecond: number | null;
}

/** Who may ask: user names and the crypt(3) hashes of their passwords. */
export interface BasicAuth {
  readonly realm: string;
  readonly users: StringMap;
}

/** TLS on the way to the tasks; without `verify` their certificates are taken as they are. */
export interface BackendTls {
  readonly verify: boolean;
}

export const UPSTREAMS = ['tasks', 'vip'] as const;
export type Upstream = (typeof UPSTREAMS)[number];

/** What a route says. Who says it, and what comes of it, is not part of it. */
export interface RouteSpec {
  /** Unique among the routes of its source: those that were sent to the API, or those of one service in one dialect. */
  readonly name: string;
  readonly protocol: RouteProtocol;
  /** Exact (`foo.example.com`), wildcard (`*.example.com`, one label or more) or default (`*`). */
  readonly hosts: readonly string[];
  readonly paths: readonly PathMatch[];
  readonly headers: readonly HeaderMatch[];
  readonly methods: readonly string[];
  /** Of `tcp`: the port of the router. The other protocols have ports that their routers choose. */
  readonly listen: number | null;
  readonly backends: readonly Backend[];
  /** Whether requests go to the tasks, or to the virtual IP of the service, which spreads connections itself. */
  readonly upstream: Upstream;
  /** The network, by id or name, over which tasks are reached; null where one is shared with the router. */
  readonly network: string | null;
  readonly sticky: StickyCookie | null;
  readonly redirect: Redirect | null;
  /** Plain HTTP is redirected to HTTPS, with 308. */
  readonly httpsOnly: boolean;
  readonly rewrite: Rewrite | null;
  readonly requestHeaders: HeaderChanges;
  readonly responseHeaders: HeaderChanges;
  /** Whether tasks are told of the client in `X-Forwarded-For`, `-Proto`, `-Host` and `-Port`. */
  readonly forwardedHeaders: boolean;
  /** Whether tasks are told of the client by the PROXY protocol, and in which version. */
  readonly proxyProtocol: 1 | 2 | null;
  readonly backendTls: BackendTls | null;
  readonly healthCheck: RouteHealthCheck | null;
  readonly timeouts: RouteTimeouts;
  readonly limits: RouteLimits;
  /** In CIDR notation; empty lets everybody in. */
  readonly allow: readonly string[];
  readonly basicAuth: BasicAuth | null;
  /** How often a request of a safe method is sent again, to another task, when a task could not be reached. */
  readonly retries: number;
}

/** The dialects of labels that say routes: our own, and those of three predecessors. */
export const DIALECTS = ['swarmplane', 'hrm', 'interlock', 'docker-flow'] as const;
export type Dialect = (typeof DIALECTS)[number];

/** Where a route comes from. `api` is what was said through the API. */
export const ROUTE_SOURCES = ['api', ...DIALECTS] as const;
export type RouteSource = (typeof ROUTE_SOURCES)[number];

const NO_CHANGES: HeaderChanges = { set: {}, add: {}, remove: [] };

/** What holds where a route says nothing. */
export const ROUTE_DEFAULTS = {
  protocol: 'http',
  hosts: [],
  paths: [],
  headers: [],
  methods: [],
  listen: null,
  backends: [],
  upstream: 'tasks',
  network: null,
  sticky: null,
  redirect: null,
  httpsOnly: false,
  rewrite: null,
  requestHeaders: NO_CHANGES,
  responseHeaders: NO_CHANGES,
  forwardedHeaders: true,
  proxyProtocol: null,
  backendTls: null,
  healthCheck: null,
  timeouts: { connect: null, server: null, queue: null, tunnel: null },
  limits: { connectionsPerTask: null, requestsPerSecond: null },
  allow: [],
  basicAuth: null,
  retries: 1,
} as const satisfies Omit<RouteSpec, 'name'>;
