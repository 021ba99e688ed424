import type { SwarmObject } from '../domain/object.ts';
import type { Order } from '../domain/order.ts';
import type { Directory } from '../domain/reference.ts';
import { KeyIndex } from './key-index.ts';
import { sameContent } from './same-content.ts';
import { SortedList } from './sorted-list.ts';

/** How many removed ids are remembered, so that a late event does not bring a removed object back. */
const TOMBSTONES = 10_000;
/** The index that every collection has. */
const NAME = Symbol('name');

/**
 * All objects of one kind, with indexes. It goes by versions: an object never becomes older, and one that
 * was removed never comes back, in whatever order and however often events arrive.
 */
export class Collection<T extends SwarmObject, I extends string = string> implements Directory<T> {
  private readonly objects = new Map<string, T>();
  /** Removed ids, and whether the source told of the removal. */
  private readonly tombstones = new Map<string, boolean>();
  /** All of them in order, and each index: there only once somebody has asked for it. */
  private sorted: SortedList<T> | undefined;
  private readonly indexes = new Map<I | typeof NAME, KeyIndex<T>>();

  constructor(
    private readonly nameOf: (object: T) => string,
    readonly order: Order<T>,
    private readonly keys: Readonly<Record<I, (object: T) => readonly string[]>>,
  ) {}

  get size(): number {
    return this.objects.size;
  }

  get(id: string): T | undefined {
    return this.objects.get(id);
  }

  /** All objects in the collection's order: a frozen array, the same one until something changes. */
  all(): readonly T[] {
    this.sorted ??= new SortedList(this.compare, this.objects.values());
    return this.sorted.all();
  }

  /**
   * The objects under a key of an index, in the collection's order: a frozen array, the same one until something of
   * this key changes.
   */
  by(index: I, key: string): readonly T[] {
    return this.indexOf(index).get(key);
  }

  /** The objects of a name, in the collection's order: a frozen array, the same one until one of them changes. */
  named(name: string): readonly T[] {
    return this.indexOf(NAME).get(name);
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
    if (previous === object || this.tombstones.has(object.id)) return false;
    if (previous && !isNews(previous, object)) return false;
    this.objects.set(object.id, object);
    if (previous) {
      for (const index of this.indexes.values()) index.replace(previous, object);
      this.sorted?.replace(previous, object);
    } else {
      for (const index of this.indexes.values()) index.add(object);
      this.sorted?.add(object);
    }
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
    this.objects.delete(id);
    for (const index of this.indexes.values()) index.remove(previous);
    this.sorted?.remove(previous);
    return previous;
  }

  /** Whether it holds just these very objects, in the order in which they came: what a list has that was told before. */
  holds(objects: readonly T[]): boolean {
    if (objects.length !== this.objects.size) return false;
    let index = 0;
    for (const object of this.objects.values()) if (object !== objects[index++]) return false;
    return true;
  }

  /** Says that a list has this object: if another list lacked it, that was not the whole truth. */
  listed(id: string): void {
    if (this.tombstones.get(id) === false) this.tombstones.delete(id);
  }

  private readonly compare = (a: T, b: T): number => this.order.compare(a, b);

  private indexOf(name: I | typeof NAME): KeyIndex<T> {
    const known = this.indexes.get(name);
    if (known) return known;
    const keysOf = name === NAME ? (object: T) => [this.nameOf(object)] : this.keys[name];
    const index = new KeyIndex<T>(keysOf, this.compare, this.objects.values());
    this.indexes.set(name, index);
    return index;
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
}

function isNews<T extends SwarmObject>(previous: T, object: T): boolean {
  // The Engine API does not say the version of a network: without one only the content can tell.
  if (object.version === 0) return !sameContent({ ...previous, version: 0 }, object);
  if (previous.version === object.version) return !sameContent(previous, object);
  return object.version > previous.version;
}
