import { Injectable } from '@nestjs/common';
import { Memo } from '../api/memo.ts';
import { VisibleState, type View } from '../api/visible-state.ts';
import { covers, type Principal } from '../domain/role.ts';
import { ROUTE_DEFAULTS, type BasicAuth, type RouteSpec } from '../domain/route.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import type { KnownRoute } from './known-route.ts';
import { RouteBook } from './route-book.ts';
import { RouteSight } from './route-sight.ts';
import { visibleServers } from './visible-servers.ts';
import type { Route } from './routes.types.ts';

/** A route as clients see it, but for the routers, of which the state does not tell. */
export type RouteView = Omit<Route, 'routers'>;

/** What stands in the place of a hash for who may only look: it can be tried against passwords for ever. */
export const HIDDEN = '***';

/** Whether somebody may see the hashes of passwords. */
export const seesHashes = ({ role }: Principal): boolean => covers(role, 'operator');

/** Routes as clients see them: one object for all who may see the same. */
@Injectable()
export class RouteViews {
  private readonly whole = new Memo<KnownRoute, RouteView>();
  private readonly redacted = new Memo<KnownRoute, RouteView>();

  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
    private readonly book: RouteBook,
    private readonly sight: RouteSight,
  ) {}

  of(route: KnownRoute, principal: Principal): RouteView {
    return visibleView(this.shared(route, principal), {
      route: (id) => this.maySee(id, principal),
      view: this.visible.to(principal),
    });
  }

  private maySee(id: string, principal: Principal): boolean {
    const other = this.book.get(id);
    return other !== undefined && this.sight.may(principal, 'view', other.declared);
  }

  private shared(route: KnownRoute, principal: Principal): RouteView {
    return seesHashes(principal)
      ? this.whole.of(route, null, () => this.view(route, (auth) => auth))
      : this.redacted.of(route, null, () => this.view(route, hidden));
  }

  private view({ declared, status, servers }: KnownRoute, shown: (auth: BasicAuth) => BasicAuth): RouteView {
    const { id, name, version, source, service, owner, claimedAt, findings } = declared;
    // What is refused says nothing that could be shown as a route.
    const spec: RouteSpec = declared.spec ?? { ...ROUTE_DEFAULTS, name };
    return {
      ...spec,
      basicAuth: spec.basicAuth && shown(spec.basicAuth),
      id,
      version,
      source,
      service: service && { id: service.id, name: service.name },
      owner,
      createdAt: claimedAt,
      status,
      findings,
      servers: servers.map((server) => ({
        ...server,
        nodeId: this.state.tasks.get(server.id)?.nodeId ?? null,
      })),
    };
  }
}

/** A route without what it says of other routes, and of tasks, that its reader may not see. */
function visibleView(
  view: RouteView,
  sees: { readonly route: (id: string) => boolean; readonly view: View },
): RouteView {
  const { status, servers } = view;
  const others = [...status.by, ...(status.mergedInto === null ? [] : [status.mergedInto])];
  const isWhole = others.every((id) => sees.route(id));
  const seenServers = visibleServers(servers, sees.view);
  if (isWhole && seenServers === servers) return view;
  return {
    ...view,
    servers: seenServers,
    status: isWhole
      ? status
      : {
          ...status,
          reason: 'It is about other routes, some of which you may not see.',
          by: status.by.filter((id) => sees.route(id)),
          mergedInto: status.mergedInto !== null && sees.route(status.mergedInto) ? status.mergedInto : null,
        },
  };
}

const hidden = ({ realm, users }: BasicAuth): BasicAuth => ({
  realm,
  users: Object.fromEntries(Object.keys(users).map((user) => [user, HIDDEN])),
});
