import type { StringMap } from '../object.ts';
import { DEFAULT_WEIGHT, ROUTE_DEFAULTS, type RouteProtocol, type RouteSpec } from '../route.ts';
import {
  Findings,
  routeOf,
  type Finding,
  type LabelledRoute,
  type LabelledService,
  type Reader,
} from './dialect.ts';
import type { Draft, Key } from './native-key.ts';
import { KEYS } from './native-keys.ts';

const PREFIX = 'swarmplane.';
/** The word of a label for each protocol. */
const PROTOCOLS = { http: 'http', tcp: 'tcp', tls: 'tls-passthrough' } as const satisfies Record<
  string,
  RouteProtocol
>;
const LABEL = /^swarmplane\.(http|tcp|tls)\.([^.]+)\.(.+)$/;

/**
 * Our own labels: `swarmplane.http.<route>.<key>`, with `tcp` or `tls` in the place of `http` for the other protocols.
 * A route goes to the service that has the labels, unless they say otherwise. A key that is not known refuses its route:
 * a misspelt condition would let in too much.
 */
export const NATIVE: Reader = {
  dialect: 'swarmplane',
  isOwn: (label) => label.startsWith(PREFIX),
  read(service) {
    const groups = new Map<string, [label: string, key: string][]>();
    const findings: Finding[] = [];
    for (const label of Object.keys(service.labels)
      .filter((each) => each.startsWith(PREFIX))
      .sort()) {
      const [, protocol, name, key] = LABEL.exec(label) ?? [];
      if (protocol === undefined || name === undefined || key === undefined) {
        const detail = 'It is not read. Write swarmplane.http.<route>.<key>, or tcp or tls for http.';
        findings.push({ level: 'ignored', label, detail });
      } else {
        const group = `${PREFIX}${protocol}.${name}.`;
        groups.set(group, [...(groups.get(group) ?? []), [label, key]]);
      }
    }
    return { routes: [...groups].map(([group, labels]) => readRoute(group, labels, service)), findings };
  },
};

function readRoute(
  group: string,
  labels: readonly (readonly [label: string, key: string])[],
  service: LabelledService,
): LabelledRoute {
  const [, word = '', name = ''] = group.split('.');
  const draft: Draft = emptyRoute(name, PROTOCOLS[word as keyof typeof PROTOCOLS], service.name);
  const findings = new Findings();
  const said = new Set<Key>();
  const found = labels.map(([label, rest]) => ({ label, rest, key: keyOf(rest) }));
  for (const { label } of found.filter(({ key }) => !key)) {
    findings.error(label, 'There is no such key.');
  }
  for (const key of KEYS) {
    for (const { label, rest } of found.filter((each) => each.key === key)) {
      const text = service.labels[label] ?? '';
      said.add(key);
      if (!key.read(draft, text, rest.slice(key.name.length))) {
        // The text is not shown: it may be a password.
        findings.error(label, `It cannot be read. Write ${key.example}.`);
      }
    }
  }
  const isSaid = (key: string): boolean => [...said].some(({ name }) => name === key);
  if (isSaid('port') && isSaid('backends')) {
    findings.error(`${group}port`, 'Say either the port, or all backends with their ports.');
  }
  if (draft.redirect && !isSaid('port') && !isSaid('backends')) draft.backends = [];
  return routeOf(draft, `${group}*`, findings);
}

const keyOf = (rest: string): Key | undefined =>
  KEYS.find(({ name }) => (name.endsWith('.') ? rest.startsWith(name) && rest !== name : rest === name));

const emptyRoute = (name: string, protocol: RouteProtocol, service: string): RouteSpec => ({
  ...ROUTE_DEFAULTS,
  name,
  protocol,
  backends: [{ service, port: null, weight: DEFAULT_WEIGHT }],
});

/** The labels of a route on a service: what they say is the route, whole. */
export function nativeLabels(spec: RouteSpec, service: string): StringMap {
  const word = Object.entries(PROTOCOLS).find(([, protocol]) => protocol === spec.protocol)?.[0];
  const group = `${PREFIX}${word}.${spec.name}.`;
  const empty = emptyRoute(spec.name, spec.protocol, service);
  return Object.fromEntries(
    KEYS.flatMap((key) =>
      Object.entries(key.write(spec, empty)).map(([rest, text]) => [`${group}${key.name}${rest}`, text]),
    ),
  );
}
