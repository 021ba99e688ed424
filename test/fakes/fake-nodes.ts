import { randomBytes } from 'node:crypto';
import { TASK_STATES, type Task, type TaskState } from '../../src/domain/task.ts';
import type { FakeStore } from './fake-store.ts';
import { isOpen, meets, whyNone } from './placement.ts';

/** What comes next for a task that its node works on, and what Swarm says of it. */
const NEXT: Readonly<Partial<Record<TaskState, readonly [state: TaskState, message: string]>>> = {
  assigned: ['accepted', 'accepted'],
  accepted: ['preparing', 'preparing'],
  preparing: ['ready', 'prepared'],
  ready: ['starting', 'starting'],
  starting: ['running', 'started'],
};

const rank = (state: TaskState): number => TASK_STATES.indexOf(state);

/** Gives tasks to nodes, and plays the nodes that run and end them. */
export class FakeNodes {
  constructor(private readonly store: FakeStore) {}

  /** Does one commit's worth of what there is to do; false when there was nothing. */
  step(): boolean {
    return this.schedule() || this.work() || this.reap();
  }

  private schedule(): boolean {
    return this.store.commit((transaction) => {
      const nodes = this.store.all('node');
      const load = new Map<string, number>();
      const raise = (...keys: string[]): void => {
        for (const key of keys) load.set(key, (load.get(key) ?? 0) + 1);
      };
      for (const task of this.store.all('task')) {
        if (task.nodeId && rank(task.state) <= rank('running')) {
          raise(task.nodeId, `${task.nodeId} ${task.serviceId}`);
        }
      }
      for (const task of this.store.all('task')) {
        const service = this.store.get('service', task.serviceId ?? '');
        if (task.state !== 'pending' || rank(task.desiredState) > rank('running') || !service) continue;
        const { constraints, maxReplicas } = service.placement;
        const onNode = (id: string): number => load.get(`${id} ${task.serviceId}`) ?? 0;
        const fitting = nodes
          .filter((node) => task.nodeId === null || task.nodeId === node.id)
          .filter((node) => isOpen(node) && meets(node, constraints))
          .filter((node) => maxReplicas === null || onNode(node.id) < maxReplicas)
          .sort((a, b) => onNode(a.id) - onNode(b.id) || (load.get(a.id) ?? 0) - (load.get(b.id) ?? 0));
        const [node] = fitting;
        if (node) {
          raise(node.id, `${node.id} ${task.serviceId}`);
          transaction.put('task', {
            ...task,
            nodeId: node.id,
            state: 'assigned',
            message:
              task.nodeId === null
                ? 'scheduler assigned task to node'
                : 'scheduler confirmed task can run on preassigned node',
            error: null,
          });
        } else {
          const error = whyNone(nodes, constraints);
          if (task.error !== error) transaction.put('task', { ...task, error });
        }
      }
    });
  }

  private work(): boolean {
    return this.store.commit((transaction) => {
      for (const task of this.store.all('task')) {
        const node = task.nodeId === null ? undefined : this.store.get('node', task.nodeId);
        if (node?.state !== 'ready') continue;
        const next = stepOf(task);
        if (next) transaction.put('task', next);
      }
    });
  }

  /** Tasks that are to go, and that no node has any more, are gone. */
  private reap(): boolean {
    return this.store.commit((transaction) => {
      for (const task of this.store.all('task')) {
        const isIdle = rank(task.state) < rank('assigned') || rank(task.state) > rank('running');
        if (task.desiredState === 'remove' && isIdle) transaction.remove('task', task.id);
      }
    });
  }
}

function stepOf(task: Task): Task | undefined {
  if (rank(task.state) < rank('assigned') || rank(task.state) > rank('running')) return undefined;
  if (rank(task.desiredState) > rank('running')) {
    return {
      ...task,
      state: 'shutdown',
      message: 'shutdown',
      exitCode: task.containerId === null ? null : 0,
    };
  }
  if (task.state === 'ready' && task.desiredState === 'ready') return undefined;
  const next = NEXT[task.state];
  if (!next) return undefined;
  const [state, message] = next;
  return { ...task, state, message, containerId: task.containerId ?? containerIdFor(state) };
}

const CONTAINER_ID_BYTES = 32;

function containerIdFor(state: TaskState): string | null {
  return state === 'starting' ? randomBytes(CONTAINER_ID_BYTES).toString('hex') : null;
}
