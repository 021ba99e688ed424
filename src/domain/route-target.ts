import { STACK_LABEL } from './object.ts';
import { networkFor, type NetworkSurroundings } from './route-network.ts';
import type { RoutedServer } from './router-config.ts';
import type { Backend, RouteSpec } from './route.ts';
import { EVEN_WEIGHT, serverWeights } from './server-weights.ts';
import type { Service } from './service.ts';
import { isWanted, type Task } from './task.ts';

/** On a service: whose labels may name it as a backend, besides those of its own stack. Names, with commas. */
export const BACKEND_FOR_LABEL = 'swarmplane.backend-for';

/** The swarm, as far as a route goes. */
export interface RouteSurroundings extends NetworkSurroundings {
  tasksOf(serviceId: string): readonly Task[];
}

/** The service whose labels say a route. */
export type LabelOwner = Pick<Service, 'id' | 'name' | 'labels'>;

/** Where the requests of a route go. */
export interface RouteTarget {
  /** Why routers must not serve it; null where they may. */
  readonly refusal: string | null;
  /** What keeps a part of it, or all, from being served; null where nothing does. */
  readonly trouble: string | null;
  /** Whether it is all that is kept. */
  readonly waits: boolean;
  /** By id and port. */
  readonly servers: readonly RoutedServer[];
  /** The networks over which its services are reached, by id: routers have to be on them. */
  readonly networks: readonly string[];
}

/** What there is at one backend. Of the sentences at most one is there. */
interface BackendTarget {
  readonly servers: readonly RoutedServer[];
  readonly network: string | null;
  /** Why the whole route is refused. */
  readonly refusal?: string;
  /** That its service is not there. */
  readonly missing?: string;
  /** Why it has no servers now. */
  readonly trouble?: string | null;
}

const NOTHING: BackendTarget = { servers: [], network: null };

/**
 * Where the requests of a route go, as the swarm is.
 * @param owner whose labels say it; null for one that was sent to the API, by who may use every service
 */
export function targetOf(spec: RouteSpec, owner: LabelOwner | null, around: RouteSurroundings): RouteTarget {
  const found = spec.backends.map((backend) => backendTarget(backend, spec, owner, around));
  const missing = found.flatMap((target) => target.missing ?? []);
  const refusals = found.flatMap((target) => target.refusal ?? []);
  // A canary that is deleted must not take the rest of its route with it.
  const refusal = refusals[0] ?? (missing.length === found.length ? missing[0] : undefined) ?? null;
  const networks = [...new Set(found.flatMap(({ network }) => network ?? []))];
  if (refusal !== null) return { refusal, trouble: null, waits: false, servers: [], networks: [] };
  const closed = portTrouble(spec, around);
  const troubles = [...closed, ...missing, ...found.flatMap((target) => target.trouble ?? [])];
  const servers = weighed(spec.backends, found);
  const waits = closed.length > 0 || (spec.backends.length > 0 && servers.length === 0);
  return { refusal, trouble: troubles[0] ?? null, waits, servers, networks };
}

/** The servers of several routes as those of one, all with the same weight. */
export function evenServers(servers: readonly RoutedServer[]): RoutedServer[] {
  return distinct(servers.map((server) => ({ ...server, weight: EVEN_WEIGHT })));
}

function backendTarget(
  backend: Backend,
  spec: RouteSpec,
  owner: LabelOwner | null,
  around: RouteSurroundings,
): BackendTarget {
  const service = around.service(backend.service);
  if (!service) {
    const missing = `There is no service "${backend.service}". Name one that is there, or create it.`;
    return { ...NOTHING, missing };
  }
  const port = backend.port ?? onlyPort(service);
  const refusal = refusalOf(service, port, spec, owner);
  if (port === null || refusal !== undefined) return { ...NOTHING, ...(refusal ? { refusal } : {}) };
  const { network, trouble } = networkFor(service, spec.network, around);
  if (network === null || trouble !== null) return { servers: [], network, trouble };
  const servers = serversOf(service, network, port, spec.upstream, around.tasksOf(service.id));
  return { servers, network, trouble: servers.length > 0 ? null : idle(service) };
}

function refusalOf(
  service: Service,
  port: number | null,
  { upstream }: RouteSpec,
  owner: LabelOwner | null,
): string | undefined {
  const { name, endpointMode } = service;
  if (owner && !mayName(owner, service)) {
    return `The service "${owner.name}" may not route to "${name}", which is of another stack. Give "${name}" the label ${BACKEND_FOR_LABEL}=${owner.name}, or send the route to the API.`;
  }
  if (port === null) {
    const { length } = targetPorts(service);
    return `Name the port that the tasks of "${name}" listen on: the service publishes ${length === 0 ? 'none' : length}.`;
  }
  return upstream === 'vip' && endpointMode === 'dnsrr'
    ? `The service "${name}" has the endpoint mode dnsrr, and so no virtual IP. Use the upstream "tasks".`
    : undefined;
}

function idle({ name, replicas }: Service): string {
  const next =
    replicas === 0
      ? `Scale it up: POST /v1/services/${name}/scale.`
      : `GET /v1/services/${name}/tasks tells how far they are.`;
  return `No task of the service "${name}" is running on the network of the route. ${next}`;
}

/** Labels speak for their own service, for those of its stack, and for those that consent. */
function mayName(owner: LabelOwner, { id, labels }: Service): boolean {
  const stack = owner.labels[STACK_LABEL];
  return (
    id === owner.id ||
    (stack !== undefined && labels[STACK_LABEL] === stack) ||
    listed(labels[BACKEND_FOR_LABEL]).includes(owner.name)
  );
}

const listed = (text: string | undefined): string[] => (text ?? '').split(',').map((name) => name.trim());

const targetPorts = ({ ports }: Service): number[] => [
  ...new Set(ports.filter(({ protocol }) => protocol === 'tcp').map(({ targetPort }) => targetPort)),
];

function onlyPort(service: Service): number | null {
  const [port, ...others] = targetPorts(service);
  return port !== undefined && others.length === 0 ? port : null;
}

function serversOf(
  service: Service,
  network: string,
  port: number,
  upstream: RouteSpec['upstream'],
  tasks: readonly Task[],
): RoutedServer[] {
  const running = tasks.filter(({ state }) => state === 'running');
  if (upstream === 'vip') {
    const address = service.virtualIps.find(({ networkId }) => networkId === network)?.address;
    return address !== undefined && running.some(isWanted)
      ? [{ id: service.id, service: service.name, address, port, weight: EVEN_WEIGHT, state: 'ready' }]
      : [];
  }
  return running.flatMap((task) => {
    const address = task.addresses.find(({ networkId }) => networkId === network)?.address;
    if (address === undefined) return [];
    const state = isWanted(task) ? 'ready' : 'drain';
    return { id: task.id, service: service.name, address, port, weight: EVEN_WEIGHT, state };
  });
}

function weighed(backends: readonly Backend[], found: readonly BackendTarget[]): RoutedServer[] {
  const weights = serverWeights(
    found.map(({ servers }, index) => ({
      weight: backends[index]?.weight ?? 0,
      servers: servers.filter(({ state }) => state === 'ready').length,
    })),
  );
  return distinct(
    found.flatMap(({ servers }, index) =>
      servers.map((server) => ({ ...server, weight: weights[index] ?? 0 })),
    ),
  );
}

/** Sorted; of the same server, which has two names where a service is named by id and by name, the first. */
function distinct(servers: readonly RoutedServer[]): RoutedServer[] {
  const sorted = [...servers].sort(compareServers);
  return sorted.filter((server, index) => {
    const before = sorted[index - 1];
    return !before || compareServers(before, server) !== 0;
  });
}

function portTrouble({ protocol, listen }: RouteSpec, { reach }: RouteSurroundings): string[] {
  return protocol === 'tcp' && listen !== null && reach && !reach.ports.has(listen)
    ? [`No router listens on port ${listen}. Publish it: GET /v1/routers names the service of the routers.`]
    : [];
}

const compareServers = (a: RoutedServer, b: RoutedServer): number =>
  a.id === b.id ? a.port - b.port : a.id < b.id ? -1 : 1;
