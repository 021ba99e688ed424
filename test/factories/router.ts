import type { RoutedRoute, RouterConfig } from '../../src/domain/router-config.ts';
import { ROUTER_SETTINGS } from '../../src/domain/router-config.ts';
import {
  TRAFFIC_FIELDS,
  type RouterReport,
  type RouteStats,
  type TrafficStats,
} from '../../src/domain/router-report.ts';
import { routeSpec } from './route.ts';

/** A route that is served. */
export const routedRoute = (id: string, overrides: Partial<RoutedRoute> = {}): RoutedRoute => ({
  id,
  claimedAt: '2026-01-01T00:00:00Z',
  spec: routeSpec({ name: `route-${id}`, hosts: [`${id}.example.com`] }),
  servers: [],
  ...overrides,
});

/** What a router says that has nothing to say. */
export const routerReport = (overrides: Partial<RouterReport> = {}): RouterReport => ({
  id: 'router-1',
  nodeId: null,
  nodeHostname: 'alpha',
  agentVersion: '0.1.0',
  haproxyVersion: '2.6.12',
  startedAt: '2026-01-01T00:00:00.000Z',
  entrypoints: { http: { port: 8080 }, https: { port: 8443 } },
  config: null,
  applied: null,
  nack: null,
  problems: [],
  reloads: 0,
  runtimeChanges: 0,
  lastReloadReasons: [],
  stats: { routes: [], servers: [] },
  ...overrides,
});

const NO_TRAFFIC = Object.fromEntries(TRAFFIC_FIELDS.map((field) => [field, 0])) as unknown as TrafficStats;

export const routeStats = (route: string, overrides: Partial<RouteStats> = {}): RouteStats => ({
  ...NO_TRAFFIC,
  route,
  queued: 0,
  ...overrides,
});

export const serverStats = (
  route: string,
  server: string,
  overrides: Partial<RouterReport['stats']['servers'][number]> = {},
): RouterReport['stats']['servers'][number] => ({
  ...NO_TRAFFIC,
  route,
  server,
  port: 8080,
  state: 'up',
  ...overrides,
});

export const emptyConfig: RouterConfig = {
  version: 0,
  hash: '',
  settings: ROUTER_SETTINGS,
  routes: [],
  certificates: [],
};
