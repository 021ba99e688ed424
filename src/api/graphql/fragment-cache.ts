import { LRUCache } from 'lru-cache';

/** How many characters of remembered text there may be, over all operations: some 64 MiB. */
const BUDGET = 32 * 1024 * 1024;
/** How many different selections are remembered. */
const MAX_SELECTIONS = 1_000;

type MakeText = (object: object) => string;

/**
 * Text that was made of objects which never change, by object and by what was selected of it: operations that differ
 * otherwise share it. All text is within one budget: when that is used up, everything is forgotten, which costs the
 * making once more and keeps memory bounded whatever is asked for.
 */
export class FragmentCache {
  private readonly selections = new LRUCache<string, MakeText>({ max: MAX_SELECTIONS });
  private used = 0;
  private generation = 0;

  /** @param budget in characters */
  constructor(private readonly budget: number = BUDGET) {}

  /**
   * A maker of text that calls `make`, which must be pure, once for each object as long as the budget lasts.
   * @param selection stands for what `make` does: what is made for the same selection is the same
   */
  remembering(selection: string, make: MakeText): MakeText {
    const known = this.selections.get(selection);
    if (known) return known;
    const recall = this.recalling(make);
    this.selections.set(selection, recall);
    return recall;
  }

  private recalling(make: MakeText): MakeText {
    let generation = this.generation;
    let texts = new WeakMap<object, string>();
    return (object) => {
      if (generation !== this.generation) {
        generation = this.generation;
        texts = new WeakMap();
      }
      const known = texts.get(object);
      if (known !== undefined) return known;
      const text = make(object);
      texts.set(object, text);
      this.spend(text.length);
      return text;
    };
  }

  private spend(characters: number): void {
    this.used += characters;
    if (this.used <= this.budget) return;
    this.used = 0;
    this.generation += 1;
  }
}
