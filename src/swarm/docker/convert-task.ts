import { distinctPorts } from '../../domain/ports.ts';
import { exitCodeOf, type Task, type TaskState } from '../../domain/task.ts';
import { portFromDocker } from './convert-service.ts';
import { at, documents, number, plainAddress, text, texts, version, type Document } from './document.ts';

/**
 * Docker's `Task` as ours. The Engine API does not say the service's name: the caller joins it in. Nor does it carry
 * `specVersion`.
 */
export function taskFromDocker(task: Document, serviceName: string | null): Task {
  const state = (text(task, 'Status.State') ?? 'new') as TaskState;
  return {
    id: text(task, 'ID') ?? '',
    version: version(task),
    serviceId: text(task, 'ServiceID'),
    serviceName,
    slot: number(task, 'Slot') || null,
    nodeId: text(task, 'NodeID'),
    state,
    desiredState: (text(task, 'DesiredState') ?? 'new') as TaskState,
    message: text(task, 'Status.Message') ?? '',
    error: text(task, 'Status.Err'),
    exitCode: exitCodeOf(state, number(task, 'Status.ContainerStatus.ExitCode')),
    containerId:
      text(task, 'Status.ContainerStatus.ContainerID') ??
      text(task, 'Spec.NetworkAttachmentSpec.ContainerID'),
    addresses: documents(task, 'NetworksAttachments').flatMap((attachment) =>
      texts(attachment, 'Addresses').map((address) => ({
        networkId: text(attachment, 'Network.ID') ?? '',
        address: plainAddress(address),
      })),
    ),
    openPorts: distinctPorts(documents(task, 'Status.PortStatus.Ports').map(portFromDocker)),
    image: text(task, 'Spec.ContainerSpec.Image') ?? '',
    specVersion: null,
    jobIteration: at(task, 'JobIteration') ? (number(task, 'JobIteration.Index') ?? 0) : null,
    createdAt: text(task, 'CreatedAt') ?? '',
    updatedAt: text(task, 'UpdatedAt') ?? '',
  };
}
