import { addressOf, parseCidr, rangeOf, type Cidr } from './cidr.ts';

export const OCCUPANTS = ['network', 'local-network', 'node', 'reserved'] as const;
export type Occupant = (typeof OCCUPANTS)[number];

/** Addresses that a new network must not have, and whose they are. */
export interface Occupied {
  /** In CIDR notation; a single address has the longest prefix. */
  readonly subnet: string;
  /** `local-network` is one of the engine's own machine, such as `bridge`; `reserved` is what the settings keep free. */
  readonly by: Occupant;
  readonly name: string;
  /** The id of the network or node; null for a reserved range. */
  readonly id: string | null;
}

/** A network that only one machine has, as its engine lists it. Subnets in CIDR notation. */
export interface LocalNetwork {
  readonly id: string;
  readonly name: string;
  readonly subnets: readonly string[];
}

/** How many addresses of a subnet an engine says are taken, and how many it can still give out. */
export interface SubnetCount {
  /** In CIDR notation. */
  readonly subnet: string;
  /** Taken for any reason: given out, or never to be. */
  readonly inUse: number;
  readonly available: number;
}

/** Whose addresses these are, for people. */
export function describeOccupant({ subnet, by, name, id }: Occupied): string {
  switch (by) {
    case 'network':
      return `${subnet} of the network "${name}" (${id})`;
    case 'local-network':
      return `${subnet} of the network "${name}", which the engine's own machine has`;
    case 'node':
      return `the address of the node "${name}" (${plain(subnet)})`;
    case 'reserved':
      return `${subnet}, which SWARMPLANE_RESERVED_RANGES keeps free`;
  }
}

const plain = (subnet: string): string => subnet.slice(0, subnet.indexOf('/'));

/**
 * The lowest subnet of this size in the first pool that has one left, of addresses that nobody has; undefined when no
 * pool has room. The same question always has the same answer. What is no CIDR, or of the other family, is passed over.
 */
export function freeSubnet(
  pools: readonly string[],
  family: Cidr['family'],
  prefixLength: number,
  occupied: readonly Pick<Occupied, 'subnet'>[],
): string | undefined {
  const taken = occupied
    .flatMap(({ subnet }) => blockOf(subnet, family))
    .map(rangeOf)
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  for (const pool of pools.flatMap((text) => blockOf(text, family))) {
    if (prefixLength < pool.prefixLength || prefixLength > pool.bytes.length * 8) continue;
    const size = 1n << BigInt(pool.bytes.length * 8 - prefixLength);
    const { first, last } = rangeOf(pool);
    let candidate = first;
    // In the order of their beginnings: whatever ends before the candidate does so for every later one, too.
    for (const range of taken) {
      if (range.first > candidate + size - 1n) break;
      if (range.last >= candidate) candidate = (range.last / size + 1n) * size;
    }
    if (candidate + size - 1n <= last) return `${addressOf(family, candidate)}/${prefixLength}`;
  }
  return undefined;
}

function blockOf(text: string, family: Cidr['family']): Cidr[] {
  const block = parseCidr(text);
  return block?.family === family ? [block] : [];
}
