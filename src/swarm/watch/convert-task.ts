import { distinctPorts } from '../../domain/ports.ts';
import { exitCodeOf, type Task, type TaskState } from '../../domain/task.ts';
import { plainAddress } from '../docker/document.ts';
import { timeFromSwarmkit } from './convert-common.ts';
import { portFromSwarmkit } from './convert-service.ts';
import type { TaskMessage } from './messages.ts';
import { sharedText } from './shared-text.ts';

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

const NO_PORTS: Task['openPorts'] = Object.freeze([]);
const NO_ADDRESSES: Task['addresses'] = Object.freeze([]);

/**
 * swarmkit's task as ours; the same as `taskFromDocker` makes of the Engine's answer, and `specVersion`. There may be a
 * hundred thousand, so what many say alike is one text in memory, and it is frozen as it is made.
 */
export function taskFromSwarmkit(task: TaskMessage): Task {
  const { status } = task;
  const container = status?.container;
  const state = STATES[status?.state ?? 0] ?? 'new';
  return Object.freeze({
    id: task.id ?? '',
    version: task.meta?.version?.index ?? 0,
    createdAt: timeFromSwarmkit(task.meta?.createdAt),
    updatedAt: timeFromSwarmkit(task.meta?.updatedAt),
    serviceId: sharedText(task.serviceId ?? '') || null,
    serviceName: sharedText(task.serviceAnnotations?.name ?? '') || null,
    slot: task.slot || null,
    nodeId: sharedText(task.nodeId ?? '') || null,
    state,
    desiredState: STATES[task.desiredState ?? 0] ?? 'new',
    message: sharedText(status?.message ?? ''),
    error: sharedText(status?.err ?? '') || null,
    exitCode: exitCodeOf(state, container ? (container.exitCode ?? 0) : null),
    containerId: container?.containerId || task.spec?.attachment?.containerId || null,
    addresses: addressesOf(task),
    openPorts: portsOf(task),
    image: sharedText(task.spec?.container?.image ?? ''),
    specVersion: task.specVersion?.index ?? 0,
    jobIteration: task.jobIteration ? (task.jobIteration.index ?? 0) : null,
  });
}

function portsOf({ status }: TaskMessage): Task['openPorts'] {
  const ports = status?.portStatus?.ports;
  if (!ports?.length) return NO_PORTS;
  return Object.freeze(distinctPorts(ports.map((port) => Object.freeze(portFromSwarmkit(port)))));
}

function addressesOf({ networks }: TaskMessage): Task['addresses'] {
  if (!networks?.length) return NO_ADDRESSES;
  const found: Task['addresses'][number][] = [];
  for (const { network, addresses } of networks) {
    const networkId = sharedText(network?.id ?? '');
    for (const address of addresses ?? []) {
      found.push(Object.freeze({ networkId, address: plainAddress(address) }));
    }
  }
  return Object.freeze(found);
}
