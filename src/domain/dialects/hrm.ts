import { shown } from '../route-grammar.ts';
import { ROUTE_DEFAULTS, type Redirect, type RouteSpec } from '../route.ts';
import { Findings, routeOf, type LabelledRoute, type LabelledService, type Reader } from './dialect.ts';
import { itemsOf, NUMBER } from './label-text.ts';
import { backendAt, hostsIn, placeOf } from './target.ts';

/** The label of services, alone or with a suffix, and of the networks over which the mesh reaches them. */
export const HRM_LABEL = 'com.docker.ucp.mesh.http';
/** The network that UCP makes itself: in 2.0 the only one. */
const HRM_NETWORK = 'ucp-hrm';
const KEYS = ['external_route', 'internal_port', 'sticky_sessions', 'redirect', 'include_forwarded_for'];

/**
 * The HTTP Routing Mesh of Docker UCP 2 (docker/docs, `datacenter/ucp/2.x`: `route-hostnames.md`, `hrm-labels.md`,
 * `use-domain-names-to-access-services.md`). Two grammars share its key: 2.0 lists `port=http://host`, 2.1 and 2.2 have
 * one route in each label, of `key=value`.
 */
export const HRM: Reader = {
  dialect: 'hrm',
  isOwn: (label) => label.startsWith(HRM_LABEL),
  read(service) {
    const labels = Object.keys(service.labels)
      .filter((label) => label.startsWith(HRM_LABEL))
      .sort();
    const isRoute = (label: string): boolean => label === HRM_LABEL || label.startsWith(`${HRM_LABEL}.`);
    return {
      routes: labels.filter(isRoute).flatMap((label) => readLabel(label, service)),
      findings: labels
        .filter((label) => !isRoute(label))
        .map((label) => ({
          level: 'ignored',
          label,
          detail: `It is not read. Write ${HRM_LABEL}, or ${HRM_LABEL}.<suffix>.`,
        })),
    };
  },
};

function readLabel(label: string, service: LabelledService): LabelledRoute[] {
  const text = (service.labels[label] ?? '').trim();
  const name = nameOf(label);
  if (text.includes('external_route=')) return [readPairs(text, label, name, service)];
  const items = itemsOf(text);
  return items.length <= 1
    ? [readOldItem(text, label, name, service)]
    : items.map((item, index) => readOldItem(item, label, `${name}-${index + 1}`, service));
}

/** `http` for the plain key, the suffix otherwise. */
const nameOf = (label: string): string =>
  label === HRM_LABEL ? 'http' : label.slice(HRM_LABEL.length + 1).replaceAll('.', '-');

/** One item of 2.0: `[internal_port=]http://host`. */
function readOldItem(item: string, label: string, name: string, service: LabelledService): LabelledRoute {
  const findings = new Findings();
  const [, port, host = ''] = /^(?:([^=]*)=)?http:\/\/([^/]*)\/?$/.exec(item) ?? [];
  if (host === '') {
    const detail = `${shown(item)} is no route. Write [internal_port=]http://host, or external_route=http://host.`;
    findings.error(label, detail);
  }
  return routeOf(
    {
      ...ROUTE_DEFAULTS,
      name,
      hosts: hostsIn(host, label, findings),
      backends: [backendIn(service, port, label, findings)],
      network: networkOf(service, label, findings),
      forwardedHeaders: false,
    },
    label,
    findings,
  );
}

/** A label of 2.1 and 2.2: `external_route=http://host,internal_port=80`. */
function readPairs(text: string, label: string, name: string, service: LabelledService): LabelledRoute {
  const findings = new Findings();
  const pairs = pairsIn(text, label, findings);
  const { protocol, hosts } = externalRoute(pairs.get('external_route') ?? '', label, findings);
  const redirect = redirectTo(pairs.get('redirect'), protocol, label, findings);
  const cookie = pairs.get('sticky_sessions');
  if (protocol === 'tls-passthrough') {
    for (const key of ['sticky_sessions', 'include_forwarded_for'].filter((each) => pairs.has(each))) {
      findings.ignored(label, `${key}: what is passed through by SNI is encrypted.`);
    }
  }
  const isHttp = protocol === 'http';
  return routeOf(
    {
      ...ROUTE_DEFAULTS,
      name,
      protocol,
      hosts,
      backends: redirect ? [] : [backendIn(service, pairs.get('internal_port'), label, findings)],
      network: networkOf(service, label, findings),
      // The application sets the cookie, whose value chooses the task (`hrm-labels.md`).
      sticky: cookie !== undefined && isHttp ? { name: cookie, setBy: 'application' } : null,
      redirect,
      forwardedHeaders: isHttp && pairs.get('include_forwarded_for') === 'true',
    },
    label,
    findings,
  );
}

function pairsIn(text: string, label: string, findings: Findings): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const item of itemsOf(text)) {
    const [, key = '', value = ''] = /^([^=]+)=(.*)$/.exec(item) ?? [];
    if (key === '') {
      findings.error(label, `${shown(item)} is no key=value.`);
    } else if (pairs.has(key)) {
      findings.error(label, `${shown(key)} is said twice.`);
    } else if (!KEYS.includes(key)) {
      findings.ignored(label, `${shown(key)} means nothing to the routing mesh.`);
    }
    pairs.set(key, value);
  }
  return pairs;
}

/** An empty host is that of the default service. */
function externalRoute(
  text: string,
  label: string,
  findings: Findings,
): Pick<RouteSpec, 'protocol' | 'hosts'> {
  const [, scheme = '', host = ''] = /^(http|sni):\/\/([^/]*)\/?$/.exec(text) ?? [];
  if (scheme === '') {
    findings.error(label, `external_route: ${shown(text)} is neither http://host nor sni://host.`);
  }
  return {
    protocol: scheme === 'sni' ? 'tls-passthrough' : 'http',
    hosts: host === '' ? ['*'] : hostsIn(host, label, findings),
  };
}

function redirectTo(
  text: string | undefined,
  protocol: RouteSpec['protocol'],
  label: string,
  findings: Findings,
): Redirect | null {
  if (text === undefined) return null;
  const place = placeOf(text);
  if (!place || !['http', 'https', 'sni'].includes(place.scheme)) {
    findings.error(label, `redirect: ${shown(text)} is neither http://host nor https://host nor sni://host.`);
    return null;
  }
  if (protocol !== 'http') {
    findings.error(label, 'redirect: TLS that is passed through cannot be redirected.');
  }
  return { ...place, status: 301, scheme: place.scheme === 'http' ? 'http' : 'https' };
}

/** A port that is only published is taken for the one behind it: the documentation of 2.2 has both. */
function backendIn(
  service: LabelledService,
  text: string | undefined,
  label: string,
  findings: Findings,
): RouteSpec['backends'][number] {
  const backend = backendAt(service, text, label, findings);
  const isTarget = service.ports?.some(({ targetPort }) => targetPort === backend.port);
  const published = service.ports?.find(({ publishedPort }) => publishedPort === NUMBER.read(text ?? ''));
  if (isTarget || !published) return backend;
  findings.warning(
    label,
    `internal_port: ${text} is the published port; tasks listen on ${published.targetPort}, which is used.`,
  );
  return { ...backend, port: published.targetPort };
}

/** The mesh reaches services over networks with its label (any value), and over its own. */
function networkOf({ networks }: LabelledService, label: string, findings: Findings): string | null {
  if (!networks) return null;
  const [network] = networks
    .filter(({ name, labels }) => name === HRM_NETWORK || Object.hasOwn(labels, HRM_LABEL))
    .map(({ name }) => name)
    .sort();
  if (network === undefined) {
    findings.error(label, `Attach the service to a network with the label ${HRM_LABEL}: it is on none.`);
  }
  return network ?? null;
}
