import type { SwarmObject } from './object.ts';
import type { PublishedPort } from './service.ts';

/** In the order of a task's life: a task only moves to the right. */
export const TASK_STATES = [
  'new',
  'allocated',
  'pending',
  'assigned',
  'accepted',
  'preparing',
  'ready',
  'starting',
  'running',
  'complete',
  'shutdown',
  'failed',
  'rejected',
  'remove',
  'orphaned',
] as const;
export type TaskState = (typeof TASK_STATES)[number];

/** One container, or the intent to run one. */
export interface Task extends SwarmObject {
  readonly serviceId: string | null;
  readonly serviceName: string | null;
  /** The number of a replica, from 1; null for tasks of global services and jobs, which are one per node. */
  readonly slot: number | null;
  readonly nodeId: string | null;
  readonly state: TaskState;
  readonly desiredState: TaskState;
  readonly message: string;
  readonly error: string | null;
  readonly exitCode: number | null;
  readonly containerId: string | null;
  /** Plain addresses, one entry for each address of each network. */
  readonly addresses: readonly { readonly networkId: string; readonly address: string }[];
  /** The ports in host mode that its node has opened for it, with the numbers that the node chose. Not shown. */
  readonly openPorts: readonly PublishedPort[];
  readonly image: string;
  /**
   * swarmkit's mark of the service's spec that the task was made from (`Task.spec_version`), as in
   * `Service.specVersion`. Null where the source does not say it.
   */
  readonly specVersion: number | null;
  /** The run of the job that the task belongs to, as in `Service.jobIteration`. */
  readonly jobIteration: number | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/**
 * The name that Docker gives a task: `web.1` for a replica, `web.<node id>` for a global one. The task id that
 * Docker appends to container names is left out, as in `docker service ps`.
 */
export function taskName(task: Pick<Task, 'id' | 'serviceName' | 'serviceId' | 'slot' | 'nodeId'>): string {
  const service = task.serviceName ?? task.serviceId;
  if (service === null) return task.id;
  return `${service}.${task.slot ?? task.nodeId ?? task.id}`;
}

/** True while Swarm wants the task to run (or, for a job, to finish). */
export function isWanted(task: Pick<Task, 'desiredState'>): boolean {
  return TASK_STATES.indexOf(task.desiredState) <= TASK_STATES.indexOf('complete');
}

/** True once Swarm has given the task to a node, so that something may run there. */
export function cameToItsNode({ state }: Pick<Task, 'state'>): boolean {
  return TASK_STATES.indexOf(state) >= TASK_STATES.indexOf('assigned');
}

/** The exit code counts only once the task has ended: Docker reports 0 for a container that still runs. */
export function exitCodeOf(state: TaskState, code: number | null): number | null {
  return TASK_STATES.indexOf(state) >= TASK_STATES.indexOf('complete') ? code : null;
}
