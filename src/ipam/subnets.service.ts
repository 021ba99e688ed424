import { Injectable } from '@nestjs/common';
import { VisibleState } from '../api/visible-state.ts';
import { DomainError, invalid } from '../domain/errors.ts';
import { freeSubnet, type Occupied } from '../domain/ipam.ts';
import { LONGEST_PREFIX } from '../domain/network-rules.ts';
import type { Principal } from '../domain/role.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { SwarmGateway } from '../swarm/swarm-gateway.ts';
import { AddressRanges } from './ipam-settings.ts';
import type { AddressPool, Subnets } from './subnets.types.ts';

/** How large an IPv6 subnet is unless somebody says otherwise: any smaller one breaks autoconfiguration (RFC 4291). */
const IPV6_PREFIX_LENGTH = 64;

/** What is asked for of a subnet to propose. */
interface Wanted {
  readonly prefixLength?: number | null;
  readonly ipv6?: boolean | null;
}

/** Where networks get their subnets from. */
@Injectable()
export class SubnetsService {
  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
    private readonly gateway: SwarmGateway,
    private readonly ranges: AddressRanges,
  ) {}

  /** Whether new networks that name no subnet get one from here, and not from Docker. */
  get choose(): boolean {
    return this.ranges.areConfigured;
  }

  /**
   * The pools, what has ranges already, as somebody may see it, and a free subnet. Fails `invalid`, `conflict` when there
   * is none.
   */
  async show({ prefixLength, ipv6 }: Wanted, by: Principal): Promise<Subnets> {
    this.state.assertSynced();
    const family = ipv6 ? 6 : 4;
    if (prefixLength != null && (prefixLength < 1 || prefixLength > LONGEST_PREFIX[family])) {
      throw invalid([
        {
          pointer: '/prefixLength',
          detail: `Must be 1 to ${LONGEST_PREFIX[family]} for IPv${family}: a smaller subnet has no room for a task.`,
        },
      ]);
    }
    const [{ pools, subnetSize }, occupied] = await Promise.all([this.pools(), this.occupied(by)]);
    const length = prefixLength ?? (ipv6 ? IPV6_PREFIX_LENGTH : subnetSize);
    const proposal = freeSubnet(
      pools.map(({ subnet }) => subnet),
      family,
      length,
      occupied,
    );
    if (proposal === undefined) {
      throw new DomainError(
        'conflict',
        `No IPv${family} subnet /${length} is left in ${pools.map(({ subnet }) => subnet).join(', ')}. Ask for a smaller one (a greater prefixLength), delete networks that nobody uses (POST /v1/networks/prune), or name more pools in SWARMPLANE_ADDRESS_POOLS.`,
      );
    }
    return { pools, occupied, prefixLength: length, proposal };
  }

  /**
   * What has ranges of addresses, as far as that can be known: the swarm's networks and nodes, the networks of the
   * engine's own machine, and what the settings reserve. Networks of other machines nobody lists. Networks and nodes that
   * somebody may not see have no name.
   */
  async occupied(by: Principal): Promise<Occupied[]> {
    const local = await this.gateway.localNetworks();
    const sees = { network: this.visible.to(by).sight('network'), node: this.visible.to(by).sight('node') };
    const networks = this.state.networks.all().flatMap((network) =>
      network.subnets.map(({ subnet }): Occupied => ({
        subnet,
        by: 'network',
        ...(sees.network?.(network) === false ? NAMELESS : { name: network.name, id: network.id }),
      })),
    );
    const nodes = this.state.nodes.all().flatMap((node): Occupied[] => {
      if (node.address === null) return [];
      const whose = sees.node?.(node) === false ? NAMELESS : { name: node.hostname, id: node.id };
      return [{ subnet: single(node.address), by: 'node', ...whose }];
    });
    const ofMachine = local.flatMap(({ id, name, subnets }) =>
      subnets.map((subnet): Occupied => ({ subnet, by: 'local-network', name, id })),
    );
    const reserved = this.ranges.reserved.map((subnet): Occupied => ({
      subnet,
      by: 'reserved',
      name: subnet,
      id: null,
    }));
    return [...networks, ...nodes, ...ofMachine, ...reserved];
  }

  private async pools(): Promise<{ pools: AddressPool[]; subnetSize: number }> {
    const { defaultAddressPools, subnetSize } = await this.gateway.swarm();
    const pools: AddressPool[] =
      this.ranges.pools.length > 0
        ? this.ranges.pools.map((subnet) => ({ subnet, source: 'settings' }))
        : defaultAddressPools.map((subnet) => ({ subnet, source: 'swarm' }));
    return { pools, subnetSize };
  }
}

/** Whose range it is that its reader may not see. */
const NAMELESS = { name: 'not for you to see', id: null };

const single = (address: string): string => `${address}/${address.includes(':') ? 128 : 32}`;
