import type { Node, NodeAvailability, NodeRole, NodeState, Reachability } from '../../domain/node.ts';
import { plainAddress } from '../docker/document.ts';
import { metaFromSwarmkit, wordFor } from './convert-common.ts';
import type { NodeMessage } from './messages.ts';

// Each list is in the order of the enum's numbers in swarmkit's specs.proto and types.proto.
const ROLES: readonly NodeRole[] = ['worker', 'manager'];
const AVAILABILITIES: readonly NodeAvailability[] = ['active', 'pause', 'drain'];
const STATES: readonly NodeState[] = ['unknown', 'down', 'ready', 'disconnected'];
const REACHABILITIES: readonly Reachability[] = ['unknown', 'unreachable', 'reachable'];

/** swarmkit's node as ours. The role is the desired one, as in Docker's API. */
export function nodeFromSwarmkit(node: NodeMessage): Node {
  const { description, managerStatus } = node;
  return {
    id: node.id ?? '',
    ...metaFromSwarmkit(node.meta),
    hostname: description?.hostname ?? '',
    role: wordFor(ROLES, node.spec?.desiredRole, 'worker'),
    availability: wordFor(AVAILABILITIES, node.spec?.availability, 'active'),
    labels: node.spec?.annotations?.labels ?? {},
    engineLabels: description?.engine?.labels ?? {},
    state: wordFor(STATES, node.status?.state, 'unknown'),
    message: node.status?.message ?? '',
    address: node.status?.addr || null,
    manager: managerStatus
      ? {
          leader: managerStatus.leader ?? false,
          reachability: wordFor(REACHABILITIES, managerStatus.reachability, 'unknown'),
          address: managerStatus.addr ?? '',
        }
      : null,
    engineVersion: description?.engine?.engineVersion || null,
    os: description?.platform?.os || null,
    architecture: description?.platform?.architecture || null,
    nanoCpus: description?.resources?.nanoCpus || null,
    memoryBytes: description?.resources?.memoryBytes || null,
    attachments: (node.attachments ?? []).flatMap(({ network, addresses }) =>
      (addresses ?? []).map((address) => ({
        networkId: network?.id ?? '',
        address: plainAddress(address),
      })),
    ),
  };
}
