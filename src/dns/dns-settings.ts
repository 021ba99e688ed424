/** How the swarm's names are told to clients outside of it. */
export interface DnsSettings {
  /** Where questions are taken, over UDP and TCP; null answers none. */
  readonly dns?: DnsListen | null;
}

/** Where a name server listens, and for what. */
export interface DnsListen {
  /** An IPv4 or IPv6 address. */
  readonly address: string;
  /** 0 takes any that is free. */
  readonly port: number;
  /** The zone, in lower case and without a dot at its end. */
  readonly zone: string;
}
