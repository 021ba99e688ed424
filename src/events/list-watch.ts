import { isDeepStrictEqual } from 'node:util';
import type { ObjectChange } from './events.types.ts';

/** Finds what has changed in a list, from one look to the next, where nothing else tells. */
export class ListWatch<T extends { readonly id: string }> {
  private last: ReadonlyMap<string, T>;

  /**
   * @param list all that there are
   * @param contentOf what of one makes a difference
   */
  constructor(
    private readonly list: () => readonly T[],
    private readonly contentOf: (item: T) => unknown = (item) => item,
  ) {
    this.last = byId(list());
  }

  /** What has become of each since the look before. */
  changes(): ObjectChange<T>[] {
    const before = this.last;
    this.last = byId(this.list());
    const changes: ObjectChange<T>[] = [];
    for (const [id, object] of this.last) {
      const previous = before.get(id) ?? null;
      if (!previous) changes.push({ type: 'ADDED', object, previous });
      else if (!isDeepStrictEqual(this.contentOf(previous), this.contentOf(object))) {
        changes.push({ type: 'UPDATED', object, previous });
      }
    }
    for (const [id, object] of before) {
      if (!this.last.has(id)) changes.push({ type: 'REMOVED', object, previous: object });
    }
    return changes;
  }
}

const byId = <T extends { readonly id: string }>(list: readonly T[]): ReadonlyMap<string, T> =>
  new Map(list.map((item) => [item.id, item]));
