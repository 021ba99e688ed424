import { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { DomainError } from '../domain/errors.ts';
import type { LogLine } from '../domain/log-line.ts';

/** How much of a text waits for a slow client before no more is read from the engine, in bytes. */
const ENOUGH = 16 * 1024;

/**
 * Lines as text, read from the engine only as fast as the client reads. `Readable.from` would not do: destroyed while it
 * waits for a line, it goes on waiting.
 */
export class LogText extends Readable {
  private readonly lines: AsyncIterator<string>;

  /** @param stop ends the lines, when nobody reads them any more */
  constructor(
    lines: AsyncIterable<LogLine>,
    withTimes: boolean,
    private readonly stop: AbortController,
  ) {
    super({ highWaterMark: ENOUGH });
    this.lines = textOf(lines, withTimes);
  }

  /** Sends the head of the answer at once: the first line may be long in coming. */
  override pipe<T extends NodeJS.WritableStream>(destination: T, options?: { end?: boolean }): T {
    super.pipe(destination, options);
    if (destination instanceof ServerResponse) destination.flushHeaders();
    return destination;
  }

  override _read(): void {
    this.lines.next().then(
      ({ done, value }) => {
        // Cut off, it has no end: Fastify would take one for an answer that is complete.
        if (!this.destroyed) this.push(done ? null : value);
      },
      (error: Error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.stop.abort();
    done(error);
  }
}

/** Each line with its end. A failure has no other place to be told than the end of the text. */
async function* textOf(lines: AsyncIterable<LogLine>, withTimes: boolean): AsyncGenerator<string> {
  try {
    for await (const { timestamp, message } of lines) {
      yield withTimes ? `${timestamp} ${message}\n` : `${message}\n`;
    }
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    yield `swarmplane: ${error.message}\n`;
  }
}
