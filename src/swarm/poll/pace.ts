/** How often to ask, in milliseconds. */
export interface PaceOptions {
  /** Between two lists of tasks while something happens. */
  readonly fastMs: number;
  /** Between two lists of tasks while nothing does. */
  readonly slowMs: number;
  /** Between two lists of everything. */
  readonly fullMs: number;
  /** How long after a change or a hint something is taken to be happening still. */
  readonly settleMs: number;
  /** Between the end of a poll and the next one that a hint asks for. */
  readonly breatherMs: number;
}

/** The default pace. */
export const PACE: PaceOptions = {
  fastMs: 250,
  slowMs: 5_000,
  fullMs: 30_000,
  settleMs: 3_000,
  breatherMs: 20,
};

/** While something converges but nothing changes, the wait is this part of the time since the last change. */
const PATIENCE = 0.1;

/**
 * Decides when to poll next: fast while something happens, slow while nothing does. Something that converges
 * without a change for long (a task that no node suits, an image that takes minutes) is asked for less and less
 * often. Between polls passes at least as long as the last one took, so that a large swarm, or one far away, is
 * asked half of the time at most. All times are of the monotonic clock.
 */
export class Pace {
  private activeAt = performance.now();
  private polledAt = performance.now();
  private listedAllAt = performance.now();
  private tookMs = 0;

  constructor(private readonly options: PaceOptions) {}

  /** Something has changed, or may have. */
  active(): void {
    this.activeAt = performance.now();
  }

  /** A poll that began at `startedAt` has ended. */
  polled(startedAt: number, ofAll: boolean): void {
    this.polledAt = performance.now();
    this.tookMs = this.polledAt - startedAt;
    // From its end: one that takes longer than the interval must not follow upon itself.
    if (ofAll) this.listedAllAt = this.polledAt;
  }

  /** Milliseconds until everything is to be listed; 0 or less when it is time. */
  untilFull(): number {
    return this.listedAllAt + this.options.fullMs - performance.now();
  }

  /** Milliseconds until the tasks are to be listed; 0 or less when it is time. */
  untilTasks(listedAt: number, isConverging: boolean): number {
    return listedAt + this.interval(isConverging) - performance.now();
  }

  /** Milliseconds until any poll may begin, a hint or not. */
  untilAllowed(): number {
    return this.polledAt + Math.max(this.options.breatherMs, this.tookMs) - performance.now();
  }

  private interval(isConverging: boolean): number {
    const { fastMs, slowMs, settleMs } = this.options;
    const quietMs = performance.now() - this.activeAt;
    if (quietMs < settleMs) return fastMs;
    return isConverging ? Math.min(slowMs, Math.max(fastMs, quietMs * PATIENCE)) : slowMs;
  }
}
