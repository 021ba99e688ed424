import type {
  Node,
  NodeAvailability,
  NodeRole,
  NodeSpec,
  NodeState,
  Reachability,
} from '../../domain/node.ts';
import { at, flag, number, text, textMap, version, type Document } from './document.ts';

/** Docker's `Node` as ours. */
export function nodeFromDocker(node: Document): Node {
  return {
    id: text(node, 'ID') ?? '',
    version: version(node),
    hostname: text(node, 'Description.Hostname') ?? '',
    ...nodeSpecFromDocker((at(node, 'Spec') ?? {}) as Document),
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

/** Docker's `NodeSpec` as ours. */
export function nodeSpecFromDocker(spec: Document): NodeSpec {
  return {
    role: (text(spec, 'Role') ?? 'worker') as NodeRole,
    availability: (text(spec, 'Availability') ?? 'active') as NodeAvailability,
    labels: textMap(spec, 'Labels'),
  };
}

/** Our spec as the body of `POST /nodes/{id}/update`; what we do not know of `base` is kept. */
export function nodeSpecToDocker(spec: NodeSpec, base: Document): Document {
  return { ...base, Role: spec.role, Availability: spec.availability, Labels: { ...spec.labels } };
}
