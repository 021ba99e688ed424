import type { ObjectOf } from '../../domain/change.ts';
import { KINDS, type Kind, type SwarmObject } from '../../domain/object.ts';
import type { UpdateState } from '../../domain/service.ts';
import { TASK_STATES, isWanted, type Task, type TaskState } from '../../domain/task.ts';
import type { Snapshot, SourceEvent } from '../change-source.ts';
import { sameContent } from '../same-content.ts';

/** Whole lists of some kinds: a kind that could not be listed is not in it. */
export type Lists = { -readonly [K in Kind]?: readonly ObjectOf[K][] };

/** What is referred to comes before what refers to it; what goes away goes in the opposite order. */
const REFERRED_FIRST: readonly Kind[] = ['node', 'network', 'config', 'service', 'task'];

const UNDER_WAY: readonly (UpdateState | undefined)[] = ['updating', 'rollback_started'];

type Seen = { readonly [K in Kind]: Map<string, ObjectOf[K]> };

/** What the lists have said so far, and with it what a new list changes. */
export class LastSeen {
  private readonly seen: Seen = {
    node: new Map(),
    network: new Map(),
    service: new Map(),
    task: new Map(),
    config: new Map(),
  };

  /**
   * Takes new lists in and answers the events that lead from the old ones to them. Only an object missing from a
   * list of its kind that is there and whole is removed.
   */
  take(lists: Lists): SourceEvent[] {
    const upserts: SourceEvent[] = [];
    const removals: SourceEvent[] = [];
    for (const kind of REFERRED_FIRST) this.takeKind(kind, lists, upserts, removals);
    return [...upserts, ...removals.reverse()];
  }

  /** Everything that was last seen. */
  snapshot(): Snapshot {
    return Object.fromEntries(
      KINDS.map((kind) => [kind, [...this.seen[kind].values()]]),
    ) as unknown as Snapshot;
  }

  /** True while a network waits for its addresses. */
  get hasNewNetworks(): boolean {
    return some(this.seen.network, (network) => !network.allocated);
  }

  /** True while the swarm has not yet done what it was told: a task lags its desired state, an update runs. */
  get isConverging(): boolean {
    return (
      this.hasNewNetworks ||
      some(this.seen.service, ({ updateStatus }) => UNDER_WAY.includes(updateStatus?.state)) ||
      some(this.seen.task, lags)
    );
  }

  private takeKind<K extends Kind>(
    kind: K,
    lists: Lists,
    upserts: SourceEvent[],
    removals: SourceEvent[],
  ): void {
    const list = lists[kind];
    if (!list) return;
    const seen: Map<string, ObjectOf[K]> = this.seen[kind];
    const there = new Set<string>();
    for (const listed of list) {
      there.add(listed.id);
      const before = seen.get(listed.id);
      const object =
        kind === 'task'
          ? (this.withServiceName(listed as Task, before as Task | undefined) as ObjectOf[K])
          : listed;
      if (before && !isNews(kind, before, object)) continue;
      seen.set(object.id, object);
      upserts.push({ type: 'upsert', kind, object } as SourceEvent);
    }
    for (const id of seen.keys()) {
      if (there.has(id)) continue;
      seen.delete(id);
      removals.push({ type: 'remove', kind, id });
    }
  }

  /** A task keeps the name of its service when the service is gone, as it does in swarmkit's own stream. */
  private withServiceName(task: Task, before: Task | undefined): Task {
    if (task.serviceName !== null || task.serviceId === null) return task;
    const serviceName = this.seen.service.get(task.serviceId)?.name ?? before?.serviceName ?? null;
    return serviceName === null ? task : { ...task, serviceName };
  }
}

/**
 * Whether a list says more of an object than the one before. Only where something can change without a version are
 * objects of the same version compared field by field: for every task of a large swarm that would take too long.
 */
function isNews(kind: Kind, before: SwarmObject, after: SwarmObject): boolean {
  if (before.version !== after.version) return after.version > before.version;
  switch (kind) {
    case 'task':
      // The one thing of a task that comes from elsewhere.
      return (before as Task).serviceName !== (after as Task).serviceName;
    case 'node': // Who manages and who leads is not part of a node's version.
    case 'network': // The Engine API says no version of a network.
      return !sameContent(before, after);
    default:
      return false;
  }
}

const at = (state: TaskState): number => TASK_STATES.indexOf(state);

function lags(task: Task): boolean {
  return isWanted(task) ? at(task.state) < at(task.desiredState) : at(task.state) < at('complete');
}

/** Not by copying: there may be a hundred thousand. */
function some<T>(objects: ReadonlyMap<string, T>, holds: (object: T) => boolean): boolean {
  for (const object of objects.values()) if (holds(object)) return true;
  return false;
}
