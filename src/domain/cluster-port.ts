import type { Node } from './node.ts';
import { orderBy } from './order.ts';
import { isSamePort, openNodes, portsOf, reservations, type PortSurroundings } from './ports.ts';
import type { PublishedPort, Service } from './service.ts';
import { isWanted, type Task } from './task.ts';

export const PORT_CONFLICTS = ['reserved', 'taken', 'waiting'] as const;
export type PortConflictKind = (typeof PORT_CONFLICTS)[number];

export const PORT_WARNINGS = ['client-address', 'too-few-nodes', 'shared', 'start-first'] as const;
export type PortWarningKind = (typeof PORT_WARNINGS)[number];

/** Why a port does not do what was asked for. */
export interface PortConflict {
  readonly kind: PortConflictKind;
  /** The other service, where it is one. */
  readonly serviceId: string | null;
  readonly serviceName: string | null;
  readonly detail: string;
}

/** What may surprise about a port that works, or will at times. */
export interface PortWarning {
  readonly kind: PortWarningKind;
  readonly detail: string;
}

/** A task with a port in host mode: where the port is open, or is to be. */
export interface PortTask {
  readonly taskId: string;
  /** The port on its node; null while it is not open and each node chooses its own. */
  readonly publishedPort: number | null;
  readonly nodeId: string | null;
  readonly nodeHostname: string | null;
  readonly state: Task['state'];
  readonly error: string | null;
}

/** A port that a service publishes, as the whole swarm sees it. */
export interface ClusterPort extends PublishedPort {
  readonly serviceId: string;
  readonly serviceName: string;
  /** Every node answers on it, for the routing mesh passes on; otherwise only the nodes of `tasks`. */
  readonly onEveryNode: boolean;
  /** In host mode, the tasks that have it or are to have it. */
  readonly tasks: readonly PortTask[];
  readonly conflicts: readonly PortConflict[];
  readonly warnings: readonly PortWarning[];
}

/** By number; those without come first. */
export const PORT_ORDER = orderBy<ClusterPort>(
  'publishedPort',
  'protocol',
  'serviceName',
  'serviceId',
  'publishMode',
  'targetPort',
);

/** Every published port of the swarm, in order. */
export function clusterPorts(around: PortSurroundings): ClusterPort[] {
  const claims = around.services.flatMap((service) => portsOf(service).map((port) => ({ service, port })));
  const byNumber = Map.groupBy(claims, ({ port }) => `${port.publishedPort}/${port.protocol}`);
  const nodes = new Map(around.nodes.map((node) => [node.id, node]));
  return claims
    .map(({ service, port }) => {
      const rivals = (byNumber.get(`${port.publishedPort}/${port.protocol}`) ?? []).filter(
        (other) => other.service !== service && isSamePort(other.port, port),
      );
      const tasks = port.publishMode === 'host' ? around.tasksOf(service.id).filter(isWanted) : [];
      return {
        ...port,
        serviceId: service.id,
        serviceName: service.name,
        onEveryNode: port.publishMode === 'ingress',
        tasks: tasks.map((task) => shown(port, task, nodes)),
        conflicts: conflictsOf(port, tasks, rivals, around),
        warnings: warningsOf(port, service, tasks, rivals, around),
      };
    })
    .sort((a, b) => PORT_ORDER.compare(a, b));
}

interface Claim {
  readonly service: Service;
  readonly port: PublishedPort;
}

function shown(port: PublishedPort, task: Task, nodes: ReadonlyMap<string, Node>): PortTask {
  const { id: taskId, nodeId, state, error } = task;
  const open = task.openPorts.find(
    ({ targetPort, protocol }) => targetPort === port.targetPort && protocol === port.protocol,
  );
  const publishedPort = port.publishedPort ?? open?.publishedPort ?? null;
  const nodeHostname = nodes.get(nodeId ?? '')?.hostname ?? null;
  return { taskId, publishedPort, nodeId, nodeHostname, state, error };
}

/** swarmkit's filter for host-mode ports words it so (`manager/scheduler/filter.go`). */
const isWaiting = (task: Task): boolean =>
  task.state === 'pending' && /host-mode port already in use/.test(task.error ?? '');

function conflictsOf(
  port: PublishedPort,
  tasks: readonly Task[],
  rivals: readonly Claim[],
  around: PortSurroundings,
): PortConflict[] {
  const isHost = port.publishMode === 'host';
  const waiting = tasks.filter(isWaiting).length;
  return [
    ...reservations(port, around).map((detail) => ({
      kind: 'reserved' as const,
      serviceId: null,
      serviceName: null,
      detail,
    })),
    ...rivals
      .filter((rival) => !isHost || rival.port.publishMode === 'ingress' || waiting > 0)
      .map(({ service: { id, name }, port: theirs }) => ({
        kind: isHost && theirs.publishMode === 'host' ? ('waiting' as const) : ('taken' as const),
        serviceId: id,
        serviceName: name,
        detail:
          isHost && theirs.publishMode === 'host'
            ? `${waiting} of its tasks wait for a node on which neither "${name}" nor another has the port. Choose another port, or other nodes with placement.`
            : `The service "${name}" publishes the same port in ${theirs.publishMode} mode. Give one of them another.`,
      })),
  ];
}

function warningsOf(
  port: PublishedPort,
  service: Service,
  tasks: readonly Task[],
  rivals: readonly Claim[],
  { nodes }: PortSurroundings,
): PortWarning[] {
  if (port.publishMode === 'ingress') {
    return [
      {
        kind: 'client-address',
        detail:
          'The routing mesh puts an address of its own in the place of the client’s: the service cannot see who connects. Where it must, publish in host mode with mode "global", or put an HTTP router that passes the address on before it.',
      },
    ];
  }
  // A number that each node chooses for itself is in nobody's way.
  if (port.publishedPort === null) return [];
  const warnings: PortWarning[] = [];
  const open = openNodes(service, nodes).length;
  const wanted = service.mode === 'global' ? open : (service.replicas ?? service.maxConcurrent ?? 0);
  if (wanted > open) {
    warnings.push({
      kind: 'too-few-nodes',
      detail: `${wanted} tasks are wanted, but only ${open} nodes may run them, and in host mode a node can have the port once. Use mode "global" or fewer replicas, or leave publishedPort out.`,
    });
  }
  if (service.updateConfig?.order === 'start-first' && wanted >= open) {
    warnings.push({
      kind: 'start-first',
      detail:
        'An update with order "start-first" waits for ever: each new task needs a node of its own while the old one has the port, and none is free. Use "stop-first".',
    });
  }
  const sharing = rivals.filter((rival) => rival.port.publishMode === 'host');
  if (sharing.length > 0 && !tasks.some(isWaiting)) {
    warnings.push({
      kind: 'shared',
      detail: `${sharing.map((rival) => `"${rival.service.name}"`).join(' and ')} publish the same port in host mode: no node can run both. Keep them apart with placement.`,
    });
  }
  return warnings;
}
