import { Injectable } from '@nestjs/common';
import { asker } from '../api/asker.ts';
import { mapPage, paginate, type Page, type PageRequest } from '../api/page.ts';
import { Samples } from '../api/samples.ts';
import { VisibleState } from '../api/visible-state.ts';
import { resolve } from '../domain/reference.ts';
import type { Principal } from '../domain/role.ts';
import {
  ROUTE_TRAFFIC_ORDER,
  totalQueued,
  totalTraffic,
  type RouteTraffic,
  type ServerPart,
} from '../domain/route-traffic.ts';
import type { RoutedRoute, RoutedServer } from '../domain/router-config.ts';
import { RouteBook } from '../routing/route-book.ts';
import { visibleServers } from '../routing/visible-servers.ts';
import { RouteSight } from '../routing/route-sight.ts';
import { RoutedRoutes } from '../routing/routed-routes.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { RouterReports, serverKey, type RouterTraffic } from './router-reports.ts';
import type { TrafficFilter } from './traffic.types.ts';

/** At most one event a second goes to each subscriber. In milliseconds. */
const REST_MS = 1_000;

/** What goes on at the routes: what the routers that are heard of say, of routes that are served now. */
@Injectable()
export class TrafficService {
  constructor(
    private readonly state: ClusterState,
    private readonly routes: RoutedRoutes,
    private readonly book: RouteBook,
    private readonly sight: RouteSight,
    private readonly visible: VisibleState,
    private readonly reports: RouterReports,
  ) {}

  list(filter: TrafficFilter, page: PageRequest): Page<RouteTraffic> {
    this.state.assertSynced();
    const by = asker();
    const routes = filter.route ? [this.find(filter.route, by)] : this.seenBy(by);
    const named = routes.map((route) => ({ id: route.id, name: route.spec.name, route }));
    const sorted = named.sort((a, b) => ROUTE_TRAFFIC_ORDER.compare(a, b));
    const routers = this.reports.present();
    // Only what is on the page is added up.
    return mapPage(paginate(sorted, ROUTE_TRAFFIC_ORDER, page), ({ route }) => this.of(route, routers, by));
  }

  /** The traffic of a route now, and whenever it has changed, until the route is no longer served. Fails `not-found`, `ambiguous`. */
  follow(reference: string): AsyncIterableIterator<RouteTraffic> {
    this.state.assertSynced();
    const by = asker();
    const { id } = this.find(reference, by);
    let last = '';
    return new Samples(
      (notice) => {
        const stops = [
          this.reports.subscribe(notice),
          this.routes.subscribe((changed) => {
            if (changed.has(id)) notice();
          }),
        ];
        queueMicrotask(notice);
        return () => {
          for (const stop of stops) stop();
        };
      },
      () => {
        const traffic = this.of(this.find(id, by), this.reports.present(), by);
        const text = JSON.stringify(traffic);
        if (text === last) return [];
        last = text;
        return [traffic];
      },
      REST_MS,
    );
  }

  private seenBy(by: Principal): RoutedRoute[] {
    return [...this.routes.all.values()].filter(({ id }) => {
      const known = this.book.get(id);
      return known !== undefined && this.sight.may(by, 'view', known.declared);
    });
  }

  private find(reference: string, by: Principal): RoutedRoute {
    const routes = this.seenBy(by).map((route) => ({ id: route.id, version: 0, route }));
    const directory = {
      get: (id: string) => routes.find((each) => each.id === id),
      named: (name: string) => routes.filter(({ route }) => route.spec.name === name),
      withIdPrefix: (prefix: string) => routes.filter(({ id }) => id.startsWith(prefix)),
    };
    return resolve('route', directory, reference).route;
  }

  private of(
    { id, spec, servers }: RoutedRoute,
    routers: readonly RouterTraffic[],
    by: Principal,
  ): RouteTraffic {
    const parts = routers.flatMap(({ report, routes }) => {
      const row = routes.get(id);
      if (!row) return [];
      const { route: _route, ...traffic } = row;
      return { router: report.id, ...traffic };
    });
    return {
      id,
      name: spec.name,
      ...totalTraffic(parts),
      queued: totalQueued(parts),
      routers: parts,
      servers: visibleServers(servers, this.visible.to(by)).map((server) => serverPart(id, server, routers)),
    };
  }
}

function serverPart(
  route: string,
  { id, service, address, port }: RoutedServer,
  routers: readonly RouterTraffic[],
): ServerPart {
  const rows = routers.flatMap(({ report, servers }) => {
    const row = servers.get(serverKey({ route, server: id, port }));
    return row ? { router: report.id, row } : [];
  });
  return {
    server: id,
    service,
    address,
    port,
    ...totalTraffic(rows.map(({ row }) => row)),
    states: rows.map(({ router, row }) => ({ router, state: row.state })),
  };
}
