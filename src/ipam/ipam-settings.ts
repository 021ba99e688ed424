/** Where new networks may get their addresses from; all in CIDR notation. */
export interface IpamSettings {
  /** The pools that subnets are chosen from, in this order; empty leaves it to the swarm's own. */
  readonly addressPools?: readonly string[];
  /** Ranges that no network may have. */
  readonly reservedRanges?: readonly string[];
}

/** The settings as they are injected. */
export class AddressRanges {
  constructor(
    readonly pools: readonly string[],
    readonly reserved: readonly string[],
  ) {}

  /** Whether the operator has said anything that Docker, when it chooses a subnet, does not know. */
  get areConfigured(): boolean {
    return this.pools.length > 0 || this.reserved.length > 0;
  }
}
