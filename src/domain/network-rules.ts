import { canonical, contains, hasHostBits, overlaps, parseAddress, parseCidr } from './cidr.ts';
import type { FieldError } from './errors.ts';
import { describeOccupant, type Occupied } from './ipam.ts';
import type { NetworkSpec, Subnet } from './network.ts';

/** What the Engine takes as the name of a network of a swarm (swarmkit `controlapi/common.go`). */
const NAME = /^[a-zA-Z0-9](?:[-_a-zA-Z0-9.]*[a-zA-Z0-9])?$/;
/** In characters, which are ASCII. */
export const MAX_NETWORK_NAME_LENGTH = 64;
/** Names that mean something else to Docker (`docker run --network host`). */
const RESERVED_NAMES = ['bridge', 'host', 'none', 'default'];
/** A subnet must hold the network, gateway, load balancer and broadcast addresses, and one task. */
export const LONGEST_PREFIX = { 4: 29, 6: 125 } as const;

/** Everything wrong with the spec of a new network; empty when nothing is. */
export function checkNetworkSpec(spec: NetworkSpec): FieldError[] {
  return [
    ...checkName(spec.name),
    ...(spec.driver === 'overlay'
      ? []
      : [{ pointer: '/driver', detail: `Only "overlay" networks span a swarm; "${spec.driver}" does not.` }]),
    ...('encrypted' in spec.options
      ? [{ pointer: '/options/encrypted', detail: 'Use the field "encrypted" instead of the driver option.' }]
      : []),
    ...spec.subnets.flatMap((subnet, index) => checkSubnet(subnet, `/subnets/${index}`)),
    ...checkDisjoint(spec.subnets),
    ...checkFamilies(spec),
  ];
}

/**
 * The ranges whose addresses the new subnets would share, as errors that name them. With `force` only those of the
 * swarm's own networks count: Swarm itself never gives two networks the same addresses, and leaves the second one
 * without any (measured on 20.10).
 */
export function checkOverlap(
  subnets: readonly Subnet[],
  occupied: readonly Occupied[],
  force = false,
): FieldError[] {
  return subnets.flatMap((subnet, index) => {
    const block = parseCidr(subnet.subnet);
    if (!block) return [];
    return occupied
      .filter((other) => !force || other.by === 'network')
      .filter((other) => {
        const taken = parseCidr(other.subnet);
        return taken !== undefined && taken.family === block.family && overlaps(block, taken);
      })
      .map((other) => ({
        pointer: `/subnets/${index}/subnet`,
        detail: `${subnet.subnet} overlaps with ${describeOccupant(other)}. ${adviceFor(other, force)}`,
      }));
  });
}

function adviceFor(other: Occupied, force: boolean): string {
  if (other.by !== 'network') {
    return 'Choose another subnet (GET /v1/ipam/subnets proposes one), or send "force": true if they never meet.';
  }
  return force
    ? 'Choose another subnet: Swarm never gives two networks the same addresses, which "force" cannot change.'
    : 'Choose another subnet; GET /v1/ipam/subnets proposes one.';
}

function checkName(name: string): FieldError[] {
  if (!NAME.test(name) || name.length > MAX_NETWORK_NAME_LENGTH) {
    return [
      {
        pointer: '/name',
        detail: `Use 1 to ${MAX_NETWORK_NAME_LENGTH} letters, digits, hyphens, underscores and dots; begin and end with a letter or digit.`,
      },
    ];
  }
  return RESERVED_NAMES.includes(name)
    ? [{ pointer: '/name', detail: `"${name}" means one of Docker's own networks. Choose another name.` }]
    : [];
}

function checkSubnet(subnet: Subnet, at: string): FieldError[] {
  const block = parseCidr(subnet.subnet);
  if (!block) {
    return [
      {
        pointer: `${at}/subnet`,
        detail: `"${subnet.subnet}" is no subnet in CIDR notation, like 10.0.9.0/24.`,
      },
    ];
  }
  const errors: FieldError[] = [];
  if (hasHostBits(block)) {
    errors.push({
      pointer: `${at}/subnet`,
      detail: `${subnet.subnet} has host bits set. The subnet around it is ${canonical(block)}.`,
    });
  }
  if (block.prefixLength > LONGEST_PREFIX[block.family]) {
    errors.push({
      pointer: `${at}/subnet`,
      detail: `${subnet.subnet} is too small for an overlay network: use a prefix of /${LONGEST_PREFIX[block.family]} or shorter.`,
    });
  }
  if (subnet.gateway !== null) {
    const gateway = parseAddress(subnet.gateway);
    if (!gateway) {
      errors.push({ pointer: `${at}/gateway`, detail: `"${subnet.gateway}" is no plain IP address.` });
    } else if (!contains(block, gateway)) {
      errors.push({
        pointer: `${at}/gateway`,
        detail: `${subnet.gateway} is outside of the subnet ${subnet.subnet}.`,
      });
    }
  }
  if (subnet.ipRange !== null) {
    const range = parseCidr(subnet.ipRange);
    if (!range) {
      errors.push({ pointer: `${at}/ipRange`, detail: `"${subnet.ipRange}" is no range in CIDR notation.` });
    } else if (range.prefixLength < block.prefixLength || !contains(block, range.bytes)) {
      errors.push({
        pointer: `${at}/ipRange`,
        detail: `${subnet.ipRange} is not inside the subnet ${subnet.subnet}.`,
      });
    } else if (hasHostBits(range)) {
      errors.push({
        pointer: `${at}/ipRange`,
        detail: `${subnet.ipRange} has host bits set. The range around it is ${canonical(range)}.`,
      });
    }
  }
  if (Object.keys(subnet.auxAddresses).length > 0) {
    errors.push({
      pointer: `${at}/auxAddresses`,
      // Measured on 20.10: `docker network create -d overlay --aux-address` succeeds and the addresses are gone.
      detail:
        'Docker drops auxiliary addresses of swarm networks silently. Leave addresses out with ipRange instead.',
    });
  }
  return errors;
}

function checkDisjoint(subnets: readonly Subnet[]): FieldError[] {
  const blocks = subnets.map((subnet) => parseCidr(subnet.subnet));
  return blocks.flatMap((block, index) => {
    const clash = blocks.findIndex(
      (other, before) =>
        before < index && block && other && other.family === block.family && overlaps(block, other),
    );
    return clash < 0
      ? []
      : [{ pointer: `/subnets/${index}/subnet`, detail: `It overlaps with /subnets/${clash}/subnet.` }];
  });
}

function checkFamilies(spec: NetworkSpec): FieldError[] {
  const sixth = spec.subnets.findIndex((subnet) => parseCidr(subnet.subnet)?.family === 6);
  return sixth >= 0 && !spec.ipv6
    ? [{ pointer: `/subnets/${sixth}/subnet`, detail: 'An IPv6 subnet needs "ipv6": true.' }]
    : [];
}
