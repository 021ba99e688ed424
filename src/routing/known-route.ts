import { ACCEPTED, type RouteStatus } from '../domain/route-status.ts';
import type { RoutedRoute, RoutedServer } from '../domain/router-config.ts';
import { evenServers, type RouteTarget } from '../domain/route-target.ts';
import type { Backend } from '../domain/route.ts';
import { sameContent } from '../swarm/same-content.ts';
import type { DeclaredRoute } from './declared-route.ts';

/** A declared route and where its requests would go, by itself. */
export interface AimedRoute {
  readonly declared: DeclaredRoute;
  /** Null where what it says is refused. */
  readonly target: RouteTarget | null;
}

/** A route with what has come of it among all others. Another object once anything of it is different. */
export interface KnownRoute {
  readonly declared: DeclaredRoute;
  readonly status: RouteStatus;
  readonly servers: readonly RoutedServer[];
  /** What routers are told; null where they are not told of it, or not by itself. */
  readonly routed: RoutedRoute | null;
  /** The revision of all (`RoutedRoutes`) by which what routers are told of it last changed. */
  readonly changedRevision: number;
}

/** As many as one route can have (`route-rules.ts`). */
const MAX_BACKENDS = 16;
/** So many of the routes that it loses to are named in words. */
const NAMED = 3;

/** Whether routers may be told of a route. */
export const isServed = ({ declared, target }: AimedRoute): boolean =>
  declared.spec !== null && target?.refusal === null;

/**
 * What routers are told of a route.
 * @param group the routes that are one with it, the oldest first, which leads; only itself where there are none
 */
export function routedRoute(route: AimedRoute, group: readonly AimedRoute[]): RoutedRoute | null {
  const { declared, target } = route;
  const { id, claimedAt, spec } = declared;
  if (!spec || !target || !isServed(route) || group[0] !== route) return null;
  if (group.length === 1) return { id, claimedAt, spec, servers: target.servers };
  const backends = group.flatMap((member) => member.declared.spec?.backends ?? []);
  return {
    id,
    claimedAt,
    spec: { ...spec, backends: distinctBackends(backends) },
    servers: evenServers(group.flatMap((member) => member.target?.servers ?? [])),
  };
}

/** The first routes of a group that are one: a route has only so many backends. */
export const mergeable = (group: readonly AimedRoute[]): readonly AimedRoute[] =>
  group.slice(0, MAX_BACKENDS);

function distinctBackends(backends: readonly Backend[]): Backend[] {
  return [...new Map(backends.map((backend) => [`${backend.service}:${backend.port}`, backend])).values()];
}

/**
 * What comes of a route.
 * @param group the routes that are one with it, the oldest first, which leads
 * @param losesTo the older routes with which it has claims in common, the oldest first
 */
export function statusOf(
  route: AimedRoute,
  group: readonly AimedRoute[],
  losesTo: readonly DeclaredRoute[],
): RouteStatus {
  const { declared, target } = route;
  const refusal = declared.refusal ?? target?.refusal ?? null;
  if (refusal !== null || !target) return { ...ACCEPTED, state: 'quarantined', reason: refusal };
  const [leader = route] = group;
  if (leader !== route) {
    const { id, service } = leader.declared;
    const reason = `Its tasks are served by the route of the service "${service?.name}", which says the same.`;
    return { ...ACCEPTED, reason, mergedInto: id };
  }
  if (losesTo.length > 0) return { ...ACCEPTED, ...conflict(losesTo) };
  const waits = target.waits && group.every((member) => member.target?.waits ?? true);
  return { ...ACCEPTED, state: waits ? 'waiting' : 'accepted', reason: target.trouble };
}

function conflict(losesTo: readonly DeclaredRoute[]): Pick<RouteStatus, 'state' | 'reason' | 'by'> {
  const names = losesTo
    .slice(0, NAMED)
    .map(({ name, service, id }) => `"${name}"${service ? ` of the service "${service.name}"` : ''} (${id})`);
  const more = losesTo.length > NAMED ? ` and ${losesTo.length - NAMED} more` : '';
  return {
    state: 'conflicted',
    reason: `Older claims have a host and path of it, with the same conditions: ${names.join(', ')}${more}. Change this route or those; what they do not have is served.`,
    by: losesTo.map(({ id }) => id),
  };
}

/** Whether clients see no difference. That the service of a label has another version is none. */
export function looksSame(a: KnownRoute, b: KnownRoute): boolean {
  return sameContent(shown(a), shown(b));
}

const shown = ({ declared, status, servers }: KnownRoute): unknown => ({
  ...declared,
  version: declared.source === 'api' ? declared.version : 0,
  service: declared.service && { id: declared.service.id, name: declared.service.name },
  status,
  servers,
});
