import { setTimeout as pause } from 'node:timers/promises';
import type { RuntimeSocket } from '../proxy/runtime.ts';
import type { StatsBook } from './stats-book.ts';

/** How often, in milliseconds; */
const EVERY_MS = 1_000;
/** with thousands of servers less often, so that it takes no more than this part of the time. */
const PART = 0.05;

/** Reads what HAProxy counts, again and again. */
export class StatsReader {
  constructor(
    private readonly runtime: RuntimeSocket,
    private readonly book: StatsBook,
  ) {}

  /** Until `signal` aborts. Never rejects: when HAProxy does not answer, others say so. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedAt = performance.now();
      await this.read().catch(() => {});
      const tookMs = performance.now() - startedAt;
      await pause(Math.max(EVERY_MS, tookMs / PART), undefined, { signal }).catch(() => {});
    }
  }

  /** Once. Rejects when HAProxy does not answer. */
  async read(): Promise<void> {
    const worker = Number((await this.runtime.info()).get('Pid'));
    this.book.take(await this.runtime.stats(), worker);
  }
}
