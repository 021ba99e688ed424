import { createHash } from 'node:crypto';
import type { RouteSpec } from '../../src/domain/route.ts';
import {
  ROUTER_SETTINGS,
  type RoutedRoute,
  type RoutedServer,
  type RouterConfig,
} from '../../src/domain/router-config.ts';
import { configHash } from '../../src/proxy/config-hash.ts';
import { routeSpec } from './route.ts';

/** The id of the route with this name: 16 hexadecimal digits. */
export const routeId = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 16);

export const routedServer = (overrides: Partial<RoutedServer> = {}): RoutedServer => ({
  id: 'task1',
  service: 'web',
  address: '127.0.0.1',
  port: 8080,
  weight: 100,
  state: 'ready',
  ...overrides,
});

/** A route to servers; its id goes by its name. */
export const routedRoute = (
  spec: Partial<RouteSpec> = {},
  servers: readonly RoutedServer[] = [routedServer()],
): RoutedRoute => {
  const whole = routeSpec(spec);
  return { id: routeId(whole.name), claimedAt: '2026-01-01T00:00:00Z', spec: whole, servers };
};

/** A configuration with its right hash. */
export const routerConfig = (overrides: Partial<Omit<RouterConfig, 'hash'>> = {}): RouterConfig => {
  const { routes = [routedRoute()], ...rest } = overrides;
  const contents = {
    version: 1,
    settings: ROUTER_SETTINGS,
    certificates: [],
    ...rest,
    routes: [...routes].sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
  return { ...contents, hash: configHash(contents) };
};
