/**
 * Objects in an order, kept sorted as they come and go: once it has been read, a change costs a binary search
 * instead of a sort. What readers get is frozen; the next change makes a copy of it and leaves theirs alone. No two
 * objects may compare as equal.
 */
export class SortedList<T> {
  private items: T[];
  /** False until the first read or removal: what comes first comes in any order and is sorted once. */
  private isSorted = false;
  /** Whether readers have `items`. */
  private isShared = false;

  constructor(
    private readonly compare: (a: T, b: T) => number,
    items: Iterable<T> = [],
  ) {
    this.items = [...items];
  }

  get size(): number {
    return this.items.length;
  }

  /** The objects in order, frozen. The same array until something changes. */
  all(): readonly T[] {
    this.sort();
    if (!this.isShared) Object.freeze(this.items);
    this.isShared = true;
    return this.items;
  }

  add(item: T): void {
    this.own();
    if (this.isSorted) this.items.splice(this.placeOf(item), 0, item);
    else this.items.push(item);
  }

  remove(item: T): void {
    this.sort();
    const place = this.placeOf(item);
    if (this.items[place] !== item) return;
    this.own();
    this.items.splice(place, 1);
  }

  /** Puts `next` in the place of `previous`, or where it belongs now. */
  replace(previous: T, next: T): void {
    this.sort();
    const place = this.placeOf(previous);
    if (this.items[place] === previous && this.compare(previous, next) === 0) {
      this.own();
      this.items[place] = next;
    } else {
      this.remove(previous);
      this.add(next);
    }
  }

  /** Leaves what readers have to them. */
  private own(): void {
    // Not by slice: of a frozen array that takes V8 several times as long.
    if (this.isShared) this.items = [...this.items];
    this.isShared = false;
  }

  private sort(): void {
    if (!this.isSorted && this.items.length > 1) this.items.sort(this.compare);
    this.isSorted = true;
  }

  /** Where the item is, or belongs. */
  private placeOf(item: T): number {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.compare(this.items[middle] as T, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
