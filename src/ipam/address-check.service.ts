import { Injectable } from '@nestjs/common';
import { addressNeed, type AddressNeed, type HeldAddresses } from '../domain/address-need.ts';
import { refuseConflicts, type FieldError } from '../domain/errors.ts';
import type { Network } from '../domain/network.ts';
import type { AddressDemand } from '../domain/plan.ts';
import type { ServiceSpec } from '../domain/service.ts';
import { isWanted } from '../domain/task.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { AddressBook } from './address-book.ts';
import { AddressesService } from './addresses.service.ts';

/** Swarm takes a service in whether there are addresses for it or not, and leaves it waiting: so ask first. */
@Injectable()
export class AddressCheck {
  constructor(
    private readonly state: ClusterState,
    private readonly addresses: AddressesService,
    private readonly book: AddressBook,
  ) {}

  /**
   * Fails `conflict`, naming each network that has fewer addresses left than the change needs at least.
   * @param serviceId null for a new service, as is `before`
   */
  assertEnough(serviceId: string | null, before: ServiceSpec | null, after: ServiceSpec): void {
    refuseConflicts(
      this.needs(serviceId, before, after).flatMap((need) => this.shortage(need, before, after)),
    );
  }

  /** How many addresses of each network a change needs at least, and how many are left there. */
  demands(serviceId: string | null, before: ServiceSpec | null, after: ServiceSpec): AddressDemand[] {
    return this.needs(serviceId, before, after).flatMap(({ networkId, atLeast }) => {
      const network = this.state.networks.get(networkId);
      return isOfSwarm(network) ? [{ networkId, needed: atLeast, free: this.left(network) }] : [];
    });
  }

  private needs(serviceId: string | null, before: ServiceSpec | null, after: ServiceSpec): AddressNeed[] {
    const ingress = this.state.networks.all().find((network) => network.ingress);
    return addressNeed(before, after, (networkId) => this.heldBy(serviceId, networkId), {
      ingressId: ingress?.id ?? null,
      globalTasks: this.globalTasks(serviceId, after),
      loadBalancersOn: (networkId) => this.book.loadBalancersOn(networkId),
    });
  }

  private left(network: Network): number {
    const usages = this.addresses.usage(network);
    return usages.reduce((sum, usage) => sum + usage.freeAtMost, 0) + this.book.comingBackOn(network.id);
  }

  private shortage(need: AddressNeed, before: ServiceSpec | null, after: ServiceSpec): FieldError[] {
    const network = this.state.networks.get(need.networkId);
    if (!isOfSwarm(network) || need.atLeast <= 0) return [];
    const left = this.left(network);
    if (need.atLeast <= left) return [];
    const subnets = network.subnets.map(({ subnet }) => subnet).join(', ');
    return [
      {
        pointer: pointerTo(need.networkId, before, after),
        detail: `The network "${network.name}" (${subnets}) has ${left} of its addresses left, and this needs at least ${need.atLeast}: ${parts(need)}. Make room there (GET /v1/networks/${network.name}/addresses shows what has them), or use a larger network.`,
      },
    ];
  }

  private heldBy(serviceId: string | null, networkId: string): HeldAddresses {
    if (serviceId === null) return { hasVirtualIp: false, tasks: 0 };
    const service = this.state.services.get(serviceId);
    const tasks = this.state.tasks
      .by('service', serviceId)
      .filter((task) => isWanted(task) && task.addresses.some((address) => address.networkId === networkId));
    return {
      hasVirtualIp: service?.virtualIps.some((vip) => vip.networkId === networkId) ?? false,
      tasks: tasks.length,
    };
  }

  /** Which nodes meet constraints is Swarm's to say: those of a new service with any are not counted. */
  private globalTasks(serviceId: string | null, { mode, placement }: ServiceSpec): number {
    if (mode !== 'global' && mode !== 'global-job') return 0;
    if (serviceId !== null) return this.state.taskCounts.of(serviceId).wanted;
    if (placement.constraints.length > 0) return 0;
    return this.state.nodes.all().filter((node) => node.state === 'ready' && node.availability === 'active')
      .length;
  }
}

/** Networks of other drivers, and those that wait for their own subnet, have no addresses that Swarm gives out. */
function isOfSwarm(network: Network | undefined): network is Network {
  return network?.driver === 'overlay' && network.subnets.length > 0;
}

function parts({ virtualIps, tasks, spare, loadBalancers }: AddressNeed): string {
  const said = [
    [tasks, 'for new tasks'],
    [tasks > 0 ? 0 : spare, 'for the new task that "start-first" runs beside the old one'],
    [virtualIps, 'for the virtual IP'],
    [loadBalancers, 'for load balancers of nodes'],
  ] as const;
  return said
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(', ');
}

/** Where in the request the need comes from. */
function pointerTo(networkId: string, before: ServiceSpec | null, after: ServiceSpec): string {
  const index = after.networks.findIndex((attachment) => attachment.networkId === networkId);
  if (before !== null && before.networks.some((attachment) => attachment.networkId === networkId)) {
    return (after.replicas ?? 0) > (before.replicas ?? 0) ? '/replicas' : '';
  }
  return index < 0 ? '/ports' : `/networks/${index}/network`;
}
