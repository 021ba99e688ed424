/**
 * Remembers what was made of an object, as long as the object lives and what else it was made from is the same:
 * objects of the state never change, so one view, and its JSON, serve every reader.
 */
export class Memo<T extends object, V extends object> {
  private readonly entries = new WeakMap<T, { readonly from: string | null; readonly value: V }>();

  /**
   * The value for the object. `make` is called when there is none yet, or when `from`, which stands for whatever
   * else the value depends on, is not what it was. What it makes is frozen, because it is shared.
   */
  of(object: T, from: string | null, make: () => V): V {
    const entry = this.entries.get(object);
    if (entry && entry.from === from) return entry.value;
    const value = Object.freeze(make());
    this.entries.set(object, { from, value });
    return value;
  }
}
