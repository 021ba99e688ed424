import { setTimeout } from 'node:timers/promises';

const FIRST_MS = 100;
const MOST_MS = 5_000;

/** How long to wait before the next attempt: 100 ms, doubled with each failure up to 5 s, with full jitter. */
export class Backoff {
  private failures = 0;

  /** Waits; returns at once when `signal` aborts. Never rejects. */
  async wait(signal: AbortSignal): Promise<void> {
    const ceiling = Math.min(MOST_MS, FIRST_MS * 2 ** this.failures++);
    await setTimeout(Math.random() * ceiling, undefined, { signal }).catch(() => {});
  }

  /** Begins anew, after a success. */
  reset(): void {
    this.failures = 0;
  }
}
