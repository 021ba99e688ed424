import { Injectable } from '@nestjs/common';
import { Memo } from '../api/memo.ts';
import { covers, type Principal } from '../domain/role.ts';
import { ROUTE_DEFAULTS, type BasicAuth, type RouteSpec } from '../domain/route.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import type { KnownRoute } from './known-route.ts';
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

  constructor(private readonly state: ClusterState) {}

  of(route: KnownRoute, principal: Principal): RouteView {
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

const hidden = ({ realm, users }: BasicAuth): BasicAuth => ({
  realm,
  users: Object.fromEntries(Object.keys(users).map((user) => [user, HIDDEN])),
});
