import type { StringMap, SwarmObject } from './object.ts';

export type NodeRole = 'worker' | 'manager';
export type NodeAvailability = 'active' | 'pause' | 'drain';
export type NodeState = 'unknown' | 'down' | 'ready' | 'disconnected';
export type Reachability = 'unknown' | 'unreachable' | 'reachable';

/** A machine of the swarm. */
export interface Node extends SwarmObject {
  readonly hostname: string;
  readonly role: NodeRole;
  readonly availability: NodeAvailability;
  readonly labels: StringMap;
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
}
