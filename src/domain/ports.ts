import type { FieldError } from './errors.ts';
import type { Node } from './node.ts';
import { meetsConstraints } from './placement.ts';
import type { PortProtocol, PublishedPort, Service, ServiceSpec } from './service.ts';
import { isWanted, TASK_STATES, type Task } from './task.ts';

/** A port that Swarm itself needs on its nodes. */
export interface ReservedPort {
  readonly port: number;
  readonly protocol: PortProtocol;
  readonly purpose: string;
}

/** What a service's ports are judged by. */
export interface PortSurroundings {
  readonly services: readonly Service[];
  readonly nodes: readonly Node[];
  readonly reserved: readonly ReservedPort[];
  tasksOf(serviceId: string): readonly Task[];
}

const MANAGEMENT = 2377;
/** Where the engines of a swarm gossip, by TCP and UDP. */
export const GOSSIP_PORT = 7946;

/**
 * The ports that Swarm needs (https://docs.docker.com/engine/swarm/swarm-tutorial/). Swarm takes them as published
 * ports all the same (measured on 20.10): in host mode the container fails to start because the address is in use; in
 * ingress mode its tasks run, and the rules of the routing mesh stand before Swarm's own listener (moby,
 * `libnetwork/service_linux.go`).
 * @param dataPathPort UDP port of the VXLAN traffic between nodes
 */
export function reservedPorts(dataPathPort: number, nodes: readonly Node[]): ReservedPort[] {
  const management = new Set([MANAGEMENT, ...nodes.flatMap(({ manager }) => portOf(manager?.address ?? ''))]);
  return [
    ...[...management].map((port) => ({
      port,
      protocol: 'tcp' as const,
      purpose: 'the management of the swarm',
    })),
    { port: GOSSIP_PORT, protocol: 'tcp', purpose: 'the gossip between nodes' },
    { port: GOSSIP_PORT, protocol: 'udp', purpose: 'the gossip between nodes' },
    { port: dataPathPort, protocol: 'udp', purpose: 'the overlay traffic between nodes' },
  ];
}

/** The port of `192.0.2.1:2377` or `[2001:db8::1]:2377`. */
function portOf(address: string): number[] {
  const port = Number(/:(\d+)$/.exec(address)?.[1]);
  return port > 0 ? [port] : [];
}

/** True where two ports would be one on a node. */
export function isSamePort(a: PublishedPort, b: PublishedPort): boolean {
  return a.publishedPort !== null && a.publishedPort === b.publishedPort && a.protocol === b.protocol;
}

/** Each port once: an engine tells of those of a task twice, for IPv4 and for IPv6. */
export function distinctPorts(ports: readonly PublishedPort[]): readonly PublishedPort[] {
  return ports.filter((port, index) => ports.findIndex((other) => isSamePort(other, port)) === index);
}

/**
 * The ports that a service asks for, each with its number: that which Swarm chose where none was asked for. In host
 * mode each node chooses; then it stays null.
 */
export function portsOf(service: Pick<Service, 'ports' | 'publishedPorts'>): PublishedPort[] {
  const chosen = service.publishedPorts.filter(
    (given) => given.publishMode === 'ingress' && !service.ports.some((asked) => isSamePort(asked, given)),
  );
  return service.ports.map((asked) => {
    if (asked.publishedPort !== null || asked.publishMode === 'host') return asked;
    const index = chosen.findIndex(
      (given) => given.targetPort === asked.targetPort && given.protocol === asked.protocol,
    );
    return index < 0 ? asked : (chosen.splice(index, 1)[0] as PublishedPort);
  });
}

/**
 * Which of a spec's published ports cannot be had, with the field of each. swarmkit refuses a port that is another
 * service's in ingress mode, or would be, whichever comes first (`checkPortConflicts` in
 * `manager/controlapi/service.go`), though not of two creates at once; and it lets services share a port in host mode,
 * each on other nodes: their tasks wait while no node is free. That is refused here only where none is.
 * @param before the spec that is changed: ports that it has already are not judged again
 */
export function checkPorts(
  spec: ServiceSpec,
  before: Pick<ServiceSpec, 'ports'> | null,
  ownId: string | null,
  around: PortSurroundings,
): FieldError[] {
  const wanted = spec.ports
    .map((port, index) => ({ port, pointer: `/ports/${index}/publishedPort` }))
    .filter(({ port }) => port.publishedPort !== null)
    .filter(({ port }) => !before?.ports.some((had) => isSamePort(had, port) && isSameMode(had, port)));
  if (wanted.length === 0) return [];
  const others = around.services.filter((other) => other.id !== ownId && other.ports.length > 0);
  return wanted.flatMap(({ port, pointer }) =>
    [...reservations(port, around), ...claims(port, others), ...occupation(port, spec, others, around)]
      .slice(0, 1)
      .map((detail) => ({ pointer, detail })),
  );
}

const isSameMode = (a: PublishedPort, b: PublishedPort): boolean => a.publishMode === b.publishMode;
const nameOf = ({ publishedPort, protocol }: PublishedPort): string => `${publishedPort}/${protocol}`;

/** What Swarm needs the port for. */
export function reservations(port: PublishedPort, around: Pick<PortSurroundings, 'reserved'>): string[] {
  return around.reserved
    .filter((reserved) => reserved.port === port.publishedPort && reserved.protocol === port.protocol)
    .map(({ purpose }) => `${nameOf(port)} is the port of ${purpose}. Choose another port.`);
}

/** Services that have the port on all nodes, or on some where this one would have it on all. */
function claims(port: PublishedPort, others: readonly Service[]): string[] {
  return others.flatMap((other) =>
    portsOf(other)
      .filter((theirs) => isSamePort(theirs, port))
      .filter((theirs) => theirs.publishMode === 'ingress' || port.publishMode === 'ingress')
      .map(
        ({ publishMode }) =>
          `${nameOf(port)} is published by the service "${other.name}" (${other.id})${publishMode === 'host' ? ' in host mode' : ''}. Choose another port.`,
      ),
  );
}

/** In host mode: that on every node that the service may run on, a task of another service has the port. */
function occupation(
  port: PublishedPort,
  spec: ServiceSpec,
  others: readonly Service[],
  around: PortSurroundings,
): string[] {
  if (port.publishMode !== 'host' || spec.replicas === 0) return [];
  const nodes = openNodes(spec, around.nodes);
  const sharing = others.filter((other) => other.ports.some((theirs) => isSamePort(theirs, port)));
  if (nodes.length === 0 || sharing.length === 0) return [];
  const taken = new Set(
    sharing.flatMap(({ id }) => around.tasksOf(id).filter(holdsItsPorts)).map((task) => task.nodeId),
  );
  if (nodes.some((node) => !taken.has(node.id))) return [];
  const names = sharing.map(({ name }) => `"${name}"`).join(' and ');
  return [
    `On every node that the service may run on, ${nameOf(port)} is taken by ${names} in host mode. Choose another port, or other nodes with placement.`,
  ];
}

/** The nodes that take tasks of the service. */
export function openNodes(spec: Pick<ServiceSpec, 'placement'>, nodes: readonly Node[]): Node[] {
  return nodes.filter(
    (node) =>
      node.state === 'ready' &&
      node.availability === 'active' &&
      meetsConstraints(node, spec.placement.constraints),
  );
}

/** True for a task that keeps its ports in host mode from others on its node. */
export function holdsItsPorts(task: Task): boolean {
  return (
    task.nodeId !== null &&
    isWanted(task) &&
    TASK_STATES.indexOf(task.state) >= TASK_STATES.indexOf('assigned') &&
    TASK_STATES.indexOf(task.state) <= TASK_STATES.indexOf('running')
  );
}
