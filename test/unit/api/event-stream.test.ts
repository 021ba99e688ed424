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

/** A client that reads all there is. */
function read(): string[] {
  const seen: string[] = [];
  stream.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
  return seen;
}

describe('EventStream', () => {
  it('sends the opening at once, and what comes when it is woken', async () => {
    const seen = read();
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
    stream.read(0);
    for (let count = 0; count < 1_000; count++) stream.wake();
    vi.advanceTimersByTime(100 * HEARTBEAT_MS);
    await turn();
    expect(source.taken).toBeLessThanOrEqual(32 * 1_024);
    expect(stream.readableLength).toBeLessThanOrEqual(33 * 1_024);
  });

  it('says that it is alive while there is nothing else', async () => {
    const seen = read();
    await turn();
    vi.advanceTimersByTime(2 * HEARTBEAT_MS);
    await turn();
    expect(seen.slice(1).join('')).toBe(': alive\n\n'.repeat(2));
  });

  it('says a last thing, takes nothing more, and releases its source once', async () => {
    const seen = read();
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
    stream.finish('last\n\n');
    expect(stream.destroyed).toBe(false);
    vi.advanceTimersByTime(2_000);
    expect(stream.destroyed).toBe(true);
    expect(source.released).toBe(1);
  });

  it('releases its source when the client goes away', async () => {
    stream.destroy();
    await turn();
    expect(source.released).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
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
