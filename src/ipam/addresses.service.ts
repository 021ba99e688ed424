import { setImmediate as turn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { VisibleState, type View } from '../api/visible-state.ts';
import { reservedUses, subnetUsages, type UsedAddress as UsedAddressOf } from '../domain/address-usage.ts';
import { numberOf, parseAddress } from '../domain/cidr.ts';
import type { Network } from '../domain/network.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { AddressBook } from './address-book.ts';
import type { NetworkAddresses, SubnetUsage, UsedAddress } from './addresses.types.ts';
import { EngineCounts } from './engine-counts.ts';

/** So many take about a millisecond. */
const NETWORKS_AT_ONCE = 50;

const UNKNOWN_BALANCERS =
  'The addresses of the nodes’ load balancers are missing: Docker’s API, which is polled here, does not say them. With the control socket of swarmkit (SWARMPLANE_CONTROL_SOCKET) they are known.';

/** What has the addresses of networks: from the state in memory, and from the engine where it counts them itself. */
@Injectable()
export class AddressesService {
  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
    private readonly counts: EngineCounts,
    private readonly book: AddressBook,
  ) {}

  /** The addresses of the network that an id, a unique id prefix or a name means. Fails `not-found`, `ambiguous`. */
  get(reference: string): Promise<NetworkAddresses> {
    return this.of(this.visible.resolve('network', reference));
  }

  /** The addresses of a network; who has them only where who asks may see that. */
  async of(network: Pick<Network, 'id' | 'subnets'>): Promise<NetworkAddresses> {
    const counts = await this.counts.of(network.id);
    const used = this.book.usedOn(network.id);
    const { isComplete } = this.book;
    const subnets = subnetUsages(network, used, isComplete, counts);
    const { services, tasks } = this.visible;
    return {
      networkId: network.id,
      complete: isComplete,
      note: isComplete ? noteOf(subnets, this.usage(network)) : UNKNOWN_BALANCERS,
      subnets,
      addresses: [...network.subnets.flatMap(reservedUses), ...used]
        .map((one) => visibleUse(one, { services, tasks }))
        .map((one) => ({
          ...one,
          nodeHostname: one.nodeId === null ? null : (this.state.nodes.get(one.nodeId)?.hostname ?? null),
        }))
        .sort(byAddress),
    };
  }

  /** How full the subnets of a network are, as far as the state in memory knows. */
  usage(network: Pick<Network, 'id' | 'subnets'>): SubnetUsage[] {
    return subnetUsages(network, this.book.usedOn(network.id), this.book.isComplete, null);
  }

  /** How full the subnets of all networks are, as far as the state in memory knows; in portions. */
  async *usageOfAll(): AsyncGenerator<{ network: Network; subnets: readonly SubnetUsage[] }> {
    const used = await this.book.addressesOfAll();
    const { isComplete } = this.book;
    let count = 0;
    for (const network of this.state.networks.all()) {
      if (++count % NETWORKS_AT_ONCE === 0) await turn();
      yield { network, subnets: subnetUsages(network, used.get(network.id) ?? [], isComplete, null) };
    }
  }
}

/** What the engine counts over and above what is known to be used; null when it is the same. */
function noteOf(counted: readonly SubnetUsage[], known: readonly SubnetUsage[]): string | null {
  const more = counted.flatMap(({ subnet, used }, index) => {
    const surplus = (used ?? 0) - (known[index]?.used ?? 0);
    return surplus > 0 ? `${surplus} of ${subnet}` : [];
  });
  return more.length === 0
    ? null
    : `The engine counts more addresses in use than anything is known to have: ${more.join(', ')}.`;
}

/** Of what has an address that its reader may not see. */
const NO_SERVICE = { serviceId: null, serviceName: null };
const NO_TASK = { taskId: null, nodeId: null, containerId: null };

function visibleUse(
  use: UsedAddressOf,
  { services, tasks }: Pick<View, 'services' | 'tasks'>,
): UsedAddressOf {
  const { serviceId, taskId } = use;
  const service = serviceId !== null && services.get(serviceId) ? {} : NO_SERVICE;
  const task = taskId === null || tasks.get(taskId) ? {} : NO_TASK;
  return { ...use, ...service, ...task };
}

/** IPv4 first, then by number. */
function byAddress(a: UsedAddress, b: UsedAddress): number {
  const [first, second] = [parseAddress(a.address) ?? [], parseAddress(b.address) ?? []];
  if (first.length !== second.length) return first.length - second.length;
  const [left, right] = [numberOf(first), numberOf(second)];
  return left < right ? -1 : left > right ? 1 : 0;
}
