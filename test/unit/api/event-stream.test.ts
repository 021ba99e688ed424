import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventBytes, EventStream, eventText, retryText } from '../../../src/api/event-stream.ts';

const HEARTBEAT_MS = 15_000;
const EVENT = Buffer.alloc(1_024, 'x');

/** A source that has always more to tell, or nothing. */
class Source {
  taken = 0;
  released = 0;
  hasMore = false;

  take(length: number): Buffer {
    if (!this.hasMore) return Buffer.alloc(0);
    const events = Buffer.concat(Array.from({ length: length / EVENT.length }, () => EVENT));
    this.taken += events.length;
    return events;
  }
  heartbeat(): string {
    return ': alive\n\n';
  }
  release(): void {
    this.released += 1;
  }
}

/** The socket of a client that reads what is written, or stops reading with the first write. */
class Client extends EventEmitter {
  readonly seen: string[] = [];
  destroyed = false;
  ended = false;

  constructor(readonly reads: boolean) {
    super();
  }
  cork(): void {}
  uncork(): void {}
  write(text: Buffer | string): boolean {
    this.seen.push(text.toString());
    return this.reads;
  }
  end(): void {
    this.ended = true;
    if (this.reads) this.destroy();
  }
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }
}

/** The response to it, as far as a stream needs one. */
function responseTo(client: Client): ServerResponse {
  const response = {
    socket: client,
    destroyed: client.destroyed,
    once: (name: string, listener: () => void) => client.once(name, listener),
    removeHeader: () => undefined,
    setHeader: () => undefined,
    destroy: () => client.destroy(),
    flushHeaders: () => undefined,
  };
  return response as unknown as ServerResponse;
}

let source: Source;
let stream: EventStream;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout', 'clearInterval', 'clearTimeout'] });
  source = new Source();
  stream = new EventStream(source, 'opening\n\n', HEARTBEAT_MS);
});
afterEach(() => {
  stream.destroy();
  vi.useRealTimers();
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function connect(reads = true): Client {
  const client = new Client(reads);
  stream.pipe(responseTo(client));
  return client;
}

describe('EventStream', () => {
  it('sends the opening at once, and what comes when it is woken', async () => {
    const { seen } = connect();
    await turn();
    expect(seen).toEqual(['opening\n\n']);
    let told = false;
    source.take = () => {
      const event = told ? Buffer.alloc(0) : EVENT;
      told = true;
      return event;
    };
    stream.wake();
    stream.wake();
    await turn();
    expect(seen.slice(1)).toEqual([EVENT.toString()]);
  });

  it('takes no more than its buffer holds for a client that does not read', async () => {
    source.hasMore = true;
    const client = connect(false);
    for (let count = 0; count < 1_000; count++) stream.wake();
    vi.advanceTimersByTime(100 * HEARTBEAT_MS);
    await turn();
    expect(client.seen).toEqual(['opening\n\n']);
    // It goes on when the client does, again only as far.
    client.emit('drain');
    await turn();
    expect(client.seen).toHaveLength(2);
    expect(source.taken).toBe(16 * 1_024);
  });

  it('says that it is alive while there is nothing else', async () => {
    const { seen } = connect();
    await turn();
    for (let beats = 1; beats <= 2; beats++) {
      vi.advanceTimersByTime(HEARTBEAT_MS);
      await turn();
      expect(seen.slice(1).join('')).toBe(': alive\n\n'.repeat(beats));
    }
  });

  it('says a last thing, takes nothing more, and releases its source once', async () => {
    const { seen } = connect();
    await turn();
    stream.finish('last\n\n');
    source.hasMore = true;
    stream.wake();
    stream.finish('again\n\n');
    await turn();
    expect(seen.at(-1)).toBe('last\n\n');
    expect(source.taken).toBe(0);
    expect(stream.destroyed).toBe(true);
    expect(source.released).toBe(1);
  });

  it('cuts a client off that does not read the end', () => {
    connect(false);
    stream.finish('last\n\n');
    expect(stream.destroyed).toBe(false);
    vi.advanceTimersByTime(2_000);
    expect(stream.destroyed).toBe(true);
    expect(source.released).toBe(1);
  });

  it('ends when its source fails, and no other stream does', async () => {
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    source.take = () => {
      throw new Error('a bug');
    };
    const other = new EventStream(new Source(), 'other\n\n', HEARTBEAT_MS);
    const [mine, theirs] = [connect(), new Client(true)];
    other.pipe(responseTo(theirs));
    await turn();
    vi.advanceTimersByTime(HEARTBEAT_MS);
    await turn();
    expect(mine.destroyed).toBe(true);
    expect(source.released).toBe(1);
    expect(theirs.seen.at(-1)).toBe(': alive\n\n');
    expect(String(logged.mock.calls)).toContain('a bug');
    logged.mockRestore();
    other.destroy();
  });

  it('releases its source when the client goes away', async () => {
    let closed = 0;
    stream.once('close', () => (closed += 1));
    connect().destroy();
    await turn();
    expect(source.released).toBe(1);
    expect(closed).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends at once for a client that has gone before it began', () => {
    const client = new Client(true);
    client.destroy();
    stream.pipe(responseTo(client));
    expect(client.seen).toEqual([]);
    expect(source.released).toBe(1);
  });

  it('says its last thing also when it has finished before it began', () => {
    stream.finish('last\n\n');
    const client = connect();
    expect(client.seen.join('')).toBe('opening\n\nlast\n\n');
    expect(client.ended).toBe(true);
  });
});

describe('the text of an event', () => {
  it('is that of a server-sent event', () => {
    expect(eventText('resync', '{}')).toBe('event: resync\ndata: {}\n\n');
    expect(eventText('resync', '{}', 'a.1')).toBe('id: a.1\nevent: resync\ndata: {}\n\n');
    expect(eventBytes('task.added', Buffer.from('{"ü":1}'), 'a.1').toString()).toBe(
      'id: a.1\nevent: task.added\ndata: {"ü":1}\n\n',
    );
    expect(retryText()).toMatch(/^retry: \d{3,4}\n$/);
  });
});
