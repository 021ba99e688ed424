import type { StringMap, SwarmObject } from './object.ts';

export type NodeRole = 'worker' | 'manager';
export type NodeAvailability = 'active' | 'pause' | 'drain';
export type NodeState = 'unknown' | 'down' | 'ready' | 'disconnected';
export type Reachability = 'unknown' | 'unreachable' | 'reachable';

/** The part of a node that a client can write. The role is the one it is to have: becoming it takes a moment. */
export interface NodeSpec {
  readonly role: NodeRole;
  readonly availability: NodeAvailability;
  readonly labels: StringMap;
}

/** A machine of the swarm. */
export interface Node extends NodeSpec, SwarmObject {
  readonly hostname: string;
  readonly engineLabels: StringMap;
  readonly state: NodeState;
  readonly message: string;
  /** The address that the managers see the node at; null until it first reports. */
  readonly address: string | null;
  readonly manager: {
    readonly leader: boolean;
    readonly reachability: Reachability;
    readonly address: string;
  } | null;
  readonly engineVersion: string | null;
  readonly os: string | null;
  readonly architecture: string | null;
  readonly nanoCpus: number | null;
  readonly memoryBytes: number | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /**
   * The node's own address on each network that it has tasks on, plain: that of the load balancer there. Absent where
   * the source does not say it, as Docker's API; no part of what clients are shown.
   */
  readonly attachments?: readonly { readonly networkId: string; readonly address: string }[];
}

/**
 * The address at which other machines reach a node; null until it is known. Of a manager it is the one that it
 * advertises: the other may be 0.0.0.0 or 127.0.0.1 there (moby issues 35437 and 30119).
 */
export function reachableAddress({ address, manager }: Pick<Node, 'address' | 'manager'>): string | null {
  const advertised = /^\[?([^\]]+)\]?:\d+$/.exec(manager?.address ?? '')?.[1];
  return advertised ?? address;
}
