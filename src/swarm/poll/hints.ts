import type { Kind } from '../../domain/object.ts';

/**
 * Tells of kinds that may have changed, until `signal` aborts or the connection breaks. The first hint names all
 * kinds and says that it listens from now on. A hint is no more than that: any may be missing, or be about nothing.
 */
export type HintSource = (signal: AbortSignal) => AsyncIterable<readonly Kind[]>;

const RECONNECT_FIRST_MS = 100;
const RECONNECT_MAX_MS = 30_000;
/** A connection that lived this long was a good one: the next attempt comes soon again. */
const GOOD_AFTER_MS = 10_000;

/** The hints that wait to be looked into, by kind: a thousand of one kind are one. */
export class Hints {
  private readonly kinds = new Set<Kind>();
  private wake = (): void => {};

  add(kinds: readonly Kind[]): void {
    for (const kind of kinds) this.kinds.add(kind);
    this.wake();
  }

  /** True while a hint waits. */
  get waiting(): boolean {
    return this.kinds.size > 0;
  }

  /** Hands over what waits. */
  take(): ReadonlySet<Kind> {
    const taken = new Set(this.kinds);
    this.kinds.clear();
    return taken;
  }

  /** Resolves with the next hint, after `ms` milliseconds, or when `signal` aborts, whichever is first. */
  next(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.wake = () => {};
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done, { once: true });
      this.wake = done;
    });
  }
}

/**
 * Collects the hints of a source until `signal` aborts. A source that breaks is asked again with exponential
 * backoff and full jitter; that it cannot be heard is no failure, since hints only make things faster. Never rejects.
 */
export async function listen(source: HintSource, hints: Hints, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const startedAt = performance.now();
    try {
      for await (const kinds of source(signal)) hints.add(kinds);
    } catch {
      // Whether the engine is there at all is for the lists to say.
    }
    if (performance.now() - startedAt >= GOOD_AFTER_MS) failures = 0;
    const ceiling = Math.min(RECONNECT_MAX_MS, RECONNECT_FIRST_MS * 2 ** failures++);
    await new Hints().next(Math.random() * ceiling, signal);
  }
}
