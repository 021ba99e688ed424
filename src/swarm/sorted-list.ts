/**
 * Objects in an order, kept sorted as they come and go: once it has been read, a change costs a binary search
 * instead of a sort. Readers get a frozen copy, made once per change and only when asked for. No two objects may
 * compare as equal.
 */
export class SortedList<T> {
  private readonly items: T[] = [];
  /** False until the first read: a first list comes in any order and is sorted once. */
  private isSorted = false;
  private copy: readonly T[] | undefined;

  constructor(private readonly compare: (a: T, b: T) => number) {}

  /** The objects in order. The same array until something changes. */
  all(): readonly T[] {
    this.sort();
    this.copy ??= Object.freeze(this.items.slice());
    return this.copy;
  }

  add(item: T): void {
    if (this.isSorted) this.items.splice(this.placeOf(item), 0, item);
    else this.items.push(item);
    this.copy = undefined;
  }

  remove(item: T): void {
    this.sort();
    const place = this.placeOf(item);
    if (this.items[place] === item) this.items.splice(place, 1);
    this.copy = undefined;
  }

  /** Puts `next` in the place of `previous`, or where it belongs now. */
  replace(previous: T, next: T): void {
    this.sort();
    const place = this.placeOf(previous);
    if (this.items[place] === previous && this.compare(previous, next) === 0) {
      this.items[place] = next;
      this.copy = undefined;
    } else {
      this.remove(previous);
      this.add(next);
    }
  }

  private sort(): void {
    if (!this.isSorted) this.items.sort(this.compare);
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
