import { Injectable } from '@nestjs/common';
import { NameBook } from '../discovery/name-book.ts';
import type { NetworkNames } from '../discovery/network-names.ts';
import { containerName } from '../domain/hostname.ts';
import type { NameRecord, Resolution } from '../domain/names.ts';
import { ITSELF } from '../domain/role.ts';
import type { Network } from '../domain/network.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import type { Endpoint, ZoneName, ZoneNames, ZoneNetwork } from './zone.ts';

/**
 * How long what is above all names of a network is kept, in milliseconds: finding it out takes some 15 ms where there
 * are 10,000 tasks, and whoever asks for names that are not there could have it done after every change.
 */
const PARENTS_KEPT_MS = 1_000;

/** Names that others are below; until when to go by it. */
interface Parents {
  readonly parents: ReadonlySet<string>;
  readonly until: number;
}

/** The names of the swarm's networks, each as the embedded DNS of Docker answers it there. */
@Injectable()
export class SwarmNames implements ZoneNames {
  private networks: {
    readonly of: readonly Network[];
    readonly byName: ReadonlyMap<string, Network>;
  } | null = null;
  private readonly parents = new WeakMap<NetworkNames, Parents>();

  constructor(
    private readonly state: ClusterState,
    private readonly book: NameBook,
  ) {}

  get ready(): boolean {
    return this.state.hasSynced;
  }

  get serial(): number {
    return this.state.highestVersion;
  }

  network(name: string): ZoneNetwork | null {
    const network = this.byName().get(name.toLowerCase());
    if (!network) return null;
    const names = this.book.of(network, ITSELF);
    return {
      find: (wanted) => {
        const resolution = names.find(wanted);
        return resolution ? this.zoneName(network, resolution) : null;
      },
      isParent: (wanted) => this.parentsIn(names).has(wanted.toLowerCase()),
    };
  }

  private zoneName(network: Network, { records }: Resolution): ZoneName {
    return {
      addresses: records.map(({ address }) => address),
      endpoints: () => records.flatMap((record) => this.endpointsOf(network, record)),
    };
  }

  /** The ports in its containers that a service publishes: there, and on its virtual IP, it listens inside a network. */
  private endpointsOf(network: Network, { address, serviceId, taskId }: NameRecord): Endpoint[] {
    const service = serviceId === null ? undefined : this.state.services.get(serviceId);
    const task = taskId === null ? undefined : this.state.tasks.get(taskId);
    if (!service) return [];
    const host = `${task ? containerName(task, service) : service.name}.${network.name}`;
    const ports = new Map(service.ports.map((port) => [`${port.targetPort}/${port.protocol}`, port]));
    return [...ports.values()].map(({ targetPort: port, protocol }) => ({ protocol, port, host, address }));
  }

  /** Of networks whose names differ in nothing but case, the one that was there first. */
  private byName(): ReadonlyMap<string, Network> {
    const networks = this.state.networks.all();
    if (this.networks?.of !== networks) {
      const newestFirst = networks.toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
      const byName = new Map(newestFirst.map((network) => [network.name.toLowerCase(), network]));
      this.networks = { of: networks, byName };
    }
    return this.networks.byName;
  }

  private parentsIn(names: NetworkNames): ReadonlySet<string> {
    const now = performance.now();
    const known = this.parents.get(names);
    if (known && now < known.until) return known.parents;
    const parents = new Set(names.all().flatMap(({ name }) => parentsOf(name.toLowerCase())));
    this.parents.set(names, { parents, until: now + PARENTS_KEPT_MS });
    return parents;
  }
}

/** `b.c` and `c` of `a.b.c`. */
function parentsOf(name: string): string[] {
  const labels = name.split('.');
  return labels.slice(1).map((_, index) => labels.slice(index + 1).join('.'));
}
