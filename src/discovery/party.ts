import { isKind } from '../domain/errors.ts';
import type { Kind } from '../domain/object.ts';
import type { ObjectOf } from '../domain/change.ts';
import type { Network } from '../domain/network.ts';
import type { Source } from '../domain/reachability.ts';
import { isWanted, taskName, type Task } from '../domain/task.ts';
import type { ClusterState } from '../swarm/cluster-state.ts';

/** What connects, and the networks that it is on, those of the routing mesh left out. */
export interface Party {
  readonly source: Source | null;
  readonly networks: readonly Network[];
}

/** The service, the network or the task, tried in this order, that a reference means; null for nothing. Fails `ambiguous`. */
export function partyOf(state: ClusterState, reference: string): Party | null {
  const service = find(state, 'service', reference);
  if (service) {
    const tasks = state.tasks.by('service', service.id);
    const networks = service.networks.map(({ networkId }) => networkId);
    return { source: { name: service.name, service, tasks }, networks: networksOf(state, networks) };
  }
  const network = find(state, 'network', reference);
  if (network) return { source: null, networks: networksOf(state, [network.id]) };
  const task = liveTask(state, reference) ?? find(state, 'task', reference);
  if (!task) return null;
  const of = task.serviceId === null ? undefined : state.services.get(task.serviceId);
  const networks = of?.networks ?? task.addresses;
  return {
    source: of ? { name: taskName(task), service: of, tasks: [task] } : null,
    networks: networksOf(
      state,
      networks.map(({ networkId }) => networkId),
    ),
  };
}

/** The object of a kind that a reference means; undefined for none. Fails `ambiguous`. */
export function find<K extends Kind>(
  state: ClusterState,
  kind: K,
  reference: string,
): ObjectOf[K] | undefined {
  try {
    return state.resolve(kind, reference);
  } catch (error) {
    if (isKind(error, 'not-found')) return undefined;
    throw error;
  }
}

/** A task's name is also that of those that were in its place before. */
function liveTask(state: ClusterState, name: string): Task | undefined {
  const live = state.tasks.named(name).filter(isWanted);
  return live.length === 1 ? live[0] : undefined;
}

/** The networks with these ids that connect tasks: not that of the routing mesh. */
export function networksOf(state: ClusterState, ids: readonly string[]): Network[] {
  return ids.flatMap((id) => state.networks.get(id) ?? []).filter(({ ingress }) => !ingress);
}
