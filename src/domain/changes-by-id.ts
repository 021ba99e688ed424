/** What became of a list that is sorted by id. */
export interface ListChanges<T> {
  /** New ones, and those that are another object than before. By id. */
  readonly changed: readonly T[];
  /** Ids of those that are gone. */
  readonly removed: readonly string[];
}

/** What makes `after` of `before`, both sorted by id, in one pass: what did not change is the same object in both. */
export function changesById<T extends { readonly id: string }>(
  before: readonly T[],
  after: readonly T[],
): ListChanges<T> {
  if (before === after) return { changed: [], removed: [] };
  const changed: T[] = [];
  const removed: string[] = [];
  let at = 0;
  for (const item of after) {
    for (; (before[at]?.id ?? item.id) < item.id; at++) removed.push((before[at] as T).id);
    if (before[at] !== item) changed.push(item);
    if (before[at]?.id === item.id) at++;
  }
  for (; at < before.length; at++) removed.push((before[at] as T).id);
  return { changed, removed };
}
