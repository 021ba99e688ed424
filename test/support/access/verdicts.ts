/** How many mismatches are told in full. */
const SHOWN = 40;

/** What surfaces said, held against what a model says. */
export class Verdicts {
  private readonly cases = new Map<string, number>();
  private readonly mismatches: string[] = [];

  /** Takes a case in: what a surface said of an object. `about` is called for one that does not agree. */
  note(surface: string, said: unknown, expected: unknown, about: () => string): void {
    this.cases.set(surface, (this.cases.get(surface) ?? 0) + 1);
    this.check(surface, said, expected, about);
  }

  /** Checks something that is not counted as a case. */
  check(what: string, said: unknown, expected: unknown, about: () => string): void {
    const [a, b] = [JSON.stringify(said), JSON.stringify(expected)];
    if (a !== b) this.mismatches.push(`${what}: ${a} and not ${b}, ${about()}`);
  }

  get total(): number {
    return [...this.cases.values()].reduce((sum, count) => sum + count, 0);
  }

  /** How many cases each surface had. */
  get bySurface(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.cases].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** What does not agree, the first ones of it. */
  get wrong(): string[] {
    return this.mismatches.slice(0, SHOWN);
  }
}
