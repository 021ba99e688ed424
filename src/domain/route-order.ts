import type { HeaderMatch, PathMatch, RouteSpec } from './route.ts';

/** A route with what decides between two that say the same. */
export interface ClaimedRoute {
  readonly spec: RouteSpec;
  /** When it was first claimed: RFC 3339 in UTC. */
  readonly claimedAt: string;
  readonly id: string;
}

/** One combination of a host and a path that a route claims: the unit of precedence. */
export interface Claim {
  readonly host: string;
  /** Null for any path, as the prefix `/` is. */
  readonly path: PathMatch | null;
  readonly route: ClaimedRoute;
}

/** A request, as far as routes look at it. */
export interface RoutedRequest {
  readonly host: string;
  readonly path: string;
  readonly method: string;
  readonly headers: readonly HeaderMatch[];
}

/**
 * The claims of routes in their order of precedence, the first that fits a request wins:
 *
 * 1. an exact host, then a longer wildcard, then a shorter one, then the default `*`;
 * 2. an exact path, then a longer prefix, then a shorter one, then any path;
 * 3. more conditions (methods, headers) before fewer;
 * 4. the older claim, then the smaller id.
 *
 * It does not depend on the order in which routes are given.
 */
export function claimsOf(routes: readonly ClaimedRoute[]): Claim[] {
  return routes
    .flatMap((route) => {
      const hosts = route.spec.hosts.length > 0 ? route.spec.hosts : ['*'];
      const paths = route.spec.paths.length > 0 ? route.spec.paths.map(orAny) : [null];
      return hosts.flatMap((host) => paths.map((path): Claim => ({ host, path, route })));
    })
    .sort(compareClaims);
}

/** Negative when the first claim is looked at before the second. */
export function compareClaims(a: Claim, b: Claim): number {
  return (
    hostRank(a.host) - hostRank(b.host) ||
    b.host.length - a.host.length ||
    compareText(a.host, b.host) ||
    pathRank(a.path) - pathRank(b.path) ||
    (b.path?.value.length ?? 0) - (a.path?.value.length ?? 0) ||
    compareText(a.path?.value ?? '', b.path?.value ?? '') ||
    conditionsOf(b.route.spec) - conditionsOf(a.route.spec) ||
    compareText(a.route.claimedAt, b.route.claimedAt) ||
    compareText(a.route.id, b.route.id)
  );
}

/** The claim that a request comes to; undefined when none fits. `claims` are as `claimsOf` sorts them. */
export function matchClaim(claims: readonly Claim[], request: RoutedRequest): Claim | undefined {
  return claims.find(
    ({ host, path, route: { spec } }) =>
      fitsHost(host, request.host) &&
      fitsPath(path, request.path) &&
      (spec.methods.length === 0 || spec.methods.includes(request.method)) &&
      spec.headers.every((wanted) => request.headers.some((header) => fitsHeader(wanted, header))),
  );
}

/** Whether a host of a route, exact, wildcard or default, is the one that a request names. */
export function fitsHost(pattern: string, host: string): boolean {
  const named = host.toLowerCase();
  return pattern === '*' || (pattern.startsWith('*.') ? named.endsWith(pattern.slice(1)) : named === pattern);
}

/** Whether a request's path, without its query, is one that the route is for. */
export function fitsPath(match: PathMatch | null, path: string): boolean {
  if (match === null) return true;
  const { kind, value } = match;
  if (kind === 'exact') return path === value;
  return path === value || path.startsWith(value.endsWith('/') ? value : `${value}/`);
}

const orAny = (path: PathMatch): PathMatch | null =>
  path.kind === 'prefix' && path.value === '/' ? null : path;

/** Whether a header of a request is the one that a route wants. */
export const fitsHeader = (wanted: HeaderMatch, { name, value }: HeaderMatch): boolean =>
  wanted.name.toLowerCase() === name.toLowerCase() && (wanted.value === null || wanted.value === value);

const hostRank = (host: string): number => (host === '*' ? 2 : host.startsWith('*.') ? 1 : 0);
const pathRank = (path: PathMatch | null): number => (path === null ? 2 : path.kind === 'exact' ? 0 : 1);
/** How many conditions a route has: each header is one, methods together are one. */
export const conditionsOf = ({ methods, headers }: RouteSpec): number =>
  headers.length + Number(methods.length > 0);
const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
