import type { StringMap } from '../object.ts';
import { normalHost } from '../route-grammar.ts';
import {
  COOKIE_SETTERS,
  DEFAULT_WEIGHT,
  HEALTH_CHECK_DEFAULTS,
  REDIRECT_STATUSES,
  ROUTE_DEFAULTS,
  UPSTREAMS,
  type Backend,
  type BackendTls,
  type BasicAuth,
  type HeaderChanges,
  type HeaderMatch,
  type PathMatch,
  type Redirect,
  type RedirectStatus,
  type Rewrite,
  type RouteSpec,
  type StickyCookie,
} from '../route.ts';
import { BACKEND, BOOLEAN, DURATION, listOf, NUMBER, oneOf, TEXT, USERS, type Format } from './label-text.ts';
import { field, key, named, part, type Draft, type Key } from './native-key.ts';

const HOST: Format<string> = {
  read: (text) => normalHost(text) ?? text,
  write: (host) => host,
  example: 'a host, *.example.com or *',
};

const PATH: Format<PathMatch> = {
  read: (text) =>
    text.startsWith('=') ? { kind: 'exact', value: text.slice(1) } : { kind: 'prefix', value: text },
  write: ({ kind, value }) => (kind === 'exact' ? `=${value}` : value),
  example: 'a prefix like /api, or an exact path like =/login',
};

const STATUS: Format<RedirectStatus> = {
  read: (text) => REDIRECT_STATUSES.find((status) => String(status) === text),
  write: String,
  example: REDIRECT_STATUSES.join(' or '),
};

const PROXY_PROTOCOL: Format<1 | 2> = {
  read: (text) => (text === '1' ? 1 : text === '2' ? 2 : undefined),
  write: String,
  example: '1 or 2',
};

const BACKEND_TLS: Format<BackendTls> = {
  read: (text) => (['verify', 'no-verify'].includes(text) ? { verify: text === 'verify' } : undefined),
  write: ({ verify }) => (verify ? 'verify' : 'no-verify'),
  example: 'verify or no-verify',
};

/** A check by a connection only has no path. */
const CHECKED_PATH: Format<string | null> = {
  read: (text) => (text === 'tcp' ? null : text),
  write: (path) => path ?? 'tcp',
  example: 'a path, or tcp',
};

const changes = (name: string, fieldName: 'requestHeaders' | 'responseHeaders'): Key[] => {
  const put = (draft: Draft, part: Partial<HeaderChanges>): void => {
    draft[fieldName] = { ...draft[fieldName], ...part };
  };
  return [
    named(
      `${name}.set.`,
      'the value of the header',
      (spec) => spec[fieldName].set,
      (draft, set) => put(draft, { set }),
    ),
    named(
      `${name}.add.`,
      'the value of the header',
      (spec) => spec[fieldName].add,
      (draft, add) => put(draft, { add }),
    ),
    key(
      `${name}.remove`,
      listOf(TEXT),
      (spec) => spec[fieldName].remove,
      (draft, remove) => put(draft, { remove }),
    ),
  ];
};

const STICKY: StickyCookie = { name: '', setBy: 'router' };
const REDIRECT: Redirect = { status: 302, scheme: null, host: null, port: null, path: null };
const REWRITE: Rewrite = { stripPrefix: null, addPrefix: null };
const AUTH: BasicAuth = { realm: 'Restricted', users: {} };
const { timeouts: TIMEOUTS, limits: LIMITS } = ROUTE_DEFAULTS;

/** Whether a route goes to the labelled service alone, as one without a label for it does. */
const isOwn = (backends: readonly Backend[], service: string): boolean =>
  backends.length === 1 && backends[0]?.service === service && backends[0].weight === DEFAULT_WEIGHT;

/** Both keys of backends: `port` for that of the labelled service, which the draft begins with, `backends` for all else. */
const BACKENDS: readonly Key[] = [
  {
    name: 'port',
    example: NUMBER.example,
    read: (draft, text) => {
      const port = NUMBER.read(text);
      if (port !== undefined) draft.backends = draft.backends.map((backend) => ({ ...backend, port }));
      return port !== undefined;
    },
    write: ({ backends }, empty): StringMap => {
      const port = isOwn(backends, serviceOf(empty)) ? backends[0]?.port : null;
      return typeof port === 'number' ? { '': NUMBER.write(port) } : {};
    },
  },
  {
    name: 'backends',
    example: listOf(BACKEND).example,
    read: (draft, text) => {
      const backends = listOf(BACKEND).read(text);
      if (backends) draft.backends = backends;
      return backends !== undefined;
    },
    write: ({ backends }, empty): StringMap =>
      backends.length === 0 || isOwn(backends, serviceOf(empty))
        ? {}
        : { '': listOf(BACKEND).write(backends) },
  },
];

const serviceOf = ({ backends }: RouteSpec): string => backends[0]?.service ?? '';

/** All keys, in the order in which they are read. */
export const KEYS: readonly Key[] = [
  field('host', 'hosts', listOf(HOST)),
  field('path', 'paths', listOf(PATH)),
  named(
    'header.',
    'the value of the header, or nothing for any value',
    ({ headers }) => Object.fromEntries(headers.map(({ name, value }) => [name, value ?? ''])),
    (draft, map) => {
      draft.headers = Object.entries(map).map(([name, value]): HeaderMatch => ({
        name,
        value: value === '' ? null : value,
      }));
    },
  ),
  field('method', 'methods', listOf(TEXT)),
  field('listen', 'listen', NUMBER),
  ...BACKENDS,
  field('upstream', 'upstream', oneOf(...UPSTREAMS)),
  field('network', 'network', TEXT),
  part('sticky.cookie', 'sticky', 'name', TEXT, STICKY),
  part('sticky.set-by', 'sticky', 'setBy', oneOf(...COOKIE_SETTERS), STICKY),
  part('redirect.status', 'redirect', 'status', STATUS, REDIRECT),
  part('redirect.scheme', 'redirect', 'scheme', oneOf('http', 'https'), REDIRECT),
  part('redirect.host', 'redirect', 'host', HOST, REDIRECT),
  part('redirect.port', 'redirect', 'port', NUMBER, REDIRECT),
  part('redirect.path', 'redirect', 'path', TEXT, REDIRECT),
  field('https-only', 'httpsOnly', BOOLEAN),
  part('rewrite.strip-prefix', 'rewrite', 'stripPrefix', TEXT, REWRITE),
  part('rewrite.add-prefix', 'rewrite', 'addPrefix', TEXT, REWRITE),
  ...changes('request-header', 'requestHeaders'),
  ...changes('response-header', 'responseHeaders'),
  field('forwarded-headers', 'forwardedHeaders', BOOLEAN),
  field('proxy-protocol', 'proxyProtocol', PROXY_PROTOCOL),
  field('backend-tls', 'backendTls', BACKEND_TLS),
  key(
    'health-check.path',
    CHECKED_PATH,
    ({ healthCheck }) => healthCheck?.path,
    (draft, path) => {
      draft.healthCheck = { ...HEALTH_CHECK_DEFAULTS, ...draft.healthCheck, path: path ?? null };
    },
  ),
  part('health-check.interval', 'healthCheck', 'intervalMs', DURATION, HEALTH_CHECK_DEFAULTS),
  part('health-check.timeout', 'healthCheck', 'timeoutMs', DURATION, HEALTH_CHECK_DEFAULTS),
  part('health-check.rise', 'healthCheck', 'rise', NUMBER, HEALTH_CHECK_DEFAULTS),
  part('health-check.fall', 'healthCheck', 'fall', NUMBER, HEALTH_CHECK_DEFAULTS),
  part('timeout.connect', 'timeouts', 'connect', DURATION, TIMEOUTS),
  part('timeout.server', 'timeouts', 'server', DURATION, TIMEOUTS),
  part('timeout.queue', 'timeouts', 'queue', DURATION, TIMEOUTS),
  part('timeout.tunnel', 'timeouts', 'tunnel', DURATION, TIMEOUTS),
  part('limit.connections', 'limits', 'connectionsPerTask', NUMBER, LIMITS),
  part('limit.rate', 'limits', 'requestsPerSecond', NUMBER, LIMITS),
  field('allow', 'allow', listOf(TEXT)),
  part('auth.realm', 'basicAuth', 'realm', TEXT, AUTH),
  part('auth.users', 'basicAuth', 'users', USERS, AUTH),
  field('retries', 'retries', NUMBER),
];
