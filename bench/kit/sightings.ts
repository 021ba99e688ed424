/** When somebody learnt of changes. A change is known by `<id of its object>/<version>`. */
export interface Sightings {
  readonly changes: readonly string[];
  /** Of each sighting: which of the changes, and when, in milliseconds of `now()`. */
  readonly which: Uint32Array;
  readonly when: Float64Array;
}

/** Notes sightings with little work each. */
export class SightingLog {
  private readonly indexes = new Map<string, number>();
  private which: number[] = [];
  private when: number[] = [];

  note(change: string, at: number): void {
    let index = this.indexes.get(change);
    if (index === undefined) this.indexes.set(change, (index = this.indexes.size));
    this.which.push(index);
    this.when.push(at);
  }

  get length(): number {
    return this.when.length;
  }

  /** What has been noted since the last time. */
  take(): Sightings {
    const taken = {
      changes: [...this.indexes.keys()],
      which: Uint32Array.from(this.which),
      when: Float64Array.from(this.when),
    };
    this.indexes.clear();
    this.which = [];
    this.when = [];
    return taken;
  }
}

/** When each change was seen first. */
export function firstSeen({ changes, which, when }: Sightings): Map<string, number> {
  const first = new Map<string, number>();
  which.forEach((index, at) => {
    const change = changes[index] ?? '';
    if (!first.has(change)) first.set(change, when[at] ?? NaN);
  });
  return first;
}
