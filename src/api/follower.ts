import { setImmediate as turn, setTimeout as pass } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../domain/change.ts';
import { isKind } from '../domain/errors.ts';
import type { ClusterState } from '../swarm/cluster-state.ts';
import { Iteration } from './iteration.ts';

/** What is followed, as of now, and when it can be different without a change of the state, in milliseconds since 1970. */
export interface Look<T> {
  readonly value: T;
  readonly again: number | null;
}

/** How soon Swarm is asked again when it could not be, in milliseconds. */
const RETRY_MS = 1_000;
/** A look passes over all tasks, and may ask the engine. So many times as long as it took pass before the next one. */
const REST = 9;

/**
 * The states of something that comes to an end, each that differs from the one before, until it is over. Whoever reads
 * slowly is told the newest only: there is no queue. Fails `not-found` once it is gone.
 */
export class Follower<T extends { readonly over: boolean }> extends Iteration<T> {
  private isStale = true;
  private ended = false;
  private last: T | null = null;
  /** Of the monotonic clock. */
  private restsUntil = 0;
  private timer: NodeJS.Timeout | undefined;
  private wake = (): void => {};
  private readonly unsubscribe: () => void;

  /** @param concerns whether a change can make a difference to it */
  constructor(
    state: ClusterState,
    concerns: (change: Change) => boolean,
    private readonly look: () => Promise<Look<T>>,
  ) {
    super();
    this.unsubscribe = state.subscribe((changes) => {
      if (changes.some(concerns)) this.notice();
    });
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      const value = await this.changed();
      if (this.ended) return { done: true, value: undefined };
      if (!value || isDeepStrictEqual(value, this.last)) continue;
      this.last = value;
      if (value.over) this.end();
      return { done: false, value };
    }
  }

  /** What it is after something has changed; undefined when that could not be found out, or nobody follows. */
  private async changed(): Promise<T | undefined> {
    while (!this.isStale && !this.ended) await new Promise<void>((resolve) => (this.wake = resolve));
    // All that comes in one turn is one change, and so is what comes while a look at many tasks is rested from.
    await turn();
    const rest = this.restsUntil - performance.now();
    if (rest > 1) await pass(rest, undefined, { ref: false });
    if (this.ended) return undefined;
    this.isStale = false;
    const begun = performance.now();
    try {
      const { value, again } = await this.look();
      this.noticeIn(again === null ? null : again - Date.now());
      return value;
    } catch (error) {
      // What was told once goes on when Swarm can be asked again.
      if (this.last === null || isKind(error, 'not-found')) {
        this.end();
        throw error;
      }
      this.noticeIn(RETRY_MS);
      return undefined;
    } finally {
      const ended = performance.now();
      this.restsUntil = ended + REST * (ended - begun);
    }
  }

  private notice(): void {
    this.isStale = true;
    this.wake();
  }

  private noticeIn(ms: number | null): void {
    clearTimeout(this.timer);
    if (ms === null || this.ended) return;
    this.timer = setTimeout(() => this.notice(), Math.max(ms, 0)).unref();
  }

  protected end(): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.timer);
    this.unsubscribe();
    this.wake();
  }
}
