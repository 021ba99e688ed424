import { createHash } from 'node:crypto';
import { readLabels } from '../domain/dialects/read-labels.ts';
import type { Finding, LabelledRoute, LabelledService, Reading } from '../domain/dialects/dialect.ts';
import type { Network } from '../domain/network.ts';
import { STACK_LABEL } from '../domain/object.ts';
import { portsOf } from '../domain/ports.ts';
import type { RouteSource, RouteSpec } from '../domain/route.ts';
import type { LabelOwner } from '../domain/route-target.ts';
import type { Service } from '../domain/service.ts';

/** What somebody says that is to be routed, and who. Whether it can be is not part of it. */
export interface DeclaredRoute {
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  /** Of the service whose labels say it, or of its record. */
  readonly version: number;
  readonly source: RouteSource;
  /** Whose labels say it; null for one that was sent to the API. */
  readonly service: LabelOwner | null;
  /** The stack of the service, or the name of the token by which it was sent. */
  readonly owner: string | null;
  /** When it was claimed, in RFC 3339: a label has the age of its service. */
  readonly claimedAt: string;
  /** Null where there is something wrong with it as it stands. */
  readonly spec: RouteSpec | null;
  readonly findings: readonly Finding[];
  /** Why routers must not serve it, whatever it says; null where nothing speaks against it. */
  readonly refusal: string | null;
}

/** A service may have so many routes: each is a place in the configuration of every router. */
export const MAX_ROUTES_OF_SERVICE = 100;
const ID_LENGTH = 16;
export const ROUTE_ID = /^[0-9a-f]{16}$/;

/** The id of a route: the same wherever, and whenever, the same is said by the same. */
export function routeId(...said: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, ID_LENGTH);
}

/** The routes that the labels of a service say. */
export function routesOfLabels(
  service: Service,
  network: (id: string) => Network | undefined,
): DeclaredRoute[] {
  const { id, version, labels, createdAt } = service;
  const said = readLabels(labelledService(service, network)).flatMap((reading) =>
    routesIn(reading).map((route) => ({ source: reading.dialect, ...route })),
  );
  const taken = new Set<string>();
  return said.map(({ source, name, spec, findings }, index): DeclaredRoute => {
    const own = routeId(id, source, name);
    const common = {
      // Only the second of two that have one name, which is refused, has a number, too.
      id: taken.has(own) ? routeId(id, source, name, `${index}`) : own,
      name,
      version,
      source,
      service: { id, name: service.name, labels },
      owner: labels[STACK_LABEL] ?? null,
      claimedAt: createdAt,
      findings,
    };
    taken.add(own);
    return index < MAX_ROUTES_OF_SERVICE
      ? { ...common, spec, refusal: refusalOf(spec, findings) }
      : { ...common, spec: null, refusal: tooMany(service.name, said.length) };
  });
}

const tooMany = (service: string, count: number): string =>
  `The labels of the service "${service}" say ${count} routes, and ${MAX_ROUTES_OF_SERVICE} are taken. Name several hosts and paths in one, or send routes to the API.`;

function refusalOf(spec: RouteSpec | null, findings: readonly Finding[]): string | null {
  if (spec) return null;
  const error = findings.find(({ level }) => level === 'error');
  return error ? `${error.label}: ${error.detail}` : 'Its labels say no route.';
}

/** What is found about a dialect as a whole is told of each of its routes; labels that are refused as a whole are one. */
function routesIn({ dialect, routes, findings }: Reading): LabelledRoute[] {
  if (routes.length > 0) {
    return findings.length === 0
      ? [...routes]
      : routes.map((route) => ({ ...route, findings: [...route.findings, ...findings] }));
  }
  return findings.some(({ level }) => level === 'error') ? [{ name: dialect, spec: null, findings }] : [];
}

function labelledService(service: Service, network: (id: string) => Network | undefined): LabelledService {
  return {
    name: service.name,
    labels: service.labels,
    networks: service.networks.flatMap(({ networkId }) => network(networkId) ?? []),
    ports: portsOf(service),
  };
}
