import { HRM_LABEL } from './dialects/hrm.ts';
import type { Network } from './network.ts';
import type { StringMap } from './object.ts';
import type { RouteSpec } from './route.ts';
import type { Service } from './service.ts';

/** On a network: routers belong on it. On a service: its tasks are routers. */
export const ROUTER_LABEL = 'io.swarmplane.router';

/** Where the routers are that run as tasks of the swarm. */
export interface RouterReach {
  /**
   * The networks that all routers of a service are on, of any such service, by id: one that they are only being
   * attached to is not used before the last of them has it.
   */
  readonly networks: ReadonlySet<string>;
  /** The ports that any of them listens on. */
  readonly ports: ReadonlySet<number>;
}

/** The swarm, as far as ways to services go. */
export interface NetworkSurroundings {
  /** By id or name. */
  service(reference: string): Service | undefined;
  /** By id. */
  network(id: string): Network | undefined;
  /** Null while no router runs as a task of the swarm, so that nobody knows where they are. */
  readonly reach: RouterReach | null;
}

/** Over which network a service is reached, or why over none. */
export interface NetworkChoice {
  /** By id; one that routers have yet to join, too. Null where there is none. */
  readonly network: string | null;
  /** Null where it is reached. */
  readonly trouble: string | null;
}

/** Whether the labels of a network say that routers belong on it, or those of a service that its tasks are routers. */
export function isOfRouters(labels: StringMap): boolean {
  return Object.hasOwn(labels, ROUTER_LABEL);
}

/** Whether routers join a network by themselves where routes need it: the labels of ours, or of the HTTP Routing Mesh. */
export function routersJoin(labels: StringMap): boolean {
  return isOfRouters(labels) || Object.hasOwn(labels, HRM_LABEL);
}

/**
 * Over which network a service is reached: the one that the route names; else of those with the label of routers that
 * it is on the first by name that routers are on, so that one which they are only getting changes nothing.
 * @param wanted id or name; null where the route names none
 */
export function networkFor(
  service: Service,
  wanted: string | null,
  { network, reach }: Pick<NetworkSurroundings, 'network' | 'reach'>,
): NetworkChoice {
  const fit = service.networks
    .flatMap(({ networkId }) => network(networkId) ?? [])
    .filter(({ id, name, labels }) =>
      wanted === null ? isOfRouters(labels) : id === wanted || name === wanted,
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const chosen = fit.find(({ id }) => reach?.networks.has(id) ?? true) ?? fit[0];
  if (!chosen) return { network: null, trouble: offNetwork(service, wanted) };
  const isReached = reach?.networks.has(chosen.id) ?? true;
  return { network: chosen.id, trouble: isReached ? null : notReached(chosen) };
}

/** The services of a route that are on no network over which they can be reached. */
export function servicesOff({ backends, network }: RouteSpec, around: NetworkSurroundings): Service[] {
  const services = new Set(backends.flatMap(({ service }) => around.service(service) ?? []));
  return [...services].filter((service) => networkFor(service, network, around).network === null);
}

/** Routers that we deploy join networks that ask for it; any other they are attached to by hand. */
const notReached = ({ name, labels }: Network): string =>
  routersJoin(labels)
    ? `Not all routers are on the network "${name}" yet. GET /v1/routers tells of them.`
    : `No router is on the network "${name}", which does not have the label ${ROUTER_LABEL}. Attach their service: PUT /v1/services/{service}/networks/${name}, where GET /v1/routers names it.`;

function offNetwork({ name }: Service, wanted: string | null): string {
  return wanted === null
    ? `The service "${name}" is on no network of the routers. Attach it: PUT /v1/services/${name}/networks/{network}, where GET /v1/networks?label=${ROUTER_LABEL} lists them.`
    : `The service "${name}" is not on the network "${wanted}". Attach it: PUT /v1/services/${name}/networks/${wanted}.`;
}
