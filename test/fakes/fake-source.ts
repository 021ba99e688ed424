import { DomainError } from '../../src/domain/errors.ts';
import { ChangeSource, type SourceEvent } from '../../src/swarm/change-source.ts';
import type { FakeStore } from './fake-store.ts';

/**
 * The change stream of a fake swarm: subscribes first and lists second, so that events may repeat what the
 * snapshot has, as the real one's may.
 */
export class FakeSource extends ChangeSource {
  readonly name = 'fake';
  private readonly ends = new Set<(failure: Error) => void>();
  private broken = false;
  private held: Promise<void> = Promise.resolve();
  private release = (): void => {};

  constructor(private readonly store: FakeStore) {
    super();
  }

  /** Ends every open stream, and lets none be opened until `mendStream`. */
  breakStream(): void {
    this.broken = true;
    for (const end of this.ends) end(unavailable());
  }

  /** Lets streams be opened again. */
  mendStream(): void {
    this.broken = false;
  }

  /** Keeps back everything, the snapshot of a new stream too, until `releaseStream`. */
  holdStream(): void {
    this.release();
    this.held = new Promise((resolve) => (this.release = resolve));
  }

  /** Hands over what was kept back, in order. */
  releaseStream(): void {
    this.release();
  }

  /** How many streams are open now. */
  get openStreams(): number {
    return this.ends.size;
  }

  async *open(signal: AbortSignal): AsyncIterable<readonly SourceEvent[]> {
    if (this.broken) throw unavailable();
    const batches: (readonly SourceEvent[])[] = [];
    const ended = Promise.withResolvers<never>();
    // Nobody may be waiting when the stream ends.
    ended.promise.catch(() => undefined);
    let more = Promise.withResolvers<void>();
    const unsubscribe = this.store.subscribe((events) => {
      batches.push(events);
      more.resolve();
    });
    const abort = (): void => ended.reject(unavailable());
    this.ends.add(ended.reject);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([ended.promise, new Promise((resolve) => setImmediate(resolve))]);
      await Promise.race([ended.promise, this.held]);
      yield [{ type: 'snapshot', snapshot: this.store.snapshot() }];
      for (;;) {
        await Promise.race([ended.promise, more.promise]);
        await Promise.race([ended.promise, this.held]);
        more = Promise.withResolvers<void>();
        yield batches.splice(0).flat();
      }
    } finally {
      unsubscribe();
      this.ends.delete(ended.reject);
      signal.removeEventListener('abort', abort);
    }
  }
}

function unavailable(): DomainError {
  return new DomainError(
    'engine-unreachable',
    "The fake swarm's change stream is not available. Mend it to go on.",
  );
}
