/** More than the names, ids and images of the services of a large swarm. */
const KEPT = 32_768;
/** Longer ones are rarely the same, and take longer to look up than they are worth. */
const LONGEST = 256;

/** One copy of each text that came lately. */
export class TextPool {
  private recent = new Map<string, string>();
  private older = new Map<string, string>();

  /** @param kept how many texts to keep at least; it holds twice as many at most */
  constructor(private readonly kept: number) {}

  /** How many texts it holds. */
  get size(): number {
    return this.recent.size + this.older.size;
  }

  /** The same text, as it came first. */
  share(text: string): string {
    if (text === '' || text.length > LONGEST) return text;
    const known = this.recent.get(text);
    if (known !== undefined) return known;
    const copy = this.older.get(text) ?? text;
    if (this.recent.size >= this.kept) {
      this.older = this.recent;
      this.recent = new Map();
    }
    this.recent.set(copy, copy);
    return copy;
  }
}

const pool = new TextPool(KEPT);

/**
 * The same text, but only one copy of it in memory, for what many objects repeat: the tasks of a service have its id,
 * its name, its image and their messages in common.
 */
export function sharedText(text: string): string {
  return pool.share(text);
}
