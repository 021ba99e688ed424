import type { Change, ObjectOf } from '../domain/change.ts';
import { DomainError } from '../domain/errors.ts';
import { KINDS, STACK_LABEL, type Kind, type StringMap, type SwarmObject } from '../domain/object.ts';
import { ORDER } from '../domain/order.ts';
import { resolve } from '../domain/reference.ts';
import { taskName, type Task } from '../domain/task.ts';
import type { Snapshot, SourceEvent } from './change-source.ts';
import { Collection } from './collection.ts';
import { deepFreeze } from './deep-freeze.ts';
import { TaskCounts } from './task-counts.ts';

/** How long a write waits until the state shows it, in milliseconds; seen: 1 to 20. */
export const SHOWN_WITHIN_MS = 5_000;

/**
 * Told of each batch after the whole of it can be read. An empty one says that the state was cut off from its
 * source, or is live again. Must be quick and must not throw.
 */
export type ChangeListener = (changes: readonly Change[]) => void;

const stackOf = (object: { readonly labels: StringMap }): readonly string[] => {
  const stack = object.labels[STACK_LABEL];
  return stack === undefined ? [] : [stack];
};
const present = (value: string | null): readonly string[] => (value === null ? [] : [value]);

function collections() {
  return {
    node: new Collection((node) => node.hostname, ORDER.node, {}),
    network: new Collection((network) => network.name, ORDER.network, { stack: stackOf }),
    service: new Collection((service) => service.name, ORDER.service, {
      stack: stackOf,
      network: (service) => service.networks.map((attachment) => attachment.networkId),
    }),
    task: new Collection(taskName, ORDER.task, {
      service: (task) => present(task.serviceId),
      node: (task) => present(task.nodeId),
      network: (task) => task.addresses.map((address) => address.networkId),
    }),
    config: new Collection((config) => config.name, ORDER.config, {}),
  } satisfies { [K in Kind]: Collection<ObjectOf[K], string> };
}

/**
 * The swarm in memory: every read is answered from here.
 *
 * The contract: objects are frozen; no object ever goes back to an older version; an object of whose removal the
 * source has told is never told of again, whereas one that a list lacked comes back with a list that has it; what a listener is told is, for each object, in the order of its versions; and
 * a listener is told of a batch only once all of it can be read. Across objects the order is the source's. The
 * state is eventually consistent with the swarm: `hasSynced` says whether it has had a whole snapshot yet,
 * `staleSince` since when it has been cut off from its source.
 */
export class ClusterState {
  /** How many tasks each service has, without counting. */
  readonly taskCounts = new TaskCounts();
  private readonly objects = collections();
  private readonly listeners = new Set<ChangeListener>();
  private synced = false;
  private highest = 0;
  private revised = 0;
  private disconnectedAt: number | null = Date.now();
  private reason = new DomainError(
    'not-synced',
    'The state of the swarm is being read. Try again in a second; GET /readyz says when it is there.',
  );

  get nodes() {
    return this.objects.node;
  }
  get networks() {
    return this.objects.network;
  }
  get services() {
    return this.objects.service;
  }
  get tasks() {
    return this.objects.task;
  }
  get configs() {
    return this.objects.config;
  }

  /** The collection of a kind. */
  of<K extends Kind>(kind: K): Collection<ObjectOf[K]> {
    return this.objects[kind] as unknown as Collection<ObjectOf[K]>;
  }

  /** True once a whole snapshot has been taken in. */
  get hasSynced(): boolean {
    return this.synced;
  }

  /** The highest version of any object of which, and before which, nothing is missed: where a broken stream is resumed. */
  get highestVersion(): number {
    return this.highest;
  }

  /** Another number after every batch that changed anything: what was made from the state holds while it stays. */
  get revision(): number {
    return this.revised;
  }

  /** Since when (milliseconds since 1970) the state has had no live source; null while it has one. */
  get staleSince(): number | null {
    return this.disconnectedAt;
  }

  /** Why the state is cut off from its source, or not there yet; null while it is live. */
  get unavailable(): DomainError | null {
    return this.disconnectedAt === null ? null : this.reason;
  }

  /** Fails, saying why, until the first snapshot is in: an empty answer would be a lie. */
  assertSynced(): void {
    if (!this.synced) throw this.reason;
  }

  /** The object that an id, a name or a unique id prefix means. Fails `not-found`, `ambiguous`, `not-synced`. */
  resolve<K extends Kind>(kind: K, reference: string): ObjectOf[K] {
    this.assertSynced();
    return resolve(kind, this.of(kind), reference);
  }

  /** Calls `listener` with every batch of changes from now on. Returns the way to stop it. */
  subscribe(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Waits until `find` finds something, looking now and after every batch. Answers undefined after `timeoutMs`
   * milliseconds.
   */
  async until<T>(find: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    const now = find();
    if (now !== undefined) return now;
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        clearTimeout(timer);
        unsubscribe();
        end();
      };
      const timer = setTimeout(() => settle(() => resolve(undefined)), timeoutMs);
      const unsubscribe = this.subscribe(() => {
        try {
          const found = find();
          if (found !== undefined) settle(() => resolve(found));
        } catch (error) {
          // Its own affair: other listeners must still be told.
          settle(() =>
            reject(error instanceof Error ? error : new Error('The look failed.', { cause: error })),
          );
        }
      });
    });
  }

  /**
   * Waits until a write shows. Fails `unknown-outcome` when it does not in time: it was made, or is being made,
   * and must not be repeated blindly.
   * @param what the object that was written, for the error: `the service "web"`
   */
  async shown<T>(what: string, find: () => T | undefined): Promise<T> {
    const found = await this.until(find, SHOWN_WITHIN_MS);
    if (found !== undefined) return found;
    throw new DomainError(
      'unknown-outcome',
      `The engine has taken the change of ${what}, but it did not show within ${SHOWN_WITHIN_MS} ms. Read it before you try again.`,
    );
  }

  /** Waits until a removed object is gone. Fails as `shown` does. */
  async gone(what: string, kind: Kind, id: string): Promise<void> {
    await this.shown(what, () => (this.of(kind).get(id) ? undefined : true));
  }

  /** Takes in what a source has learnt and tells the listeners what that changed. */
  apply(events: readonly SourceEvent[]): void {
    const wasLive = this.disconnectedAt === null;
    const changes: Change[] = [];
    for (const event of events) {
      switch (event.type) {
        case 'snapshot':
          this.replace(event.snapshot, event.told ?? false, changes);
          break;
        case 'listed':
          for (const object of event.objects) this.putListed(event.kind, object, changes);
          break;
        case 'upsert':
          this.highest = Math.max(this.highest, event.object.version);
          this.put(event.kind, event.object, changes);
          break;
        case 'resumed':
          this.disconnectedAt = null;
          break;
        case 'remove':
          this.remove(event.kind, event.id, true, changes);
          break;
      }
    }
    if (changes.length > 0) this.revised += 1;
    if (changes.length > 0 || wasLive !== (this.disconnectedAt === null)) this.tell(changes);
  }

  /** Marks the state as cut off from its source, and why; what it holds stays readable. */
  disconnected(reason: DomainError): void {
    this.disconnectedAt ??= Date.now();
    this.reason = reason;
    this.tell([]);
  }

  private tell(changes: readonly Change[]): void {
    for (const listener of this.listeners) listener(changes);
  }

  private replace(snapshot: Snapshot, told: boolean, changes: Change[]): void {
    // Only of a whole list nothing older is missing, so that a broken stream may be resumed there.
    this.highest = 0;
    for (const kind of KINDS) {
      for (const { version } of snapshot[kind]) this.highest = Math.max(this.highest, version);
      // Nothing is left to do for a first list that was told in parts.
      if (this.of(kind).holds(snapshot[kind])) continue;
      const there = new Set<string>();
      for (const object of snapshot[kind]) there.add(object.id);
      for (const id of this.of(kind).ids()) if (!there.has(id)) this.remove(kind, id, false, changes);
      if (!told) for (const object of snapshot[kind]) this.putListed(kind, object, changes);
    }
    this.synced = true;
    this.disconnectedAt = null;
  }

  private putListed<K extends Kind>(kind: K, object: ObjectOf[K], changes: Change[]): void {
    this.of(kind).listed(object.id);
    this.put(kind, object, changes);
  }

  private put<K extends Kind>(kind: K, object: ObjectOf[K], changes: Change[]): void {
    const previous = this.of(kind).put(deepFreeze(object));
    if (previous === false) return;
    if (kind === 'task') this.taskCounts.change(previous as Task | null, object as Task);
    changes.push({ type: previous === null ? 'ADDED' : 'UPDATED', kind, object, previous } as Change);
  }

  private remove(kind: Kind, id: string, told: boolean, changes: Change[]): void {
    const previous: SwarmObject | undefined = this.of(kind).remove(id, told);
    if (!previous) return;
    if (kind === 'task') this.taskCounts.change(previous as Task, null);
    changes.push({ type: 'REMOVED', kind, object: previous, previous } as Change);
  }
}
