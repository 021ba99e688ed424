const FIRST_MS = 100;
const MOST_MS = 5_000;
/** A HAProxy that ran this long was well, and is started anew at once. In milliseconds. */
const WELL_AFTER_MS = 10_000;

/** How long to wait before HAProxy is started again: not at all after it ran well, then 100 ms to 5 s. */
export class RestartDelay {
  private startedAt = -Infinity;
  private tries = 0;

  /** In milliseconds; not above 0 when it may be started. */
  waitMs(now: number = performance.now()): number {
    return this.startedAt + Math.min(MOST_MS, FIRST_MS * 2 ** this.tries) - now;
  }

  /** Says that it is started now. */
  started(now: number = performance.now()): void {
    this.tries = now - this.startedAt > WELL_AFTER_MS ? 0 : this.tries + 1;
    this.startedAt = now;
  }
}
