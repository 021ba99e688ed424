import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { Pulse } from './pulse.ts';
import { Turns, type Worker } from './turns.ts';

/** The content type of server-sent events (WHATWG HTML, 9.2). */
export const EVENT_STREAM_TYPE = 'text/event-stream';

/** How much a stream hands on at once, in bytes. */
const CHUNK = 16 * 1024;
/** How long a client may take to read the end of a stream before the connection is cut, in milliseconds. */
const LINGER_MS = 2_000;
/** Clients come back after a random time in this range, so that they do not all come at once; in milliseconds. */
const RETRY_FROM_MS = 500;
const RETRY_TO_MS = 5_000;

const END = Buffer.from('\n\n');
/** There is one event loop, and so one queue for it. */
const turns = new Turns();
const log = new Logger('Streams');

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
 * An answer of server-sent events: a REST handler returns it, and `sendEventStreams` sends it. It takes from its source
 * only as fast as the client reads, sends heartbeats while there is nothing else, and releases its source when the
 * client goes away.
 *
 * No `Readable`, because there are thousands: the bytes of an event, which are the same for everyone, go to the socket
 * as they are. That is also why the answer has no chunks: it ends with its connection.
 */
export class EventStream implements Worker {
  private socket: Socket | undefined;
  /** True while the client takes more. */
  private wanted = false;
  private waiting = false;
  private finished = false;
  private closed = false;
  private beats = false;
  private closing: (() => void)[] = [];
  private readonly stopPulse: () => void;

  /**
   * @param opening the text that is sent at once
   * @param heartbeatMs how often a silent stream says that it is alive
   */
  constructor(
    private readonly source: EventText,
    private opening: string,
    heartbeatMs: number,
  ) {
    this.stopPulse = Pulse.join(heartbeatMs, () => this.tick());
  }

  get destroyed(): boolean {
    return this.closed;
  }

  /** Calls back once, when the stream is over, however it ends. */
  once(_event: 'close', listener: () => void): this {
    this.closing.push(listener);
    return this;
  }

  /** Sends itself as the body of a response whose headers are set. */
  pipe(response: ServerResponse): ServerResponse {
    const { socket } = response;
    // Behind another answer on the same connection there is no socket yet: nobody streams like that.
    if (this.closed || response.destroyed || !socket) {
      response.destroy();
      this.destroy();
      return response;
    }
    this.socket = socket;
    response.once('close', () => this.destroy());
    socket.on('drain', () => {
      this.wanted = true;
      this.wake();
    });
    response.removeHeader('Transfer-Encoding');
    response.setHeader('Connection', 'close');
    // The head goes as it is, not as a part of the first text: the response keeps it, and would keep all its pieces.
    socket.cork();
    response.flushHeaders();
    this.wanted = socket.write(this.opening);
    socket.uncork();
    this.opening = '';
    if (this.finished) this.end();
    else this.wake();
    return response;
  }

  /** Says that the source has more. What comes in the same turn is sent together, and folded if it can be. */
  wake(): void {
    if (this.waiting || !this.wanted || this.finished) return;
    this.waiting = true;
    turns.add(this);
  }

  /** Says a last thing and ends, whatever the source still has; a client that does not read is cut off. */
  finish(text: string): void {
    if (this.finished || this.closed) return;
    this.stop();
    if (this.socket) this.socket.write(text);
    else this.opening += text;
    this.end();
  }

  /** Cuts the client off. */
  destroy(): void {
    if (this.closed) return;
    this.closed = true;
    this.stop();
    this.socket?.destroy();
    for (const listener of this.closing) listener();
    this.closing = [];
  }

  work(): void {
    this.waiting = false;
    try {
      this.drain();
    } catch (error) {
      // A bug must not take all other streams along.
      log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
      this.destroy();
    }
  }

  private drain(): void {
    while (this.wanted && !this.finished) {
      const events = this.source.take(CHUNK);
      if (events.length > 0) this.write(events);
      else if (this.beats) this.write(this.source.heartbeat());
      else return;
      this.beats = false;
    }
  }

  /** Past the response, which would put every write off to the end of the turn, with all the others. */
  private write(text: Buffer | string): void {
    this.wanted = this.socket?.write(text) ?? false;
  }

  private end(): void {
    this.socket?.end();
    setTimeout(() => this.destroy(), LINGER_MS).unref();
  }

  private stop(): void {
    if (this.finished) return;
    this.finished = true;
    this.stopPulse();
    this.source.release();
  }

  /** Only to a client that reads: for another one it would only fill memory. */
  private tick(): void {
    if (!this.wanted) return;
    this.beats = true;
    this.wake();
  }
}
