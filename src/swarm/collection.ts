import { isDeepStrictEqual } from 'node:util';
import type { SwarmObject } from '../domain/object.ts';
import type { Order } from '../domain/order.ts';
import type { Directory } from '../domain/reference.ts';
import { SortedList } from './sorted-list.ts';

/** How many removed ids are remembered, so that a late event does not bring a removed object back. */
const TOMBSTONES = 10_000;

/**
 * All objects of one kind, with indexes. It goes by versions: an object never becomes older, and one that
 * was removed never comes back, in whatever order and however often events arrive.
 */
export class Collection<T extends SwarmObject, I extends string = string> implements Directory<T> {
  private readonly objects = new Map<string, T>();
  private readonly indexes = new Map<string, Map<string, Map<string, T>>>();
  /** Removed ids, and whether the source told of the removal. */
  private readonly tombstones = new Map<string, boolean>();
  private readonly sorted: SortedList<T>;

  constructor(
    private readonly nameOf: (object: T) => string,
    readonly order: Order<T>,
    private readonly keys: Readonly<Record<I, (object: T) => readonly string[]>>,
  ) {
    this.sorted = new SortedList((a, b) => order.compare(a, b));
    for (const index of ['name', ...Object.keys(keys)]) this.indexes.set(index, new Map());
  }

  get size(): number {
    return this.objects.size;
  }

  get(id: string): T | undefined {
    return this.objects.get(id);
  }

  /** All objects in the collection's order: a frozen array, the same one until something changes. */
  all(): readonly T[] {
    return this.sorted.all();
  }

  /** The objects under a key of an index, in the collection's order. */
  by(index: I, key: string): readonly T[] {
    return [...(this.indexes.get(index)?.get(key)?.values() ?? [])].sort((a, b) => this.order.compare(a, b));
  }

  named(name: string): readonly T[] {
    return [...(this.indexes.get('name')?.get(name)?.values() ?? [])];
  }

  withIdPrefix(prefix: string): readonly T[] {
    const found: T[] = [];
    for (const [id, object] of this.objects) if (id.startsWith(prefix)) found.push(object);
    return found;
  }

  ids(): IterableIterator<string> {
    return this.objects.keys();
  }

  /**
   * Takes the object in unless it is known to be outdated or says nothing new. The same version with other
   * content is new: who leads the managers, for one, is part of a node but not of its version. Returns what was
   * there before, or `false` if refused.
   */
  put(object: T): T | null | false {
    const previous = this.objects.get(object.id);
    if (this.tombstones.has(object.id)) return false;
    if (previous && !isNews(previous, object)) return false;
    if (previous) this.unindex(previous);
    this.objects.set(object.id, object);
    for (const [index, key] of this.keysOf(object)) {
      const entries = this.indexes.get(index);
      const members = entries?.get(key) ?? new Map<string, T>();
      members.set(object.id, object);
      entries?.set(key, members);
    }
    if (previous) this.sorted.replace(previous, object);
    else this.sorted.add(object);
    return previous ?? null;
  }

  /**
   * Removes the object. `told` says that the source told of it, which is for good; otherwise it was only missing
   * from a list, and a later list can bring it back. Returns it, or undefined when there is none.
   */
  remove(id: string, told: boolean): T | undefined {
    const previous = this.objects.get(id);
    if (told || previous) this.bury(id, told);
    if (!previous) return undefined;
    this.unindex(previous);
    this.objects.delete(id);
    this.sorted.remove(previous);
    return previous;
  }

  /** Says that a list has this object: if another list lacked it, that was not the whole truth. */
  listed(id: string): void {
    if (this.tombstones.get(id) === false) this.tombstones.delete(id);
  }

  private bury(id: string, told: boolean): void {
    this.tombstones.set(id, told || this.tombstones.get(id) === true);
    if (this.tombstones.size > TOMBSTONES) {
      for (const [oldest] of this.tombstones) {
        this.tombstones.delete(oldest);
        break;
      }
    }
  }

  private unindex(object: T): void {
    for (const [index, key] of this.keysOf(object)) {
      const entries = this.indexes.get(index);
      const members = entries?.get(key);
      members?.delete(object.id);
      if (members?.size === 0) entries?.delete(key);
    }
  }

  private *keysOf(object: T): Iterable<readonly [string, string]> {
    yield ['name', this.nameOf(object)];
    for (const index of Object.keys(this.keys) as I[]) {
      for (const key of this.keys[index](object)) yield [index, key];
    }
  }
}

function isNews<T extends SwarmObject>(previous: T, object: T): boolean {
  // The Engine API does not say the version of a network: without one only the content can tell.
  if (object.version === 0) return !isDeepStrictEqual({ ...previous, version: 0 }, object);
  if (previous.version === object.version) return !isDeepStrictEqual(previous, object);
  return object.version > previous.version;
}
