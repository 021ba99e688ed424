import type { Change } from '../domain/change.ts';
import { isOfRouters, type RouterReach } from '../domain/route-network.ts';
import { isWanted, type Task } from '../domain/task.ts';
import type { ClusterState } from '../swarm/cluster-state.ts';

/** Where the routers of the swarm are, kept up with it. */
export class RouterPlaces {
  /** Null while no router runs as a task of the swarm. */
  reach: RouterReach | null;
  private readonly services = new Set<string>();

  constructor(private readonly state: ClusterState) {
    for (const service of state.services.all()) {
      if (isOfRouters(service.labels)) this.services.add(service.id);
    }
    this.reach = this.look();
  }

  /** Takes changes in; answers whether routers are elsewhere than before. */
  take(changes: readonly Change[]): boolean {
    let isTouched = false;
    for (const change of changes) if (this.concerns(change)) isTouched = true;
    if (!isTouched) return false;
    const before = this.reach;
    this.reach = this.look();
    return before === null || this.reach === null
      ? before !== this.reach
      : !isSame(before.networks, this.reach.networks) || !isSame(before.ports, this.reach.ports);
  }

  private concerns({ kind, type, object }: Change): boolean {
    if (kind === 'task') return this.services.has(object.serviceId ?? '');
    if (kind !== 'service') return false;
    const was = this.services.delete(object.id);
    const is = type !== 'REMOVED' && isOfRouters(object.labels);
    if (is) this.services.add(object.id);
    return was || is;
  }

  private look(): RouterReach | null {
    const networks = new Set<string>();
    const ports = new Set<number>();
    let isAnywhere = false;
    for (const id of this.services) {
      const [first, ...others] = this.state.tasks.by('service', id).filter(runs).map(networksOf);
      if (!first) continue;
      isAnywhere = true;
      for (const network of first) if (others.every((each) => each.has(network))) networks.add(network);
      for (const { targetPort } of this.state.services.get(id)?.ports ?? []) ports.add(targetPort);
    }
    return isAnywhere ? { networks, ports } : null;
  }
}

const runs = (task: Task): boolean => task.state === 'running' && isWanted(task);

const networksOf = ({ addresses }: Task): ReadonlySet<string> =>
  new Set(addresses.map(({ networkId }) => networkId));

function isSame<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  return a.size === b.size && [...a].every((item) => b.has(item));
}
