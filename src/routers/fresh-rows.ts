/** A row that is not said again for this long is of something that is gone, in milliseconds; routers say all each minute. */
export const STALE_AFTER_MS = 5 * 60_000;

/** The newest of rows that are said again and again. What is no longer said is forgotten, and so is the oldest of too many. */
export class FreshRows<T> {
  /** In the order in which they were said last. */
  private readonly rows = new Map<string, { readonly row: T; readonly at: number }>();

  constructor(private readonly capacity: number) {}

  get(key: string): T | undefined {
    return this.rows.get(key)?.row;
  }

  values(): T[] {
    return [...this.rows.values()].map(({ row }) => row);
  }

  /** @param at of the monotonic clock, in milliseconds */
  set(key: string, row: T, at: number): void {
    this.rows.delete(key);
    this.rows.set(key, { row, at });
  }

  /** Forgets what is stale, or too much. */
  prune(at: number): void {
    for (const [key, row] of this.rows) {
      if (this.rows.size <= this.capacity && at - row.at < STALE_AFTER_MS) return;
      this.rows.delete(key);
    }
  }
}
