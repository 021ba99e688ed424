/**
 * Carries items from callbacks to one reader, in order. Whoever writes never waits, so that the sender behind
 * it is drained; the reader gets what has come, and the failure once all before it is read.
 */
export class Inbox<T> implements AsyncIterable<T> {
  private items: T[] = [];
  private failure: { readonly cause: unknown } | undefined;
  private wake = (): void => {};

  /** @param limit how many items may wait; more than that is a failure, and what waits is dropped */
  constructor(private readonly limit: number) {}

  push(item: T): void {
    if (this.items.length >= this.limit) {
      this.items = [];
      this.fail(new Error(`more than ${this.limit} messages wait to be read`));
    } else if (!this.failure) {
      this.items.push(item);
      this.wake();
    }
  }

  /** Ends the reading with this error. Only the first one counts. */
  fail(cause: unknown): void {
    this.failure ??= { cause };
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for (;;) {
      yield* this.items.splice(0);
      if (this.items.length > 0) continue;
      if (this.failure) throw this.failure.cause;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
