import { fill, fillEach, type Partly } from './partly.ts';
import {
  DEFAULT_WEIGHT,
  HEALTH_CHECK_DEFAULTS,
  ROUTE_DEFAULTS,
  type Backend,
  type BackendTls,
  type BasicAuth,
  type HeaderMatch,
  type PathMatch,
  type Redirect,
  type Rewrite,
  type RouteLimits,
  type RouteSpec,
  type RouteTimeouts,
  type StickyCookie,
} from './route.ts';

const PATH: PathMatch = { kind: 'prefix', value: '' };
const HEADER: HeaderMatch = { name: '', value: null };
const BACKEND: Backend = { service: '', port: null, weight: DEFAULT_WEIGHT };
const STICKY: StickyCookie = { name: '', setBy: 'router' };
const REDIRECT: Redirect = { status: 302, scheme: null, host: null, port: null, path: null };
const REWRITE: Rewrite = { stripPrefix: null, addPrefix: null };
const AUTH: BasicAuth = { realm: 'Restricted', users: {} };

/** The whole route that somebody means who left out what goes without saying. */
export function completeRoute(given: Partly<RouteSpec> & Pick<RouteSpec, 'name'>): RouteSpec {
  const part = <T extends object>(defaults: T, value: Partly<T> | null | undefined): T | null =>
    value ? fill(defaults, value) : null;
  return {
    ...fill<RouteSpec>({ ...ROUTE_DEFAULTS, name: '' }, given),
    paths: fillEach(PATH, given.paths),
    headers: fillEach(HEADER, given.headers),
    backends: fillEach(BACKEND, given.backends),
    sticky: part(STICKY, given.sticky),
    redirect: part(REDIRECT, given.redirect),
    rewrite: part(REWRITE, given.rewrite),
    requestHeaders: fill(ROUTE_DEFAULTS.requestHeaders, given.requestHeaders),
    responseHeaders: fill(ROUTE_DEFAULTS.responseHeaders, given.responseHeaders),
    backendTls: part<BackendTls>({ verify: true }, given.backendTls),
    healthCheck: part(HEALTH_CHECK_DEFAULTS, given.healthCheck),
    timeouts: fill<RouteTimeouts>(ROUTE_DEFAULTS.timeouts, given.timeouts),
    limits: fill<RouteLimits>(ROUTE_DEFAULTS.limits, given.limits),
    basicAuth: part(AUTH, given.basicAuth),
  };
}
