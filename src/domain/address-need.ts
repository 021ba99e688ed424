import type { ServiceSpec } from './service.ts';
import { templateChanges } from './task-template.ts';

/** What a service has of a network before a change of it. */
export interface HeldAddresses {
  readonly hasVirtualIp: boolean;
  /** Its tasks that are to go on and have an address there. */
  readonly tasks: number;
}

/** What is known of a network's surroundings. */
export interface AddressSurroundings {
  /** The network of the routing mesh; null when there is none. */
  readonly ingressId: string | null;
  /** How many tasks a global service has, or would have; 0 where nobody can say before Swarm has placed them. */
  readonly globalTasks: number;
  /** How many nodes have a load balancer's address on a network; null where that is not known. */
  loadBalancersOn(networkId: string): number | null;
}

/** How many addresses a change of a service takes of a network, over and above those that it has. */
export interface AddressNeed {
  readonly networkId: string;
  readonly virtualIps: number;
  readonly tasks: number;
  /** For the one new task that `start-first` runs beside those it replaces. */
  readonly spare: number;
  readonly loadBalancers: number;
  /** Without this many the change comes to a stop for certain; negative when it gives addresses back. */
  readonly atLeast: number;
}

/**
 * What a change of a service needs at least, for each of the networks that it is on afterwards. It errs on the low
 * side, so that nothing is refused that could work. Measured on 20.10, on a subnet of eight addresses:
 * `stop-first` needs no address more, because a new task waits in `new` for that of the old one; `start-first` needs
 * one and no more, whatever its parallelism, because updates then wait for each other; and a task whose node gets no
 * address for its load balancer is rejected after 30 seconds.
 * @param before null for a new service
 * @param held what the service has of a network now
 */
export function addressNeed(
  before: ServiceSpec | null,
  after: ServiceSpec,
  held: (networkId: string) => HeldAddresses,
  surroundings: AddressSurroundings,
): AddressNeed[] {
  const replaces = before !== null && templateChanges(before, after).length > 0;
  return networksOf(after, surroundings.ingressId).map((networkId) => {
    const wasOn = before !== null && networksOf(before, surroundings.ingressId).includes(networkId);
    const { hasVirtualIp, tasks: present } = held(networkId);
    // What it has asked for already it waits for already: this change does not make that worse.
    const owed = wasOn ? tasksOf(before, surroundings) : 0;
    const wanted = tasksOf(after, surroundings);
    const tasks = wanted - Math.max(present, owed);
    const virtualIps =
      Number(after.endpointMode === 'vip') - Number(hasVirtualIp || (wasOn && before.endpointMode === 'vip'));
    const isStartFirst = replaces && isLongLived(after) && after.updateConfig?.order === 'start-first';
    const spare = isStartFirst && Math.min(present, wanted) > 0 ? 1 : 0;
    const loadBalancers =
      wanted > 0 && owed === 0
        ? Math.max(0, nodesFor(after, wanted) - balancers(surroundings, networkId))
        : 0;
    // New tasks are made while others are replaced: what one of them gets may serve the other.
    const forTasks = tasks > 0 ? Math.max(tasks, spare) : tasks + spare;
    return {
      networkId,
      virtualIps,
      tasks,
      spare,
      loadBalancers,
      atLeast: virtualIps + forTasks + loadBalancers,
    };
  });
}

/** The networks whose addresses the tasks of a service get: its own, and the routing mesh's if it publishes there. */
export function networksOf(spec: ServiceSpec, ingressId: string | null): string[] {
  const own = spec.networks.map((attachment) => attachment.networkId);
  const isPublished = spec.ports.some((port) => port.publishMode === 'ingress');
  return isPublished && ingressId !== null ? [...own, ingressId] : own;
}

const isLongLived = ({ mode }: ServiceSpec): boolean => mode === 'replicated' || mode === 'global';

/** How many tasks have addresses at the same time, at least: those of a job can come one after the other. */
function tasksOf(spec: ServiceSpec, { globalTasks }: AddressSurroundings): number {
  switch (spec.mode) {
    case 'replicated':
      return spec.replicas ?? 1;
    case 'global':
      return globalTasks;
    case 'replicated-job':
      return Math.min(1, spec.totalCompletions ?? spec.maxConcurrent ?? 1);
    case 'global-job':
      return Math.min(1, globalTasks);
  }
}

/** On how many nodes that many tasks run at least. */
function nodesFor(spec: ServiceSpec, tasks: number): number {
  if (spec.mode === 'global') return tasks;
  const { maxReplicas } = spec.placement;
  return maxReplicas ? Math.ceil(tasks / maxReplicas) : 1;
}

const balancers = (surroundings: AddressSurroundings, networkId: string): number =>
  surroundings.loadBalancersOn(networkId) ?? Number.POSITIVE_INFINITY;
