import type { View, VisibleKind } from '../api/visible-state.ts';
import { isKind } from '../domain/errors.ts';
import type { ObjectOf } from '../domain/change.ts';
import type { Network } from '../domain/network.ts';
import type { Source } from '../domain/reachability.ts';
import { isWanted, taskName, type Task } from '../domain/task.ts';

/** What connects, and the networks that it is on, those of the routing mesh left out. */
export interface Party {
  readonly source: Source | null;
  readonly networks: readonly Network[];
}

/** The service, the network or the task, tried in this order, that a reference means; null for nothing. Fails `ambiguous`. */
export function partyOf(view: View, reference: string): Party | null {
  const service = find(view, 'service', reference);
  if (service) {
    const tasks = view.tasks.by('service', service.id);
    const networks = service.networks.map(({ networkId }) => networkId);
    return { source: { name: service.name, service, tasks }, networks: networksOf(view, networks) };
  }
  const network = find(view, 'network', reference);
  if (network) return { source: null, networks: networksOf(view, [network.id]) };
  const task = liveTask(view, reference) ?? find(view, 'task', reference);
  if (!task) return null;
  const of = task.serviceId === null ? undefined : view.services.get(task.serviceId);
  const networks = of?.networks ?? task.addresses;
  return {
    source: of ? { name: taskName(task), service: of, tasks: [task] } : null,
    networks: networksOf(
      view,
      networks.map(({ networkId }) => networkId),
    ),
  };
}

/** The object of a kind that a reference means; undefined for none. Fails `ambiguous`. */
export function find<K extends VisibleKind>(view: View, kind: K, reference: string): ObjectOf[K] | undefined {
  try {
    return view.resolve(kind, reference);
  } catch (error) {
    if (isKind(error, 'not-found')) return undefined;
    throw error;
  }
}

/** A task's name is also that of those that were in its place before. */
function liveTask(view: View, name: string): Task | undefined {
  const live = view.tasks.named(name).filter(isWanted);
  return live.length === 1 ? live[0] : undefined;
}

/** The networks with these ids that connect tasks: not that of the routing mesh. */
export function networksOf(view: View, ids: readonly string[]): Network[] {
  return ids.flatMap((id) => view.networks.get(id) ?? []).filter(({ ingress }) => !ingress);
}
