import type { ClaimedRoute } from '../domain/route-order.ts';
import type { RoutedRoute, RoutedServer } from '../domain/router-config.ts';
import type { RouteSpec } from '../domain/route.ts';
import { backendText, serverOptions, usersText } from './backend.ts';
import { conditionsOf } from './conditions.ts';
import type { ProxyBackend, ProxyServer, RefusedRoute } from './model.ts';
import { backendName, serverName } from './names.ts';
import type { ProxySettings } from './settings.ts';
import { mapEntry, nameEntry, number, UnwritableError, word } from './writer.ts';

type Backends = ReadonlyMap<string, ProxyBackend>;

/**
 * The backends of routes, by id in its order, and the routes that have none. What has not changed since `before` is taken
 * from there.
 */
export function backendsOf(
  routes: readonly RoutedRoute[],
  settings: ProxySettings,
  before: Backends | undefined,
): { readonly backends: Map<string, ProxyBackend>; readonly refused: RefusedRoute[] } {
  const backends = new Map<string, ProxyBackend>();
  const refused: RefusedRoute[] = [];
  for (const route of inOrder(routes)) {
    const known = before?.get(route.id);
    if (known?.route === route) {
      backends.set(route.id, known);
      continue;
    }
    try {
      backends.set(route.id, backendOf(route, settings, known));
    } catch (error) {
      if (!(error instanceof UnwritableError)) throw error;
      refused.push({ route: route.id, reason: error.message });
    }
  }
  return { backends, refused };
}

/** Routes by id; those of a configuration are so already. */
function inOrder(routes: readonly RoutedRoute[]): readonly RoutedRoute[] {
  const isSorted = routes.every(({ id }, index) => index === 0 || routes[index - 1]!.id < id);
  return isSorted ? routes : [...routes].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function backendOf(
  route: RoutedRoute,
  settings: ProxySettings,
  known: ProxyBackend | undefined,
): ProxyBackend {
  const servers = serversOf(route.servers);
  if (known && saysTheSame(known.claim, route)) return { ...known, route, servers };
  const { id, spec, claimedAt } = route;
  const name = backendName(id);
  checkElsewhere(name, spec);
  return {
    name,
    route,
    claim: { id, spec, claimedAt },
    text: `${usersText(id, spec.basicAuth)}${backendText(id, spec, settings)}`,
    serverOptions: serverOptions(spec),
    servers,
  };
}

/** What a route says that stands in maps and frontends. It must be known here whether that can be written. */
function checkElsewhere(name: string, spec: RouteSpec): void {
  nameEntry(name, spec.name);
  conditionsOf(spec);
  for (const host of spec.hosts) mapEntry(`${host}/`, name);
  for (const { value } of spec.paths) mapEntry(`*${value}/`, name);
}

const saysTheSame = (claim: ClaimedRoute, route: RoutedRoute): boolean =>
  claim.claimedAt === route.claimedAt &&
  (claim.spec === route.spec || JSON.stringify(claim.spec) === JSON.stringify(route.spec));

function serversOf(servers: readonly RoutedServer[]): ReadonlyMap<string, ProxyServer> {
  const made = servers.map(({ id, port, address, weight, state, service }): ProxyServer => {
    const name = word('server', serverName({ id, port })).text;
    word('address', address);
    word('name', service);
    number(weight);
    return { name, address, port, weight, isDraining: state === 'drain', service };
  });
  return new Map(made.sort((a, b) => (a.name < b.name ? -1 : 1)).map((server) => [server.name, server]));
}
