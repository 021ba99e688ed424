import { shown } from '../route-grammar.ts';
import { DEFAULT_WEIGHT, HEALTH_CHECK_DEFAULTS, ROUTE_DEFAULTS, type RouteSpec } from '../route.ts';
import {
  Findings,
  routeOf,
  type Finding,
  type LabelledRoute,
  type LabelledService,
  type Reader,
} from './dialect.ts';
import { domainsOf, sniDomainsOf, SNI_ALGORITHM } from './docker-flow-domains.ts';
import { httpFields } from './docker-flow-http.ts';
import { DESTINATION, DOCKER_FLOW_PREFIX, IGNORED, READ, REFUSED } from './docker-flow-labels.ts';
import { booleanOf } from './label-text.ts';
import { hostsIn } from './target.ts';
import { Words } from './words.ts';

const MOST_DESTINATIONS = 10;

/**
 * Docker Flow Proxy, told of services by Docker Flow Swarm Listener (docker-flow/docker-flow-proxy: `docs/usage.md`,
 * `proxy/types.go`, `proxy/template.go`). A service has up to ten destinations by index, or one without; each is a
 * route. What its labels ask for is done where it has a safe meaning.
 */
export const DOCKER_FLOW: Reader = {
  dialect: 'docker-flow',
  isOwn: (label) => label.startsWith(DOCKER_FLOW_PREFIX),
  read(service) {
    const all = new Words(service.labels, DOCKER_FLOW_PREFIX, new Findings());
    if (all.text('notify') !== 'true') {
      all.ignored('notify', 'It is not "true", so the listener tells the proxy nothing of the service.');
      return { routes: [], findings: all.findings.all };
    }
    const indexes = indexesOf(all, service);
    return {
      routes: indexes.flatMap((index) => readDestination(service, index)),
      findings: unreadLabels(service, indexes),
    };
  },
};

/** Indexes count from 1 and end at the first gap; without any there is one destination of the plain labels. */
function indexesOf(all: Words, { labels }: LabelledService): string[] {
  const isThere = (index: number): boolean =>
    DESTINATION.some((word) => (labels[`${all.label(word)}.${index}`] ?? '').trim() !== '');
  const indexes: string[] = [];
  while (indexes.length < MOST_DESTINATIONS && isThere(indexes.length + 1)) {
    indexes.push(`.${indexes.length + 1}`);
  }
  return indexes.length > 0 ? indexes : [''];
}

/** Labels that no destination looks at. */
function unreadLabels({ labels }: LabelledService, indexes: readonly string[]): Finding[] {
  const known: readonly string[] = [...READ, ...Object.keys(IGNORED), ...Object.keys(REFUSED)];
  return Object.keys(labels)
    .filter(DOCKER_FLOW.isOwn)
    .sort()
    .flatMap((label): Finding[] => {
      const [word = '', ...index] = label.slice(DOCKER_FLOW_PREFIX.length).split('.');
      if (!known.includes(word)) {
        return [{ level: 'ignored', label, detail: 'It means nothing to Docker Flow Proxy.' }];
      }
      if (index.length === 0 || indexes.includes(`.${index.join('.')}`)) return [];
      return [
        { level: 'ignored', label, detail: 'Indexes count from 1 to 10 without a gap; it is not read.' },
      ];
    });
}

function readDestination(service: LabelledService, index: string): LabelledRoute[] {
  const findings = new Findings();
  const df = new Words(service.labels, DOCKER_FLOW_PREFIX, findings, index);
  tellUndone(df, service);
  const name = `df${index.replace('.', '-')}`;
  const spec: RouteSpec = {
    ...ROUTE_DEFAULTS,
    name,
    backends: [{ service: service.name, port: portOf(df), weight: DEFAULT_WEIGHT }],
    backendTls: df.flag('sslVerifyNone') ? { verify: false } : null,
    timeouts: {
      ...ROUTE_DEFAULTS.timeouts,
      server: secondsOf(df, 'timeoutServer'),
      tunnel: secondsOf(df, 'timeoutTunnel'),
    },
    ...fieldsOf(df, service),
  };
  const route = routeOf(spec, df.label('*'), findings);
  return [route, ...redirectFrom(df, spec), ...defaultOf(df, spec, route)];
}

function tellUndone(df: Words, service: LabelledService): void {
  for (const [word, reason] of Object.entries(REFUSED)) {
    if (df.text(word) !== undefined) df.error(word, reason);
  }
  const isTcp = modeOf(df) === 'tcp';
  for (const [word, reason] of Object.entries(IGNORED)) {
    const text = df.text(word);
    const isUsed = (word === 'srcPort' && isTcp) || (word === 'httpsPort' && df.text('port') === undefined);
    if (text === undefined || booleanOf(text) === false || isUsed) continue;
    if (word === 'srcPort' && !WEB_PORTS.includes(text)) {
      df.warning(word, `${reason} Not on ${shown(text)} only.`);
    } else df.ignored(word, reason);
  }
  if (df.flag('verifyClientSsl')) df.error('verifyClientSsl', 'Routers do not ask clients for certificates.');
  if ((df.text('serviceName') ?? service.name) !== service.name) {
    df.ignored('serviceName', 'The service is known by its own name.');
  }
}

/** Where clients of the web look for it, so that nobody misses another port. */
const WEB_PORTS = ['80', '443'];

const modeOf = (df: Words): string => df.text('reqMode') ?? 'http';

function fieldsOf(df: Words, service: LabelledService): Partial<RouteSpec> {
  const mode = modeOf(df);
  if (mode === 'http') return { hosts: domainsOf(df), ...httpFields(df, service) };
  const healthCheck = df.flag('checkTcp') ? HEALTH_CHECK_DEFAULTS : null;
  if (mode === 'sni') return { protocol: 'tls-passthrough', hosts: sniDomainsOf(df), healthCheck };
  if (mode !== 'tcp') df.error('reqMode', `${shown(mode)} is neither http nor tcp nor sni.`);
  if (df.text('serviceDomain') === undefined) {
    return { protocol: 'tcp', listen: df.number('srcPort'), healthCheck };
  }
  if (!SNI_ALGORITHM.test(df.text('serviceDomainAlgo') ?? '')) {
    df.error('serviceDomain', 'Plain TCP names no host. For that of TLS use serviceDomainAlgo=req.ssl_sni.');
  }
  if (df.text('srcPort') !== undefined) df.ignored('srcPort', IGNORED.srcPort ?? '');
  const hosts = hostsIn(df.text('serviceDomain') ?? '', df.label('serviceDomain'), df.findings);
  return { protocol: 'tls-passthrough', hosts, healthCheck };
}

/** One of HTTP alone is for those requests that come over HTTPS: see `httpFields`. */
function portOf(df: Words): number | null {
  const port = df.number(df.text('port') === undefined ? 'httpsPort' : 'port');
  if (port === null) df.error('port', 'Name the port that the tasks listen on.');
  return port;
}

function secondsOf(df: Words, word: string): number | null {
  const seconds = df.number(word);
  return seconds === null ? null : seconds * 1000;
}

/** Other domains are redirected to the first of the route. */
function redirectFrom(df: Words, { name, hosts: [host] }: RouteSpec): LabelledRoute[] {
  const text = df.text('redirectFromDomain');
  if (text === undefined) return [];
  const findings = new Findings();
  const label = df.label('redirectFromDomain');
  if (host === undefined) findings.error(label, 'There is no serviceDomain to redirect to.');
  const spec: RouteSpec = {
    ...ROUTE_DEFAULTS,
    name: `${name}-redirect`,
    hosts: hostsIn(text, label, findings),
    redirect: { status: 301, scheme: 'http', host: host ?? null, port: null, path: null },
  };
  return [routeOf(spec, label, findings)];
}

/** The default takes what no other route takes, too, and as the route itself treats it. */
function defaultOf(df: Words, spec: RouteSpec, { spec: accepted }: LabelledRoute): LabelledRoute[] {
  if (!df.flag('isDefaultBackend') || spec.protocol !== 'http') return [];
  const findings = new Findings();
  const label = df.label('isDefaultBackend');
  if (!accepted) findings.error(label, `Its route ${spec.name} is refused.`);
  const paths = spec.rewrite?.stripPrefix == null ? [] : spec.paths;
  return [
    routeOf({ ...spec, name: `${spec.name}-default`, hosts: ['*'], paths, headers: [] }, label, findings),
  ];
}
