import { setImmediate as turn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import {
  holdsAddresses,
  loadBalancerUses,
  taskUses,
  virtualIpUses,
  type UsedAddress,
} from '../domain/address-usage.ts';
import { isWanted } from '../domain/task.ts';
import { ClusterState } from '../swarm/cluster-state.ts';

/** So many take about a millisecond. */
const TASKS_AT_ONCE = 2_000;

interface Held {
  readonly virtualIps: UsedAddress[];
  readonly loadBalancers: UsedAddress[];
}

const NOTHING: Held = { virtualIps: [], loadBalancers: [] };

/** Who has which addresses, as the state in memory knows it. */
@Injectable()
export class AddressBook {
  private revision = -1;
  private held: ReadonlyMap<string, Held> = new Map();
  private balancersAreKnown = false;

  constructor(private readonly state: ClusterState) {}

  /** Every address of a network that something has been given. */
  usedOn(networkId: string): UsedAddress[] {
    const { virtualIps, loadBalancers } = this.on(networkId);
    const tasks = this.state.tasks.by('network', networkId).flatMap((task) => taskUses(task, networkId));
    return [...virtualIps, ...loadBalancers, ...tasks];
  }

  /**
   * The same of every network that has any, by its id, without what has them: for counting. It comes in portions,
   * between which other requests are answered, and is no more exact than that.
   */
  async addressesOfAll(): Promise<ReadonlyMap<string, readonly { readonly address: string }[]>> {
    this.refresh();
    const addresses = new Map<string, { readonly address: string }[]>();
    for (const [networkId, { virtualIps, loadBalancers }] of this.held) {
      addresses.set(networkId, [...virtualIps, ...loadBalancers]);
    }
    let count = 0;
    for (const id of this.state.tasks.ids()) {
      if (++count % TASKS_AT_ONCE === 0) await turn();
      const task = this.state.tasks.get(id);
      if (!task || !holdsAddresses(task)) continue;
      for (const held of task.addresses) {
        const known = addresses.get(held.networkId);
        if (known) known.push(held);
        else addresses.set(held.networkId, [held]);
      }
    }
    return addresses;
  }

  /** Whether that is all: Docker's API, which polling asks, says nothing of the addresses of load balancers. */
  get isComplete(): boolean {
    this.refresh();
    return this.balancersAreKnown;
  }

  /** How many nodes have a load balancer's address there; null where that is not known. */
  loadBalancersOn(networkId: string): number | null {
    return this.isComplete ? this.on(networkId).loadBalancers.length : null;
  }

  /** How many addresses tasks still have that are to stop: they come back. */
  comingBackOn(networkId: string): number {
    return this.state.tasks.by('network', networkId).filter((task) => holdsAddresses(task) && !isWanted(task))
      .length;
  }

  private on(networkId: string): Held {
    this.refresh();
    return this.held.get(networkId) ?? NOTHING;
  }

  /** Virtual IPs and load balancers have no index by network: they are sorted out once for each state. */
  private refresh(): void {
    if (this.revision === this.state.revision) return;
    const held = new Map<string, Held>();
    const on = (networkId: string): Held => {
      const known = held.get(networkId) ?? { virtualIps: [], loadBalancers: [] };
      held.set(networkId, known);
      return known;
    };
    for (const service of this.state.services.all()) {
      for (const [networkId, used] of virtualIpUses(service)) on(networkId).virtualIps.push(used);
    }
    const nodes = this.state.nodes.all();
    for (const node of nodes) {
      for (const [networkId, used] of loadBalancerUses(node)) on(networkId).loadBalancers.push(used);
    }
    this.balancersAreKnown = nodes.every((node) => node.attachments !== undefined);
    this.held = held;
    this.revision = this.state.revision;
  }
}
