import { SortedList } from './sorted-list.ts';

const NONE: readonly never[] = Object.freeze([]);

/**
 * Objects under their keys, those of a key in an order. Most keys of a large swarm, such as the names of tasks, have
 * one object, which is then kept as it is: a list for each of them would take more memory than the objects.
 */
export class KeyIndex<T extends object> {
  private readonly entries = new Map<string, T | SortedList<T>>();

  /** @param keysOf the keys of an object, any number; of equal ones one counts */
  constructor(
    private readonly keysOf: (object: T) => readonly string[],
    private readonly compare: (a: T, b: T) => number,
    objects: Iterable<T>,
  ) {
    for (const object of objects) this.add(object);
  }

  /** The objects under a key: a frozen array, the same one until one of them changes, comes or goes. */
  get(key: string): readonly T[] {
    const entry = this.entries.get(key);
    if (entry === undefined) return NONE;
    return (entry instanceof SortedList ? entry : this.grown(key, entry)).all();
  }

  add(object: T): void {
    for (const key of this.distinctKeysOf(object)) this.addTo(key, object);
  }

  remove(object: T): void {
    for (const key of this.distinctKeysOf(object)) this.removeFrom(key, object);
  }

  /** Puts `next` in the place of `previous`. Most changes of an object leave it under its keys. */
  replace(previous: T, next: T): void {
    const [before, after] = [this.distinctKeysOf(previous), this.distinctKeysOf(next)];
    for (const key of before) {
      if (after.includes(key)) this.replaceIn(key, previous, next);
      else this.removeFrom(key, previous);
    }
    for (const key of after) if (!before.includes(key)) this.addTo(key, next);
  }

  private addTo(key: string, object: T): void {
    const entry = this.entries.get(key);
    if (entry === undefined) this.entries.set(key, object);
    else (entry instanceof SortedList ? entry : this.grown(key, entry)).add(object);
  }

  private removeFrom(key: string, object: T): void {
    const entry = this.entries.get(key);
    if (entry === object) this.entries.delete(key);
    if (!(entry instanceof SortedList)) return;
    entry.remove(object);
    if (entry.size === 0) this.entries.delete(key);
  }

  private replaceIn(key: string, previous: T, next: T): void {
    const entry = this.entries.get(key);
    if (entry instanceof SortedList) entry.replace(previous, next);
    else if (entry === previous) this.entries.set(key, next);
  }

  /** A single object becomes a list once there is another, or once it is read. */
  private grown(key: string, only: T): SortedList<T> {
    const list = new SortedList<T>(this.compare, [only]);
    this.entries.set(key, list);
    return list;
  }

  private distinctKeysOf(object: T): readonly string[] {
    const keys = this.keysOf(object);
    return keys.length < 2 ? keys : [...new Set(keys)];
  }
}
