/** How long a refusal is held back, in milliseconds. */
export const HELD_MS = 900;
/** At most so many are held at once, some 5 KiB each; the others are told at once. */
export const MAX_HELD = 5_000;

/**
 * Refusals for overload are told a while later: to look at a request and refuse it takes a tenth of what a page takes, and
 * clients that ask again at once would have the server do nothing else. Who waits for an answer asks nothing.
 */
export class HeldRefusals {
  private count = 0;

  /** Tells a refusal in a while. */
  hold(tell: () => void): void {
    if (this.count >= MAX_HELD) return tell();
    this.count += 1;
    setTimeout(() => {
      this.count -= 1;
      tell();
    }, HELD_MS).unref();
  }
}
