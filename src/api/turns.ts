/** How long the turns of one round may take together, in milliseconds; then the event loop goes on with the rest. */
const ROUND_MS = 5;

/** Something that has a little work to do now and then. */
export interface Worker {
  /** Does its work. Must be quick and must not throw. */
  work(): void;
}

/**
 * Who has something to do, in the order in which they said so. The first round comes in the microtask after, so that
 * whatever one turn of the event loop brings is seen as a whole; when it takes too long, as with thousands of streams
 * to tell of one change, the rest waits for the next turns, and requests are answered in between.
 */
export class Turns {
  private waiting: Worker[] = [];
  private next = 0;
  private scheduled = false;

  /** Gives the worker a turn, once for each call. */
  add(worker: Worker): void {
    this.waiting.push(worker);
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(this.round);
  }

  private readonly round = (): void => {
    const end = performance.now() + ROUND_MS;
    while (this.next < this.waiting.length) {
      this.waiting[this.next++]?.work();
      if (performance.now() >= end) break;
    }
    if (this.next < this.waiting.length) {
      setImmediate(this.round);
      return;
    }
    this.waiting = [];
    this.next = 0;
    this.scheduled = false;
  };
}
