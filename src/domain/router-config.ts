import type { RouteSpec } from './route.ts';

/** What all routers are told: everything that a router needs to serve, and nothing about HAProxy. */
export interface RouterConfig {
  /**
   * How new it is: the highest version of any object of the swarm that it was made from. It never falls at one server;
   * two configurations of one version may differ (a removal has no version of its own), but not have the same hash.
   */
  readonly version: number;
  /** Of the contents, by `configHash`; two servers that know the same say the same. */
  readonly hash: string;
  readonly settings: RouterSettings;
  /** By id. Only what is to be served: nothing refused, nothing quarantined. */
  readonly routes: readonly RoutedRoute[];
  /** By id. */
  readonly certificates: readonly SealedCertificate[];
}

/** What holds for a router as a whole. */
export interface RouterSettings {
  /** From whom `X-Forwarded-*` of a request are believed, in CIDR notation. */
  readonly trustedProxies: readonly string[];
  /** Whether what comes in on the ports of HTTP and HTTPS begins with the PROXY protocol. */
  readonly acceptProxyProtocol: boolean;
}

export const ROUTER_SETTINGS: RouterSettings = { trustedProxies: [], acceptProxyProtocol: false };

/** A route with where its requests go at this moment. */
export interface RoutedRoute {
  /** 16 hexadecimal digits. */
  readonly id: string;
  /** When it was first claimed, in RFC 3339: the older claim wins (`route-order.ts`). */
  readonly claimedAt: string;
  /** What it says; it has passed `checkRouteSpec`. */
  readonly spec: RouteSpec;
  /** By id and port. Empty while it waits for tasks, and of a redirect. */
  readonly servers: readonly RoutedServer[];
}

export const MAX_SERVER_WEIGHT = 256;

/** One address that requests of a route go to. */
export interface RoutedServer {
  /** Of the task; with the upstream `vip`, of the service. */
  readonly id: string;
  /** The name of the service, for logs. */
  readonly service: string;
  readonly address: string;
  readonly port: number;
  /**
   * 0 to `MAX_SERVER_WEIGHT`, in relation to the other servers of the route: the weights of the backends, spread over
   * their tasks.
   */
  readonly weight: number;
  /** `drain`: Swarm is about to stop the task. What it has begun goes on, nothing new is sent to it. */
  readonly state: 'ready' | 'drain';
}

/** A certificate with its key. The key is readable only with the key of the installation. */
export interface SealedCertificate {
  /** 16 hexadecimal digits. */
  readonly id: string;
  /** Its names in the TLS hello, lower case: exact or wildcard. */
  readonly names: readonly string[];
  /** The chain as PEM, the certificate of the server first. */
  readonly chain: string;
  /** The private key as PEM, by AES-256-GCM: `v1.<nonce>.<ciphertext and tag>` in base64url, bound to the id. */
  readonly sealedKey: string;
  /** In RFC 3339. */
  readonly expiresAt: string;
}

/** How a router gets from one configuration to the next. Sent only to who has the one with the hash `base`. */
export interface RouterConfigPatch {
  readonly base: string;
  readonly version: number;
  /** Of the configuration that comes of it. */
  readonly hash: string;
  readonly settings?: RouterSettings;
  /** New routes, and those that changed, whole. */
  readonly routes: readonly RoutedRoute[];
  readonly removedRoutes: readonly string[];
  readonly certificates: readonly SealedCertificate[];
  readonly removedCertificates: readonly string[];
}

/** The configuration that a patch makes of `config`. What did not change stays the same object. */
export function patched(config: RouterConfig, patch: RouterConfigPatch): RouterConfig {
  return {
    version: patch.version,
    hash: patch.hash,
    settings: patch.settings ?? config.settings,
    routes: merged(config.routes, patch.routes, patch.removedRoutes),
    certificates: merged(config.certificates, patch.certificates, patch.removedCertificates),
  };
}

function merged<T extends { readonly id: string }>(
  old: readonly T[],
  changed: readonly T[],
  removed: readonly string[],
): readonly T[] {
  if (changed.length === 0 && removed.length === 0) return old;
  const byId = new Map(old.map((item) => [item.id, item]));
  for (const id of removed) byId.delete(id);
  for (const item of changed) byId.set(item.id, item);
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
