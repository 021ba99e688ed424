import { addressOf, contains, numberOf, parseAddress, parseCidr, rangeOf, type Cidr } from './cidr.ts';
import type { SubnetCount } from './ipam.ts';
import type { Network, Subnet } from './network.ts';
import { TASK_STATES, type Task, type TaskState } from './task.ts';

export const ADDRESS_USES = [
  'gateway',
  'reserved',
  'virtual-ip',
  'load-balancer',
  'task',
  'container',
] as const;
export type AddressUse = (typeof ADDRESS_USES)[number];

/** One address of a network and what has it. What does not apply is null. */
export interface UsedAddress {
  /** Plain. */
  readonly address: string;
  readonly use: AddressUse;
  readonly serviceId: string | null;
  readonly serviceName: string | null;
  readonly taskId: string | null;
  readonly nodeId: string | null;
  readonly containerId: string | null;
  /** Why nobody gets it, for `reserved`: `network address`, `broadcast address`, or the name it was given. */
  readonly reason: string | null;
}

/** How full a subnet is. Numbers beyond 2^53 - 1, as of an IPv6 subnet, read as that. */
export interface SubnetUsage {
  readonly subnet: string;
  /** `reserved`, `used` and `free` together. */
  readonly total: number;
  /** Never given out: network, broadcast, gateway and auxiliary addresses, and all outside of the range. */
  readonly reserved: number;
  /** Given to virtual IPs, load balancers, tasks and containers; null where that is not known. */
  readonly used: number | null;
  /** Can still be given out; null where that is not known. */
  readonly free: number | null;
  /** What can be free at most: `free`, or where that is not known, all that is not known to be used. */
  readonly freeAtMost: number;
  /** A sentence once the addresses come to an end; null before. */
  readonly warning: string | null;
}

/** A subnet is nearly exhausted when no more of its addresses are left than this share of those that can be given out … */
const WARN_SHARE = 0.1;
/** … or than this many, because a small one goes from many to none with a single service. */
const WARN_LEFT = 3;

const NOBODY = {
  serviceId: null,
  serviceName: null,
  taskId: null,
  nodeId: null,
  containerId: null,
  reason: null,
};

/** The service's virtual IPs, each with the network that it is of. */
export function virtualIpUses(service: {
  readonly id: string;
  readonly name: string;
  readonly virtualIps: readonly { readonly networkId: string; readonly address: string }[];
}): [networkId: string, used: UsedAddress][] {
  return service.virtualIps.map(({ networkId, address }) => [
    networkId,
    { ...NOBODY, address, use: 'virtual-ip', serviceId: service.id, serviceName: service.name },
  ]);
}

/**
 * The addresses that a node has itself, one on each network that it has tasks on: its load balancer's, from which
 * traffic to virtual IPs comes (swarmkit `Node.attachments`).
 */
export function loadBalancerUses(node: {
  readonly id: string;
  readonly attachments?: readonly { readonly networkId: string; readonly address: string }[];
}): [networkId: string, used: UsedAddress][] {
  return (node.attachments ?? []).map(({ networkId, address }) => [
    networkId,
    { ...NOBODY, address, use: 'load-balancer', nodeId: node.id },
  ]);
}

const HOLDING: ReadonlySet<TaskState> = new Set(TASK_STATES.slice(0, TASK_STATES.indexOf('running') + 1));

/** True while Swarm keeps a task's addresses for it: until it has ended, whether it is wanted or not. */
export function holdsAddresses({ state }: Pick<Task, 'state'>): boolean {
  return HOLDING.has(state);
}

/** What a task has on a network. One without a service is a container that joined by hand. */
export function taskUses(task: Task, networkId: string): UsedAddress[] {
  if (!holdsAddresses(task)) return [];
  const { id: taskId, serviceId, serviceName, nodeId, containerId } = task;
  return task.addresses
    .filter((held) => held.networkId === networkId)
    .map(({ address }) => ({
      ...NOBODY,
      address,
      use: serviceId === null ? 'container' : 'task',
      serviceId,
      serviceName,
      taskId,
      nodeId,
      containerId,
    }));
}

/** The addresses of a subnet that nobody gets: the gateway, the first, the last of IPv4, and those left out by name. */
export function reservedUses(subnet: Subnet): UsedAddress[] {
  const block = parseCidr(subnet.subnet);
  if (!block) return [];
  const kept = Object.entries(subnet.auxAddresses).map(([reason, address]) => ({ address, reason }));
  const edges = edgesOf(block).filter(({ address }) => address !== subnet.gateway);
  return [
    ...(subnet.gateway === null ? [] : [{ ...NOBODY, address: subnet.gateway, use: 'gateway' as const }]),
    ...[...edges, ...kept].map((each) => ({ ...NOBODY, ...each, use: 'reserved' as const })),
  ];
}

/**
 * How full each subnet of a network is.
 * @param used what is known to be used, without what is reserved
 * @param isComplete whether that is all
 * @param counts what the engine has counted itself, which is preferred; null when it has not
 */
export function subnetUsages(
  network: Pick<Network, 'subnets'>,
  used: readonly Pick<UsedAddress, 'address'>[],
  isComplete: boolean,
  counts: readonly SubnetCount[] | null,
): SubnetUsage[] {
  return network.subnets.map((subnet) => {
    const shape = shapeOf(subnet);
    if (!shape) return unknownUsage(subnet.subnet);
    const { block, range, total } = shape;
    const mine = distinct(used, network.subnets.length === 1 ? null : block);
    // An address that somebody has, though nobody gets it by himself, counts as used.
    const reserved = shape.reserved - (subnet.ipRange === null ? 0n : outsideOf(range, mine));
    const knownFree = clamp(total - reserved - BigInt(mine.size));
    const counted = counts?.find((count) => isSame(count.subnet, block));
    const free = counted ? min(BigInt(counted.available), total - reserved) : isComplete ? knownFree : null;
    const freeAtMost = free ?? knownFree;
    return {
      subnet: subnet.subnet,
      total: saturated(total),
      reserved: saturated(reserved),
      used: free === null ? null : saturated(total - reserved - free),
      free: free === null ? null : saturated(free),
      freeAtMost: saturated(freeAtMost),
      warning: warningOf(subnet.subnet, saturated(freeAtMost), saturated(total - reserved), free === null),
    };
  });
}

/** What a subnet is like before anybody has an address of it. */
interface Shape {
  readonly block: Cidr;
  readonly range: Cidr;
  readonly total: bigint;
  /** How many addresses nobody gets. */
  readonly reserved: bigint;
}

/** A subnet never changes, and reading addresses takes far longer than counting them. */
const shapes = new WeakMap<Subnet, Shape>();

function shapeOf(subnet: Subnet): Shape | undefined {
  const known = shapes.get(subnet);
  if (known) return known;
  const block = parseCidr(subnet.subnet);
  const range = parseCidr(subnet.ipRange ?? subnet.subnet);
  if (!block || !range) return undefined;
  const total = sizeOf(block);
  const kept = new Set(reservedUses(subnet).flatMap(({ address }) => numberIn(range, address)));
  const shape = { block, range, total, reserved: total - sizeOf(range) + BigInt(kept.size) };
  shapes.set(subnet, shape);
  return shape;
}

function warningOf(subnet: string, free: number, assignable: number, isAtMost: boolean): string | null {
  if (free > Math.max(WARN_LEFT, assignable * WARN_SHARE)) return null;
  const left = `${isAtMost ? 'at most ' : ''}${free} of the ${assignable} addresses`;
  return `${left} of ${subnet} that can be given out ${free === 1 ? 'is' : 'are'} left. Every task, every virtual IP and every node with tasks on the network takes one; a network cannot be made larger, so move services to another one.`;
}

/** The different addresses, of this block if one is given, as text. */
function distinct(used: readonly Pick<UsedAddress, 'address'>[], block: Cidr | null): Set<string> {
  const addresses = new Set<string>();
  for (const { address } of used) {
    if (block === null || numberIn(block, address).length > 0) addresses.add(address);
  }
  return addresses;
}

function outsideOf(range: Cidr, addresses: ReadonlySet<string>): bigint {
  let count = 0n;
  for (const address of addresses) if (numberIn(range, address).length === 0) count += 1n;
  return count;
}

/** The address as a number, if it lies in the block; else nothing. */
function numberIn(block: Cidr, address: string): bigint[] {
  const bytes = parseAddress(address);
  return bytes && contains(block, bytes) ? [numberOf(bytes)] : [];
}

const sizeOf = (block: Cidr): bigint => 1n << BigInt(block.bytes.length * 8 - block.prefixLength);
const clamp = (value: bigint): bigint => (value < 0n ? 0n : value);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const saturated = (value: bigint): number => Number(min(value, BigInt(Number.MAX_SAFE_INTEGER)));
const isSame = (subnet: string, block: Cidr): boolean => {
  const other = parseCidr(subnet);
  return (
    other?.family === block.family &&
    other.prefixLength === block.prefixLength &&
    rangeOf(other).first === rangeOf(block).first
  );
};

/** The first address, and for IPv4 the last: libnetwork's `ipam` keeps them back. */
function edgesOf(block: Cidr): { address: string; reason: string }[] {
  const { first, last } = rangeOf(block);
  const at = (number: bigint): string => addressOf(block.family, number);
  return [
    { address: at(first), reason: 'network address' },
    ...(block.family === 4 ? [{ address: at(last), reason: 'broadcast address' }] : []),
  ];
}

function unknownUsage(subnet: string): SubnetUsage {
  return { subnet, total: 0, reserved: 0, used: null, free: null, freeAtMost: 0, warning: null };
}
