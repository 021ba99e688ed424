import type { RoutedRoute, RouterConfig } from '../domain/router-config.ts';

/**
 * The routes of one configuration with the servers and certificates of a newer one: what can be served of it before, or
 * without, a reload. Routes that the newer one does not have stay as they are. Its version and hash are those of
 * `routes`, though it may be neither of the two.
 */
export function withServersOf(routes: RouterConfig, newer: RouterConfig): RouterConfig {
  if (routes === newer) return routes;
  const newest = new Map(newer.routes.map((route) => [route.id, route]));
  return {
    ...routes,
    routes: routes.routes.map((route) => withServers(route, newest.get(route.id))),
    certificates: newer.certificates,
  };
}

function withServers(route: RoutedRoute, newer: RoutedRoute | undefined): RoutedRoute {
  if (!newer || newer.servers === route.servers) return route;
  return { ...route, servers: newer.servers };
}
