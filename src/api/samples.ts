import { setTimeout as pass } from 'node:timers/promises';
import { Iteration } from './iteration.ts';

/**
 * What is found whenever there may be something new, looked for only so often: whoever reads slowly, or follows what
 * changes all the time, is told what it has become in the end. Ends, and fails, when looking fails.
 */
export class Samples<T> extends Iteration<T> {
  private readonly found: T[] = [];
  private isStale = false;
  private ended = false;
  /** Of the monotonic clock. */
  private restsUntil = 0;
  private wake = (): void => {};
  private readonly stop: () => void;

  /**
   * @param subscribe follows whatever can make a difference, and answers the way to stop it
   * @param look what is new since the look before
   * @param restMs how much time passes between two looks, in milliseconds
   */
  constructor(
    subscribe: (notice: () => void) => () => void,
    private readonly look: () => readonly T[],
    private readonly restMs: number,
  ) {
    super();
    this.stop = subscribe(() => {
      this.isStale = true;
      this.wake();
    });
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      if (this.ended) return { done: true, value: undefined };
      const value = this.found.shift();
      if (value !== undefined) return { done: false, value };
      await this.more();
    }
  }

  protected end(): void {
    if (this.ended) return;
    this.ended = true;
    this.stop();
    this.wake();
  }

  private async more(): Promise<void> {
    while (!this.isStale && !this.ended) await new Promise<void>((resolve) => (this.wake = resolve));
    const rest = this.restsUntil - performance.now();
    if (rest > 0 && !this.ended) await pass(rest, undefined, { ref: false });
    if (this.ended) return;
    this.isStale = false;
    this.restsUntil = performance.now() + this.restMs;
    try {
      this.found.push(...this.look());
    } catch (error) {
      this.end();
      throw error;
    }
  }
}
