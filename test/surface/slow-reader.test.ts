import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StreamSettings } from '../../src/events/stream-settings.ts';
import { task } from '../factories/domain.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { startSurface, type Surface } from '../support/surface.ts';
import { within } from '../support/subscription.ts';

const OBJECTS = 50;
/** Enough to fill the history and every buffer on the way to a client. */
const WARM_UP = 20_000;
const CHANGES = 60_000;
/** As many changes as come in one turn of a busy swarm. */
const BATCH = 100;
const MEBIBYTE = 2 ** 20;

let surface: Surface;
let version = 0;
let readers: Reader[];
beforeEach(async () => {
  readers = [];
  surface = await startSurface({ swarm: new FakeSwarm() });
});
afterEach(async () => {
  for (const reader of readers) reader.socket.destroy();
  await surface.close();
});

/** A reader of all tasks, over a bare socket so that it can stop reading, which keeps next to nothing. */
class Reader {
  /** The version of each task that it was told of last. */
  readonly versions = new Map<string, number>();
  told = 0;
  resync = false;
  ended = false;
  private rest = '';

  constructor(readonly socket: Socket) {
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.read(text));
    socket.on('close', () => (this.ended = true));
    socket.on('error', () => undefined);
  }

  static async open(): Promise<Reader> {
    const [host = '', port] = surface.address.split(':');
    const socket = connect(Number(port), host);
    const reader = new Reader(socket);
    readers.push(reader);
    socket.write(
      `GET /v1/events?kinds=task HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${surface.adminToken}\r\n\r\n`,
    );
    await within(new Promise((resolve) => socket.once('data', resolve)), 'The stream did not begin');
    return reader;
  }

  private read(text: string): void {
    const events = (this.rest + text).split('\n\n');
    this.rest = events.pop() ?? '';
    for (const event of events) {
      this.resync ||= event.includes('event: resync');
      const [, data] = /^data: (.*)$/m.exec(event) ?? [];
      const { object } = (data ? JSON.parse(data) : {}) as { object?: { id: string; version: number } };
      if (!object) continue;
      this.told += 1;
      this.versions.set(object.id, object.version);
    }
  }
}

/** Changes tasks in turn, in batches, with the event loop going on in between. */
async function change(changes: number, objects = OBJECTS): Promise<void> {
  for (let made = 0; made < changes; made += BATCH) {
    for (let index = 0; index < Math.min(BATCH, changes - made); index++) {
      version += 1;
      const object = task({ id: `task${version % objects}`, version, message: 'x'.repeat(500) });
      surface.state.apply([{ type: 'upsert', kind: 'task', object }]);
    }
    await turn();
  }
}

async function until(condition: () => boolean, complaint: string): Promise<void> {
  const waiting = (async () => {
    while (!condition()) await turn();
  })();
  await within(waiting, complaint);
}

const isUpToDate = (reader: Reader) => (): boolean =>
  [...surface.state.tasks.all()].every(({ id, version: latest }) => reader.versions.get(id) === latest);

/** What is in use, in and beside the heap, after everything that is not has been collected. */
async function memoryInUse(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let times = 0; times < 3; times++) {
    collect();
    await turn();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('a reader that stops reading', () => {
  it('takes no more memory however much happens, holds nobody up, and is brought up to date when it reads again', async () => {
    const slow = await Reader.open();
    const quick = await Reader.open();
    slow.socket.pause();
    await change(WARM_UP);
    await until(isUpToDate(quick), 'The other reader was not told of everything');
    const before = await memoryInUse();
    await change(CHANGES);
    await until(isUpToDate(quick), 'The other reader was not told of everything');
    // Keeping every change would take some 100 MiB; keeping every event on the way to the client as much again.
    expect((await memoryInUse()) - before).toBeLessThan(20 * MEBIBYTE);
    expect(slow.ended).toBe(false);
    slow.socket.resume();
    await until(isUpToDate(slow), 'The slow reader was not brought up to date');
    expect(slow.resync).toBe(false);
    expect(slow.told).toBeLessThan(quick.told / 2);
    expect(quick.told).toBeGreaterThan(OBJECTS);
  }, 60_000);

  it('is ended with resync when too many objects have changed, and is forgotten', async () => {
    const settings = surface.app.get(StreamSettings, { strict: false });
    settings.capacity = OBJECTS;
    const slow = await Reader.open();
    settings.capacity = 10_000;
    const quick = await Reader.open();
    slow.socket.pause();
    // First it has to be behind: what the sockets hold does not wait in its queue.
    await change(WARM_UP);
    await change(2 * OBJECTS, 2 * OBJECTS);
    await until(isUpToDate(quick), 'The other reader was not told of everything');
    expect(quick.ended).toBe(false);
    slow.socket.resume();
    await until(() => slow.ended, 'The slow reader was not ended');
    expect(slow.resync).toBe(true);
    expect(quick.resync).toBe(false);
  }, 60_000);
});
