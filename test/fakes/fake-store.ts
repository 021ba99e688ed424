import type { ObjectOf } from '../../src/domain/change.ts';
import { KINDS, type Kind } from '../../src/domain/object.ts';
import type { Snapshot, SourceEvent } from '../../src/swarm/change-source.ts';

type Tables = { readonly [K in Kind]: Map<string, ObjectOf[K]> };
type Event = Extract<SourceEvent, { type: 'upsert' | 'remove' }>;

/** The changes of one commit. All objects it writes get the same version, as in swarmkit's store. */
export interface Transaction {
  put<K extends Kind>(kind: K, object: ObjectOf[K]): void;
  remove(kind: Kind, id: string): void;
}

/** The first commit of a new swarm is not its first Raft entry. */
const FIRST_INDEX = 9;

/** What Raft keeps of a swarm: objects under one growing version index. Objects are never changed in place. */
export class FakeStore {
  private readonly tables: Tables = {
    node: new Map(),
    network: new Map(),
    service: new Map(),
    task: new Map(),
    config: new Map(),
  };
  private readonly listeners = new Set<(events: readonly Event[]) => void>();
  private index = FIRST_INDEX;

  get<K extends Kind>(kind: K, id: string): ObjectOf[K] | undefined {
    return this.table(kind).get(id);
  }

  all<K extends Kind>(kind: K): ObjectOf[K][] {
    return [...this.table(kind).values()];
  }

  snapshot(): Snapshot {
    return Object.fromEntries(KINDS.map((kind) => [kind, this.all(kind)])) as unknown as Snapshot;
  }

  /** Calls `listener` with the events of every commit from now on. Returns the way to stop it. */
  subscribe(listener: (events: readonly Event[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Does all of `write` at once and tells of it. Nothing happens when it writes nothing or throws. */
  commit(write: (transaction: Transaction) => void): boolean {
    const version = this.index + 1;
    const written = new Map<string, Event>();
    const note = (id: string, event: Event): void => {
      // The second write would not know of the first: a mistake of the fake's.
      if (written.has(id)) throw new Error(`The ${event.kind} ${id} is written twice in one commit.`);
      written.set(id, event);
    };
    write({
      put: (kind, object) => {
        const stamped = { ...object, version, ...(kind === 'network' ? {} : { updatedAt: now() }) };
        note(object.id, { type: 'upsert', kind, object: stamped } as Event);
      },
      remove: (kind, id) => note(id, { type: 'remove', kind, id }),
    });
    const events = [...written.values()];
    if (events.length === 0) return false;
    this.index = version;
    for (const event of events) this.take(event);
    for (const listener of this.listeners) listener(events);
    return true;
  }

  private take(event: Event): void {
    if (event.type === 'remove') this.tables[event.kind].delete(event.id);
    else (this.tables[event.kind] as Map<string, unknown>).set(event.object.id, event.object);
  }

  private table<K extends Kind>(kind: K): Map<string, ObjectOf[K]> {
    return this.tables[kind];
  }
}

/** The time, as RFC 3339. */
export function now(): string {
  return new Date().toISOString();
}
