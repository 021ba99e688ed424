import type { Node, NodeSpec } from './node.ts';
import { NO_TASKS, type TaskEffects } from './plan.ts';
import { isWanted, TASK_STATES, type Task } from './task.ts';

/**
 * What happens to tasks when a node is changed: draining it moves those of services that are not global, and ends those
 * that are (https://docs.docker.com/engine/swarm/swarm-tutorial/drain-node/).
 * @param tasks all on the node
 */
export function drainEffects(
  before: Node,
  after: NodeSpec,
  tasks: readonly Task[],
  isGlobal: (serviceId: string) => boolean,
): TaskEffects {
  if (after.availability !== 'drain' || before.availability === 'drain') return NO_TASKS;
  const live = tasks.filter(
    (task) =>
      task.serviceId !== null &&
      isWanted(task) &&
      TASK_STATES.indexOf(task.state) <= TASK_STATES.indexOf('running'),
  );
  const removed = live.filter((task) => isGlobal(task.serviceId ?? '')).length;
  const reasons =
    live.length > 0 ? ['The tasks of the node are ended; other nodes get them, except global ones.'] : [];
  return { restarted: live.length - removed, added: 0, removed, reasons };
}
