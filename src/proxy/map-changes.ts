import type { RuntimeCommand } from './command.ts';

/** Beyond so many changes a map is replaced as a whole. */
const MANY = 500;

type Entries = ReadonlyMap<string, string>;

/** One entry that is to be other than it was; null where there is none. */
export interface MapChange {
  readonly key: string;
  readonly old: string | null;
  readonly new: string | null;
}

/** What is different in two tables, each key with `prefix` before it. */
export function changesOf(before: Entries | undefined, now: Entries | undefined, prefix = ''): MapChange[] {
  if (before === now) return [];
  const changes: MapChange[] = [];
  for (const [key, value] of now ?? []) {
    const old = before?.get(key) ?? null;
    if (old !== value) changes.push({ key: prefix + key, old, new: value });
  }
  for (const [key, old] of before ?? []) {
    if (!now?.has(key)) changes.push({ key: prefix + key, old, new: null });
  }
  return changes;
}

/** The commands for changes of a map, additions first: a request finds the old entry or the new one, and never none. */
export function mapCommands(
  map: string,
  changes: readonly MapChange[],
  text: () => string,
): RuntimeCommand[] {
  if (changes.length > MANY) return [{ kind: 'map-replace', map, text: text() }];
  return [...changes]
    .sort((a, b) => Number(a.new === null) - Number(b.new === null) || (a.key < b.key ? -1 : 1))
    .map(({ key, old, new: value }): RuntimeCommand => {
      if (value === null) return { kind: 'map-delete', map, key };
      return { kind: old === null ? 'map-add' : 'map-set', map, key, value };
    });
}
