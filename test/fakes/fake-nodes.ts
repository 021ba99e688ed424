import { randomBytes } from 'node:crypto';
import { meetsConstraints } from '../../src/domain/placement.ts';
import type { PublishedPort, Service } from '../../src/domain/service.ts';
import { TASK_STATES, type Task, type TaskState } from '../../src/domain/task.ts';
import type { FakeStore } from './fake-store.ts';
import { isOpen, whyNone } from './placement.ts';

/** What comes next for a task that its node works on, and what Swarm says of it. */
const NEXT: Readonly<Partial<Record<TaskState, readonly [state: TaskState, message: string]>>> = {
  assigned: ['accepted', 'accepted'],
  accepted: ['preparing', 'preparing'],
  preparing: ['ready', 'prepared'],
  ready: ['starting', 'starting'],
  starting: ['running', 'started'],
};

/** Where Linux begins to choose ports by itself. */
const FIRST_EPHEMERAL_PORT = 32_768;

const rank = (state: TaskState): number => TASK_STATES.indexOf(state);

/** Gives tasks to nodes, and plays the nodes that run and end them. */
export class FakeNodes {
  private nextPort = FIRST_EPHEMERAL_PORT;

  constructor(private readonly store: FakeStore) {}

  /** Does one commit's worth of what there is to do; false when there was nothing. */
  step(): boolean {
    return this.takeRoles() || this.schedule() || this.work() || this.reap();
  }

  /** A node becomes what it is to be some time after it was told. A leader first hands over. */
  private takeRoles(): boolean {
    return this.store.commit((transaction) => {
      const nodes = this.store.all('node');
      const heir = nodes.find(
        (node) => node.role === 'manager' && node.manager?.reachability === 'reachable',
      );
      for (const node of nodes) {
        const { role, manager } = node;
        if (role === 'manager' && manager === null && node.state === 'ready') {
          const address = `${node.address}:2377`;
          transaction.put('node', {
            ...node,
            manager: { leader: false, reachability: 'reachable', address },
          });
        } else if (role === 'worker' && manager !== null) {
          transaction.put('node', { ...node, manager: null });
          if (manager.leader && heir?.manager) {
            transaction.put('node', { ...heir, manager: { ...heir.manager, leader: true } });
          }
        }
      }
    });
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
          // One that only waits for its node, as those of global services do, has nothing of it yet.
          if (task.state !== 'pending') {
            raise(...hostPorts(task.nodeId, this.store.get('service', task.serviceId ?? '')));
          }
        }
      }
      for (const task of this.store.all('task')) {
        const service = this.store.get('service', task.serviceId ?? '');
        if (task.state !== 'pending' || rank(task.desiredState) > rank('running') || !service) continue;
        const { constraints, maxReplicas } = service.placement;
        const hasPortsFree = (id: string): boolean => !hostPorts(id, service).some((key) => load.has(key));
        const onNode = (id: string): number => load.get(`${id} ${task.serviceId}`) ?? 0;
        const fitting = nodes
          .filter((node) => task.nodeId === null || task.nodeId === node.id)
          .filter((node) => isOpen(node) && meetsConstraints(node, constraints))
          .filter((node) => maxReplicas === null || onNode(node.id) < maxReplicas)
          .filter((node) => hasPortsFree(node.id))
          .sort((a, b) => onNode(a.id) - onNode(b.id) || (load.get(a.id) ?? 0) - (load.get(b.id) ?? 0));
        const [node] = fitting;
        if (node) {
          raise(node.id, `${node.id} ${task.serviceId}`, ...hostPorts(node.id, service));
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
          const suitable = nodes.filter((each) => isOpen(each) && meetsConstraints(each, constraints));
          const blocked = suitable.filter((each) => !hasPortsFree(each.id)).length;
          const error =
            blocked > 0 && blocked === suitable.length
              ? `no suitable node (host-mode port already in use on ${blocked} node${blocked === 1 ? '' : 's'})`
              : whyNone(nodes, constraints);
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
        // A real one gives up after 30 seconds: "node is missing network attachments".
        const reached = new Set(node.attachments?.map((attachment) => attachment.networkId));
        const isCutOff = task.addresses.some((address) => !reached.has(address.networkId));
        if (task.state === 'preparing' && isCutOff && rank(task.desiredState) <= rank('running')) continue;
        const next = stepOf(task);
        if (!next) continue;
        const service = this.store.get('service', task.serviceId ?? '');
        const openPorts = next.state === 'running' ? this.open(service) : [];
        transaction.put('task', { ...next, openPorts });
      }
    });
  }

  /** The ports in host mode that a node opens for a task of the service. */
  private open(service: Service | undefined): readonly PublishedPort[] {
    return (service?.ports ?? [])
      .filter((port) => port.publishMode === 'host')
      .map((port) => ({ ...port, publishedPort: port.publishedPort ?? this.nextPort++ }));
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

/** What a task of the service has of a node: a port in host mode is there once on each. */
function hostPorts(nodeId: string, service: Service | undefined): string[] {
  return (service?.ports ?? [])
    .filter((port) => port.publishMode === 'host' && port.publishedPort !== null)
    .map((port) => `${nodeId} :${port.publishedPort}/${port.protocol}`);
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
