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
  readonly certificates: SwarmCertificates;
}

/** The certificates by which the nodes of the swarm know each other. */
export interface SwarmCertificates {
  /** How long the certificate of a node is good for, in milliseconds; nodes renew theirs in time by themselves. */
  readonly nodeValidity: number | null;
  /** When the swarm's certificate authority expires, which nothing renews by itself; null where it cannot be read. */
  readonly authorityExpiresAt: string | null;
  /** Whether the nodes are being moved to another authority. */
  readonly rotating: boolean;
}

/** The secrets by which a node joins. Whoever has one is let in; they are for admins alone, and never logged. */
export interface JoinTokens {
  readonly worker: string;
  readonly manager: string;
}
