import { claimsOf, type ClaimedRoute } from '../domain/route-order.ts';
import type { SealedCertificate } from '../domain/router-config.ts';
import { levelsOf, type NameLevels } from './name-levels.ts';
import { backendName } from './names.ts';

/** Where TLS goes by the name in its hello. */
export interface Passthrough {
  /** What has a name, which may be a wildcard or `*`: a backend, or `tls`. */
  readonly names: ReadonlyMap<string, string>;
  readonly levels: NameLevels;
}

/** The backend that hands on to the router's own end of TLS. */
const TERMINATE = 'tls';

/**
 * Null without routes that pass TLS through. A name that the router has a certificate for is its own, unless a route has
 * just that name: so `*.example.com` of a route does not take `shop.example.com` from its certificate.
 */
export function passthroughOf(
  routes: readonly ClaimedRoute[],
  certificates: Iterable<SealedCertificate>,
): Passthrough | null {
  if (routes.length === 0) return null;
  const names = new Map<string, string>();
  for (const { host, route } of claimsOf(routes)) {
    if (!names.has(host)) names.set(host, backendName(route.id));
  }
  for (const certificate of certificates) {
    for (const name of certificate.names) if (!names.has(name)) names.set(name, TERMINATE);
  }
  return { names, levels: levelsOf(names.keys()) };
}
