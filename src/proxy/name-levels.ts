/** Which kinds of names a map has besides exact ones. Each is a lookup of its own. */
export interface NameLevels {
  /** How many labels the wildcards have (`*.example.com` has 2), the longest first. */
  readonly wildcards: readonly number[];
  readonly hasDefault: boolean;
}

/** Of names that are exact, wildcards or the default `*`. */
export function levelsOf(names: Iterable<string>): NameLevels {
  const wildcards = new Set<number>();
  let hasDefault = false;
  for (const name of names) {
    if (name === '*') hasDefault = true;
    else if (name.startsWith('*.')) wildcards.add(name.split('.').length - 1);
  }
  return { wildcards: [...wildcards].sort((a, b) => b - a), hasDefault };
}

/** By level: `exact`, the number of labels of a wildcard, or `*`. */
export function levelOf(name: string): string {
  if (name === '*') return '*';
  return name.startsWith('*.') ? String(name.split('.').length - 1) : 'exact';
}
