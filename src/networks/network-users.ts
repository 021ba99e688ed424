import { countedHidden, type View } from '../api/visible-state.ts';
import { holdsAddresses } from '../domain/address-usage.ts';
import { DomainError } from '../domain/errors.ts';
import type { NetworkUser } from '../domain/network-user.ts';
import type { Network } from '../domain/network.ts';
import { cameToItsNode, isWanted, taskName, type Task } from '../domain/task.ts';
import type { ClusterState } from '../swarm/cluster-state.ts';

/** An error names this many of each kind in its text; `usedBy` has them all. */
const NAMED = 5;

/**
 * All that keeps Swarm from removing a network: the services attached to it, their tasks, and containers that joined
 * by hand. Tasks that are to stop are none of it, as in Swarm.
 */
export function usersOf(state: ClusterState, networkId: string): NetworkUser[] {
  return [
    ...state.services
      .by('network', networkId)
      .map(({ id, name }): NetworkUser => ({ kind: 'service', id, name, nodeId: null })),
    ...tasksOn(state, networkId).filter(isWanted).map(userOf),
  ];
}

/**
 * The tasks and containers that have an address on a network and are to go on, or still have to end. One that was told
 * to go before it came to a node never runs, though Swarm may keep it, with its addresses, as history; and when those
 * end that are on a node that is down nobody can say.
 */
export function tasksOn(state: ClusterState, networkId: string): Task[] {
  const isUp = (nodeId: string | null): boolean =>
    nodeId === null || state.nodes.get(nodeId)?.state !== 'down';
  return state.tasks
    .by('network', networkId)
    .filter((task) => holdsAddresses(task) && (isWanted(task) || (cameToItsNode(task) && isUp(task.nodeId))));
}

/** A task as what uses a network. */
export function userOf(task: Task): NetworkUser {
  const { id, serviceId, containerId, nodeId } = task;
  return serviceId === null
    ? { kind: 'container', id: containerId ?? id, name: containerId?.slice(0, 12) ?? id, nodeId }
    : { kind: 'task', id, name: taskName(task), nodeId };
}

function isVisible(
  { kind, id }: NetworkUser,
  { services, tasks }: Pick<View, 'services' | 'tasks'>,
): boolean {
  if (kind === 'service') return services.get(id) !== undefined;
  // Of containers that joined by hand only the task tells, which has another id.
  return kind === 'task' ? tasks.get(id) !== undefined : tasks.all().some((task) => task.containerId === id);
}

/** The error for a network that cannot be deleted yet. Users that `view` does not show are only counted. */
export function inUse(
  network: Network,
  users: readonly NetworkUser[],
  advice: string,
  view: Pick<View, 'services' | 'tasks'>,
): DomainError {
  const usedBy = users.filter((user) => isVisible(user, view));
  const hidden = users.length - usedBy.length;
  const said = (['service', 'task', 'container'] as const).flatMap((kind) => {
    const names = usedBy.filter((user) => user.kind === kind).map((user) => user.name);
    const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
    if (names.length === 0) return [];
    return `the ${kind}${names.length === 1 ? '' : 's'} ${names.slice(0, NAMED).join(', ')}${more}`;
  });
  said.push(...countedHidden(hidden));
  return new DomainError('in-use', `The network "${network.name}" is used by ${said.join('; ')}. ${advice}`, {
    usedBy,
  });
}
