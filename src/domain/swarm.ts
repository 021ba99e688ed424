/** The settings of the swarm itself. Join tokens and key material are never part of it. */
export interface Swarm {
  readonly id: string;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly defaultAddressPools: readonly string[];
  /** Prefix length of a network that asks for no subnet. */
  readonly subnetSize: number;
  /** UDP port that carries VXLAN traffic between nodes. */
  readonly dataPathPort: number;
  readonly taskHistoryRetentionLimit: number | null;
  readonly autoLockManagers: boolean;
}
