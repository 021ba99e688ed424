import { shown } from '../route-grammar.ts';
import { ROUTE_DEFAULTS, type RouteSpec } from '../route.ts';
import { Findings, routeOf, type LabelledRoute, type LabelledService, type Reader } from './dialect.ts';
import { itemsOf } from './label-text.ts';
import { backendAt, hostsIn, placeOf, type Place } from './target.ts';
import { Words } from './words.ts';

export const INTERLOCK_PREFIX = 'com.docker.lb.';

const CERTIFICATES = 'Routers have their certificates from the API, not from secrets of the service.';
const CHECKS = 'Routers follow the tasks themselves.';
/** Labels that change nothing here, and why. */
const IGNORED: Readonly<Record<string, string>> = {
  ssl_cert: CERTIFICATES,
  ssl_key: CERTIFICATES,
  max_fails: CHECKS,
  fail_timeout: CHECKS,
};
/** Labels that are read below, or have nothing to do: every path takes WebSockets. */
const READ = [
  'hosts',
  'port',
  'network',
  'context_root',
  'context_root_rewrite',
  'ssl_only',
  'ssl_backend',
  'ssl_backend_tls_verify',
  'ssl_passthrough',
  'websocket_endpoints',
  'service_cluster',
  'sticky_session_cookie',
  'ip_hash',
  'redirects',
  'backend_mode',
  'default_backend',
  // As one page of the documentation has it (`default-service.md`).
  'defaul_backend',
];

/**
 * Interlock, the routing of Docker UCP 3 and MKE (docker/docs, `ee/ucp/interlock`: `labels-reference.md`,
 * `service-labels.md`, and the pages on its uses). A service has one route, and one more for each redirect.
 */
export const INTERLOCK: Reader = {
  dialect: 'interlock',
  isOwn: (label) => label.startsWith(INTERLOCK_PREFIX),
  read(service) {
    const redirects = redirectsOf(service);
    const left = redirects.flatMap(({ from }) => from ?? []);
    const own = Object.keys(service.labels).filter(INTERLOCK.isOwn);
    const redirectsOnly = redirects.length > 0 && own.length === 1;
    return {
      routes: [...(redirectsOnly ? [] : [mainRoute(service, left)]), ...redirects.map(({ route }) => route)],
      findings: [],
    };
  },
};

/** @param left hosts that are redirected, and so not served */
function mainRoute(service: LabelledService, left: readonly string[]): LabelledRoute {
  const findings = new Findings();
  const lb = new Words(service.labels, INTERLOCK_PREFIX, findings);
  tellUnread(service, lb);
  const isDefault = lb.flag('default_backend') || lb.flag('defaul_backend');
  const hosts = hostsIn(lb.text('hosts') ?? '', lb.label('hosts'), findings);
  if (hosts.length === 0 && !isDefault) lb.error('hosts', 'Name the hosts.');
  const spec: RouteSpec = {
    ...ROUTE_DEFAULTS,
    name: 'lb',
    protocol: lb.flag('ssl_passthrough') ? 'tls-passthrough' : 'http',
    hosts: [...hosts.filter((host) => !left.includes(host)), ...(isDefault ? ['*'] : [])],
    ...pathOf(lb),
    backends: [backendAt(service, lb.text('port'), lb.label('port'), findings)],
    upstream: upstreamOf(lb),
    network: lb.text('network') ?? null,
    httpsOnly: lb.flag('ssl_only'),
    backendTls: backendTlsOf(lb),
  };
  return routeOf({ ...spec, sticky: stickyOf(lb, spec) }, lb.label('*'), findings);
}

function tellUnread(service: LabelledService, lb: Words): void {
  for (const label of Object.keys(service.labels).filter(INTERLOCK.isOwn).sort()) {
    const word = label.slice(INTERLOCK_PREFIX.length);
    if (READ.includes(word)) continue;
    lb.ignored(word, (Object.hasOwn(IGNORED, word) && IGNORED[word]) || 'It means nothing to Interlock.');
  }
  if (lb.text('service_cluster') !== undefined) {
    lb.warning('service_cluster', 'Every router serves the route: there are no clusters of routers.');
  }
  if (lb.flag('ip_hash')) {
    lb.warning('ip_hash', 'Clients are not kept with a task by their address. Use sticky_session_cookie.');
  }
}

function pathOf(lb: Words): Pick<RouteSpec, 'paths' | 'rewrite'> {
  const strip = lb.flag('context_root_rewrite');
  const root = lb.text('context_root')?.replace(/\/$/, '');
  if (root === undefined || root === '') return { paths: [], rewrite: null };
  return {
    paths: [{ kind: 'prefix', value: root }],
    rewrite: strip ? { stripPrefix: root, addPrefix: null } : null,
  };
}

function upstreamOf(lb: Words): RouteSpec['upstream'] {
  const mode = lb.text('backend_mode') ?? 'task';
  if (!['task', 'default', 'vip'].includes(mode)) {
    lb.error('backend_mode', `${shown(mode)} is neither task nor vip.`);
  }
  return mode === 'vip' ? 'vip' : 'tasks';
}

/** The application sets the cookie (`sessions.md`). With a virtual IP Interlock has none either. */
function stickyOf(lb: Words, { upstream, protocol }: RouteSpec): RouteSpec['sticky'] {
  const cookie = lb.text('sticky_session_cookie');
  if (cookie === undefined) return null;
  if (upstream === 'tasks' && protocol === 'http') return { name: cookie, setBy: 'application' };
  lb.ignored(
    'sticky_session_cookie',
    'Cookies choose no task behind a virtual IP, nor in TLS that is passed through.',
  );
  return null;
}

/** As nginx, which does not look at certificates of upstreams unless told to. */
function backendTlsOf(lb: Words): RouteSpec['backendTls'] {
  if (!lb.flag('ssl_backend')) return null;
  const verify = (lb.text('ssl_backend_tls_verify') ?? 'none') !== 'none';
  if (!verify) lb.warning('ssl_backend', 'The certificates of tasks are taken as they are.');
  return { verify };
}

/** `source,target;…`: each is a route of its own. `from` is the host that it takes as a whole. */
function redirectsOf({ labels }: LabelledService): { route: LabelledRoute; from: string | null }[] {
  const pairs = itemsOf(new Words(labels, INTERLOCK_PREFIX, new Findings()).text('redirects') ?? '', ';');
  return pairs
    .filter((pair) => pair !== '')
    .map((pair, index) => redirectOf(pair, `${INTERLOCK_PREFIX}redirects`, `lb-redirect-${index + 1}`));
}

function redirectOf(
  pair: string,
  label: string,
  name: string,
): { route: LabelledRoute; from: string | null } {
  const findings = new Findings();
  const places = itemsOf(pair).map(placeOf).filter(isWeb);
  const [source, target] = places;
  if (places.length !== 2 || itemsOf(pair).length !== 2) {
    findings.error(label, `${shown(pair)} is no pair of URLs, like http://old.local,http://new.local.`);
  } else if (source?.port != null) {
    findings.ignored(label, `${shown(pair)}: routes do not look at the port that a request came to.`);
  }
  const spec: RouteSpec = {
    ...ROUTE_DEFAULTS,
    name,
    hosts: source ? [source.host] : [],
    paths: source?.path == null ? [] : [{ kind: 'prefix', value: source.path }],
    redirect: {
      status: 302,
      scheme: target?.scheme === 'https' ? 'https' : 'http',
      host: target?.host ?? null,
      port: target?.port ?? null,
      path: target?.path ?? null,
    },
  };
  const route = routeOf(spec, label, findings);
  return { route, from: (route.spec && source?.path === null && source.host) || null };
}

const isWeb = (place: Place | undefined): place is Place =>
  place !== undefined && ['http', 'https'].includes(place.scheme);
