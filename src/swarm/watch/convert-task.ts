import { exitCodeOf, type Task, type TaskState } from '../../domain/task.ts';
import { plainAddress } from '../docker/document.ts';
import { metaFromSwarmkit } from './convert-common.ts';
import type { TaskMessage } from './messages.ts';

/** swarmkit's `TaskState` numbers (api/types.proto); the gaps are theirs, for states to come. */
const STATES: Readonly<Record<number, TaskState>> = {
  0: 'new',
  64: 'pending',
  192: 'assigned',
  256: 'accepted',
  320: 'preparing',
  384: 'ready',
  448: 'starting',
  512: 'running',
  576: 'complete',
  640: 'shutdown',
  704: 'failed',
  768: 'rejected',
  800: 'remove',
  832: 'orphaned',
};

/** swarmkit's task as ours. */
export function taskFromSwarmkit(task: TaskMessage): Task {
  const container = task.status?.container;
  const state = STATES[task.status?.state ?? 0] ?? 'new';
  return {
    id: task.id ?? '',
    ...metaFromSwarmkit(task.meta),
    serviceId: task.serviceId || null,
    serviceName: task.serviceAnnotations?.name || null,
    slot: task.slot || null,
    nodeId: task.nodeId || null,
    state,
    desiredState: STATES[task.desiredState ?? 0] ?? 'new',
    message: task.status?.message ?? '',
    error: task.status?.err || null,
    exitCode: exitCodeOf(state, container ? (container.exitCode ?? 0) : null),
    containerId: container?.containerId || null,
    addresses:
      task.networks?.flatMap((attachment) =>
        (attachment.addresses ?? []).map((address) => ({
          networkId: attachment.network?.id ?? '',
          address: plainAddress(address),
        })),
      ) ?? [],
    image: task.spec?.container?.image ?? '',
  };
}
