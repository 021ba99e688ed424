import type { Node, NodeAvailability, NodeRole, NodeState, Reachability } from '../../domain/node.ts';
import { at, flag, number, text, textMap, version, type Document } from './document.ts';

/** Docker's `Node` as ours. */
export function nodeFromDocker(node: Document): Node {
  return {
    id: text(node, 'ID') ?? '',
    version: version(node),
    hostname: text(node, 'Description.Hostname') ?? '',
    role: (text(node, 'Spec.Role') ?? 'worker') as NodeRole,
    availability: (text(node, 'Spec.Availability') ?? 'active') as NodeAvailability,
    labels: textMap(node, 'Spec.Labels'),
    engineLabels: textMap(node, 'Description.Engine.Labels'),
    state: (text(node, 'Status.State') ?? 'unknown') as NodeState,
    message: text(node, 'Status.Message') ?? '',
    address: text(node, 'Status.Addr'),
    manager: at(node, 'ManagerStatus')
      ? {
          leader: flag(node, 'ManagerStatus.Leader'),
          reachability: (text(node, 'ManagerStatus.Reachability') ?? 'unknown') as Reachability,
          address: text(node, 'ManagerStatus.Addr') ?? '',
        }
      : null,
    engineVersion: text(node, 'Description.Engine.EngineVersion'),
    os: text(node, 'Description.Platform.OS'),
    architecture: text(node, 'Description.Platform.Architecture'),
    nanoCpus: number(node, 'Description.Resources.NanoCPUs'),
    memoryBytes: number(node, 'Description.Resources.MemoryBytes'),
    createdAt: text(node, 'CreatedAt') ?? '',
    updatedAt: text(node, 'UpdatedAt') ?? '',
  };
}
