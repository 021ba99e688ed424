import { holdsAddresses } from '../../src/domain/address-usage.ts';
import type { Network } from '../../src/domain/network.ts';
import type { PublishedPort, Service } from '../../src/domain/service.ts';
import { firstHost, freeAddress, freeSubnet, isTaken } from './address-pool.ts';
import type { FakeStore } from './fake-store.ts';

const VXLAN_OPTION = 'com.docker.network.driver.overlay.vxlanid_list';
const FIRST_VXLAN_ID = 4097;
const FIRST_DYNAMIC_PORT = 30_000;

interface Address {
  readonly networkId: string;
  readonly address: string;
}

/** Gives networks their subnets, services their virtual IPs and ports, tasks and the nodes they run on their addresses. */
export class FakeAllocator {
  private nextVxlanId = FIRST_VXLAN_ID;

  constructor(private readonly store: FakeStore) {}

  /** Does one commit's worth of what there is to do; false when there was nothing. */
  step(): boolean {
    return this.allocateNetworks() || this.allocateServices() || this.allocateTasks() || this.allocateNodes();
  }

  /** One address of a network that nobody has; undefined when there is none left. */
  freeAddressOf(networkId: string): string | undefined {
    return this.addressesOn([networkId], this.usedAddresses())?.[0]?.address;
  }

  private allocateNetworks(): boolean {
    return this.store.commit((transaction) => {
      const taken = this.store.all('network').filter((network) => network.allocated);
      for (const network of this.store.all('network')) {
        if (network.allocated) continue;
        // Swarm tries such a network again and again, and leaves it as it is.
        if (network.subnets.some((subnet) => isTaken(subnet.subnet, taken))) continue;
        const subnets =
          network.subnets.length > 0
            ? network.subnets
            : [{ subnet: freeSubnet(taken), gateway: null, ipRange: null, auxAddresses: {} }];
        const vxlanIds = subnets.map(() => this.nextVxlanId++);
        const allocated: Network = {
          ...network,
          subnets: subnets.map((subnet) => ({
            ...subnet,
            gateway: subnet.gateway ?? firstHost(subnet),
          })),
          options: { ...network.options, [VXLAN_OPTION]: vxlanIds.join(',') },
          allocated: true,
        };
        taken.push(allocated);
        transaction.put('network', allocated);
      }
    });
  }

  private allocateServices(): boolean {
    return this.store.commit((transaction) => {
      const addresses = this.usedAddresses();
      const ports = this.usedPorts();
      for (const service of this.store.all('service')) {
        if (this.isAllocated(service)) continue;
        const { kept, missing } = this.virtualIpsOf(service);
        const given = this.addressesOn(missing, addresses);
        const publishedPorts = given && portsFor(service, ports);
        if (!given || !publishedPorts) continue;
        transaction.put('service', { ...service, virtualIps: [...kept, ...given], publishedPorts });
      }
    });
  }

  private allocateTasks(): boolean {
    return this.store.commit((transaction) => {
      const used = this.usedAddresses();
      for (const task of this.store.all('task')) {
        const service = task.state === 'new' ? this.store.get('service', task.serviceId ?? '') : undefined;
        if (!service || !this.isAllocated(service)) continue;
        const addresses = this.addressesOn(this.networksOf(service), used);
        if (!addresses) continue;
        transaction.put('task', {
          ...task,
          state: 'pending',
          message: 'pending task scheduling',
          addresses,
        });
      }
    });
  }

  /**
   * A node has an address of its own on each network that its tasks are on, and on that of the routing mesh: the load
   * balancer's. Where none is left, its tasks wait.
   */
  private allocateNodes(): boolean {
    return this.store.commit((transaction) => {
      const used = this.usedAddresses();
      const live = this.store.all('task').filter(holdsAddresses);
      const ingress = this.store.all('network').filter((network) => network.ingress);
      for (const node of this.store.all('node')) {
        const needed = new Set([
          ...ingress.map((network) => network.id),
          ...live
            .filter((task) => task.nodeId === node.id && task.state !== 'new')
            .flatMap((task) => task.addresses.map((address) => address.networkId)),
        ]);
        const before = node.attachments ?? [];
        const kept = before.filter((attachment) => needed.has(attachment.networkId));
        const missing = [...needed].filter((id) => !kept.some((attachment) => attachment.networkId === id));
        const given = missing.flatMap((id) => this.addressesOn([id], used) ?? []);
        if (given.length === 0 && kept.length === before.length) continue;
        transaction.put('node', { ...node, attachments: [...kept, ...given] });
      }
    });
  }

  private isAllocated(service: Service): boolean {
    const { kept, missing } = this.virtualIpsOf(service);
    return (
      missing.length === 0 &&
      kept.length === service.virtualIps.length &&
      sameTargets(service.ports, service.publishedPorts)
    );
  }

  /** The virtual IPs that a service keeps, and the networks that it still needs one on. */
  private virtualIpsOf(service: Service): { kept: Address[]; missing: string[] } {
    const wanted = service.endpointMode === 'vip' ? this.networksOf(service) : [];
    const kept = service.virtualIps.filter((vip) => wanted.includes(vip.networkId));
    return { kept, missing: wanted.filter((id) => !kept.some((vip) => vip.networkId === id)) };
  }

  /** One address on each network, noted as used; undefined unless all can be had. */
  private addressesOn(ids: readonly string[], used: Map<string, Set<string>>): Address[] | undefined {
    const given: Address[] = [];
    for (const networkId of ids) {
      const network = this.store.get('network', networkId);
      const taken = used.get(networkId) ?? new Set<string>();
      used.set(networkId, taken);
      const [address] = network?.allocated
        ? network.subnets.flatMap((subnet) => freeAddress(subnet, taken) ?? [])
        : [];
      if (address === undefined) return undefined;
      taken.add(address);
      given.push({ networkId, address });
    }
    return given;
  }

  /** The networks that the tasks of a service join: its own, and the routing mesh's when it publishes there. */
  private networksOf(service: Service): string[] {
    const ingress = service.ports.some((port) => port.publishMode === 'ingress')
      ? this.store.all('network').filter((network) => network.ingress)
      : [];
    return [
      ...ingress.map((network) => network.id),
      ...service.networks.map((attachment) => attachment.networkId),
    ];
  }

  private usedAddresses(): Map<string, Set<string>> {
    const used = new Map<string, Set<string>>();
    const note = ({ networkId, address }: Address): void => {
      const addresses = used.get(networkId) ?? new Set<string>();
      used.set(networkId, addresses.add(address));
    };
    for (const service of this.store.all('service')) service.virtualIps.forEach(note);
    for (const node of this.store.all('node')) node.attachments?.forEach(note);
    for (const task of this.store.all('task')) if (holdsAddresses(task)) task.addresses.forEach(note);
    return used;
  }

  private usedPorts(): Set<string> {
    const given = this.store.all('service').flatMap((service) => service.publishedPorts);
    return new Set(given.filter((port) => port.publishMode === 'ingress').map(portKey));
  }
}

const portKey = (port: PublishedPort): string => `${port.publishedPort}/${port.protocol}`;

/** True when `given` is what Swarm would have given for `asked`. */
function sameTargets(asked: readonly PublishedPort[], given: readonly PublishedPort[]): boolean {
  return (
    asked.length === given.length &&
    asked.every((port, index) => {
      const other = given[index];
      return (
        other?.targetPort === port.targetPort &&
        other.protocol === port.protocol &&
        other.publishMode === port.publishMode &&
        (port.publishedPort === null || other.publishedPort === port.publishedPort)
      );
    })
  );
}

/** The ports asked for, with numbers where none were; undefined while one of them is another service's. */
function portsFor(service: Service, used: Set<string>): PublishedPort[] | undefined {
  const own = new Set(service.publishedPorts.map(portKey));
  const given: PublishedPort[] = [];
  for (const port of service.ports) {
    const before = service.publishedPorts.find(
      (other) =>
        other.targetPort === port.targetPort &&
        other.protocol === port.protocol &&
        other.publishMode === port.publishMode,
    );
    let publishedPort = port.publishedPort;
    if (publishedPort === null && port.publishMode === 'ingress') {
      publishedPort = before?.publishedPort ?? FIRST_DYNAMIC_PORT;
      while (!before && used.has(portKey({ ...port, publishedPort }))) publishedPort++;
    }
    const chosen = { ...port, publishedPort };
    const key = portKey(chosen);
    if (port.publishMode === 'ingress' && used.has(key) && !own.has(key)) return undefined;
    if (port.publishMode === 'ingress') used.add(key);
    given.push(chosen);
  }
  return given;
}
