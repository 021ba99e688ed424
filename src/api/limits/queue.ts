/** Something that waits to be done. */
export interface Waiting {
  /** Milliseconds of the monotonic clock. */
  readonly since: number;
  /** Whether nobody waits for it any more. */
  isGone(): boolean;
  start(): void;
  /** Called instead, when it has waited for too long. */
  refuse(): void;
}

/** How long one waits at most, in milliseconds. */
const PATIENCE_MS = 1_000;
/** How long one should not wait, nor does any more where all have waited for longer for as long as `PATIENCE_MS`. */
const TARGET_MS = 100;
/** Who has waited for less than this shows that no more comes than is done. */
const EASY_MS = 50;
/** So many that have left are kept in front of the others before these move up. */
const MAX_LEFT = 1_000;

/**
 * First in, first out, for a burst, or for a moment in which nothing went on; but where more comes than is done for long,
 * nobody waits for long. That is controlled delay: whoever is served is served soon, and who is not learns it soon
 * (K. Nichols, V. Jacobson, "Controlling Queue Delay", 2012).
 */
export class Queue {
  private items: Waiting[] = [];
  private next = 0;
  /** Since when all have waited for longer than they should. */
  private slowSince = Infinity;
  private isOverloaded = false;

  get length(): number {
    return this.items.length - this.next;
  }

  add(item: Waiting): void {
    if (this.length === 0) {
      this.isOverloaded = false;
      this.slowSince = Infinity;
    }
    this.items.push(item);
  }

  /** Takes out the first for whom somebody still waits. */
  take(): Waiting | undefined {
    for (let item = this.shift(); item; item = this.shift()) {
      if (!item.isGone()) return item;
    }
    return undefined;
  }

  /** Whether one that was taken out has waited for too long. */
  isTooLate({ since }: Waiting, now: number): boolean {
    const waited = now - since;
    this.slowSince = waited <= TARGET_MS ? Infinity : Math.min(this.slowSince, now);
    if (waited <= EASY_MS) this.isOverloaded = false;
    else if (now - this.slowSince >= PATIENCE_MS) this.isOverloaded = true;
    return waited > (this.isOverloaded ? TARGET_MS : PATIENCE_MS);
  }

  private shift(): Waiting | undefined {
    const item = this.items[this.next++];
    if (this.next >= this.items.length) {
      this.items = [];
      this.next = 0;
    } else if (this.next > MAX_LEFT && this.next * 2 > this.items.length) {
      this.items = this.items.slice(this.next);
      this.next = 0;
    }
    return item;
  }
}
