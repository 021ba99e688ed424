import { Readable } from 'node:stream';

/** The content type of server-sent events (WHATWG HTML, 9.2). */
export const EVENT_STREAM_TYPE = 'text/event-stream';

/** How much a stream hands on at once, in bytes, and about how much it buffers for a slow client. */
const CHUNK = 16 * 1024;
/** How long a client may take to read the end of a stream before the connection is cut, in milliseconds. */
const LINGER_MS = 2_000;
/** Clients come back after a random time in this range, so that they do not all come at once; in milliseconds. */
const RETRY_FROM_MS = 500;
const RETRY_TO_MS = 5_000;

const END = Buffer.from('\n\n');

/** Where a stream gets its text from. */
export interface EventText {
  /** More events, until they have `length` bytes; empty when there is nothing to tell now. */
  take(length: number): Buffer;
  /** What a silent stream says to show that it is alive. */
  heartbeat(): string;
  /** Told once, when nobody reads any more. */
  release(): void;
}

/** The text of one event. `data` must have no line breaks, as JSON has none. */
export function eventText(event: string, data: string, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`;
}

/** The same in UTF-8, for data that is there as bytes. */
export function eventBytes(event: string, data: Buffer, id: string): Buffer {
  return Buffer.concat([Buffer.from(`id: ${id}\nevent: ${event}\ndata: `), data, END]);
}

/** Asks the client to come back after a random while. */
export function retryText(): string {
  return `retry: ${Math.round(RETRY_FROM_MS + Math.random() * (RETRY_TO_MS - RETRY_FROM_MS))}\n`;
}

/**
 * The body of a response of server-sent events, for a `StreamableFile`. It reads from its source only as fast as the
 * client reads, sends heartbeats while there is nothing else, and releases its source when the client goes away.
 */
export class EventStream extends Readable {
  private wanted = false;
  private scheduled = false;
  private finished = false;
  private readonly beat: NodeJS.Timeout;
  private linger: NodeJS.Timeout | undefined;

  /**
   * @param opening the text that is sent at once
   * @param heartbeatMs how often a silent stream says that it is alive
   */
  constructor(
    private readonly source: EventText,
    opening: string,
    heartbeatMs: number,
  ) {
    super({ highWaterMark: CHUNK });
    this.push(opening);
    this.beat = setInterval(() => this.tick(), heartbeatMs).unref();
  }

  /** Says that the source has more. What comes in the same turn is sent together, and folded if it can be. */
  wake(): void {
    if (this.scheduled || !this.wanted) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      if (this.wanted) this.drain();
    });
  }

  /** Says a last thing and ends, whatever the source still has; a client that does not read is cut off. */
  finish(text: string): void {
    if (this.finished || this.destroyed) return;
    this.stop();
    this.push(text);
    this.push(null);
    this.linger = setTimeout(() => this.destroy(), LINGER_MS).unref();
  }

  override _read(): void {
    this.wanted = true;
    this.drain();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.linger);
    this.stop();
    done(error);
  }

  private stop(): void {
    if (this.finished) return;
    this.finished = true;
    clearInterval(this.beat);
    this.source.release();
  }

  private drain(): void {
    while (this.wanted && !this.finished) {
      const events = this.source.take(CHUNK);
      if (events.length === 0) return;
      this.wanted = this.push(events);
    }
  }

  /** Only to a client that reads: for another one it would only fill memory. */
  private tick(): void {
    if (this.wanted && !this.finished) this.wanted = this.push(this.source.heartbeat());
  }
}
