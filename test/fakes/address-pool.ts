import ipaddr from 'ipaddr.js';
import { contains, overlaps, parseAddress, parseCidr, type Cidr } from '../../src/domain/cidr.ts';
import type { Network, Subnet } from '../../src/domain/network.ts';

const DEFAULT_PREFIX_LENGTH = 24;

/** The first /24 of 10.0.0.0/8 that no network has. */
export function freeSubnet(networks: readonly Network[]): string {
  for (let third = 0; ; third++) {
    const subnet = `10.${third >> 8}.${third & 0xff}.0/${DEFAULT_PREFIX_LENGTH}`;
    if (!isTaken(subnet, networks)) return subnet;
  }
}

/** True when a network has addresses of the subnet. */
export function isTaken(subnet: string, networks: readonly Network[]): boolean {
  const block = parseCidr(subnet) as Cidr;
  return networks.some((network) =>
    network.subnets.some((theirs) => {
      const other = parseCidr(theirs.subnet) as Cidr;
      return other.family === block.family && overlaps(block, other);
    }),
  );
}

/** The gateway's address when nobody chose another: the first that can be given out. */
export function firstHost(subnet: Subnet): string {
  return freeAddress(subnet, new Set()) ?? '';
}

/** The lowest address that tasks and virtual IPs can still get; undefined when the subnet is used up. */
export function freeAddress(subnet: Subnet, used: ReadonlySet<string>): string | undefined {
  const block = parseCidr(subnet.subnet) as Cidr;
  const range = subnet.ipRange === null ? block : (parseCidr(subnet.ipRange) as Cidr);
  for (let offset = 0; ; offset++) {
    const address = plus(range.bytes, offset);
    const bytes = parseAddress(address) as readonly number[];
    if (!contains(range, bytes)) return undefined;
    const isNetwork = address === plus(block.bytes, 0);
    const isBroadcast = block.family === 4 && !contains(block, bytesOf(plus(bytes, 1)));
    if (!isNetwork && !isBroadcast && address !== subnet.gateway && !used.has(address)) return address;
  }
}

const bytesOf = (address: string): readonly number[] => parseAddress(address) as readonly number[];

function plus(bytes: readonly number[], offset: number): string {
  const sum = [...bytes];
  let carry = offset;
  for (let index = sum.length - 1; index >= 0 && carry > 0; index--) {
    const value = (sum[index] as number) + carry;
    sum[index] = value & 0xff;
    carry = value >> 8;
  }
  return ipaddr.fromByteArray(sum).toString();
}
