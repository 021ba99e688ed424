import type { StringMap, SwarmObject } from './object.ts';

/** One address pool of a network; addresses are plain, `subnet` and `ipRange` in CIDR notation. */
export interface Subnet {
  readonly subnet: string;
  readonly gateway: string | null;
  readonly ipRange: string | null;
  readonly auxAddresses: StringMap;
}

/** A network of the swarm. Networks are immutable: only their existence changes. */
export interface Network extends SwarmObject {
  readonly name: string;
  readonly driver: string;
  readonly scope: 'swarm';
  readonly createdAt: string;
  readonly labels: StringMap;
  readonly options: StringMap;
  readonly subnets: readonly Subnet[];
  readonly encrypted: boolean;
  readonly attachable: boolean;
  readonly internal: boolean;
  readonly ingress: boolean;
  readonly ipv6: boolean;
  /** False while Swarm has not yet given it its addresses; nothing can join it until then. */
  readonly allocated: boolean;
}

/** What can be asked for when a network is made. */
export interface NetworkSpec {
  readonly name: string;
  readonly driver: string;
  readonly labels: StringMap;
  readonly options: StringMap;
  readonly subnets: readonly Subnet[];
  readonly encrypted: boolean;
  readonly attachable: boolean;
  readonly internal: boolean;
  readonly ipv6: boolean;
}
