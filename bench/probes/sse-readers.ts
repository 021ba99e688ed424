import { connect, type Socket } from 'node:net';
import { now } from '../kit/clock.ts';
import { answer } from '../kit/probe.ts';
import { SightingLog, type Sightings } from '../kit/sightings.ts';

// Many readers of GET /v1/events, over bare sockets and with as little parsing as will do.
interface Where {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly query: string;
  readonly count: number;
}

const CONNECTING_AT_ONCE = 50;
/** One address has about 28,000 ports for connections to one server. */
const READERS_PER_ADDRESS = 20_000;
const ID = Buffer.from('id: ');
const NEXT_ID = Buffer.from('\n\nid: ');
const END = Buffer.from('\n\n');
const OBJECT = /"object":(\{.*\}),"previous":/;
const LINE_FEED = 10;
/** All sockets read into the same memory: what is read is looked at before the next one is. */
const SHARED = Buffer.alloc(256 * 1024);

const log = new SightingLog();
/** What the event with this id is about; the same for every reader of one server. Undefined for one without data. */
const changes = new Map<string, string | undefined>();
let sockets: Socket[] = [];
/** How many readers the server has ended. */
let ended = 0;

/** Looks at whole blocks of a stream. Most ids have been seen by another reader, and nothing more has to be read. */
function read(bytes: Buffer, at: number): void {
  let start = bytes.subarray(0, ID.length).equals(ID) ? ID.length : after(bytes, 0);
  while (start >= 0) {
    const end = bytes.indexOf(LINE_FEED, start);
    const id = bytes.toString('latin1', start, end);
    if (!changes.has(id)) changes.set(id, changeIn(bytes.toString('utf8', end, bytes.indexOf(END, end))));
    const change = changes.get(id);
    if (change !== undefined) log.note(change, at);
    start = after(bytes, end);
  }
}

/** Where the next id begins; -1 when there is none. */
function after(bytes: Buffer, from: number): number {
  const found = bytes.indexOf(NEXT_ID, from);
  return found < 0 ? -1 : found + NEXT_ID.length;
}

/** What the rest of an event is about, as sightings name it. */
function changeIn(text: string): string | undefined {
  const data = OBJECT.exec(text)?.[1];
  if (data === undefined) return undefined;
  const { id, version } = JSON.parse(data) as { id: string; version: number };
  return `${id}/${version}`;
}

/** Opens one reader; answers once its stream has begun. */
function open({ host, port, token, query }: Where, index: number): Promise<void> {
  return new Promise((resolve, reject) => {
    // Addresses of its own for each server: ports of the round before are not free again for a minute.
    const localAddress = `127.0.${port % 256}.${2 + Math.floor(index / READERS_PER_ADDRESS)}`;
    let begun = false;
    let rest: Buffer | undefined;
    const callback = (length: number): boolean => {
      const at = now();
      const chunk = SHARED.subarray(0, length);
      const bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
      // Most events come whole, and are not copied.
      const isWhole = bytes.subarray(-END.length).equals(END);
      rest = isWhole ? undefined : Buffer.from(bytes);
      if (!isWhole) return true;
      if (begun) read(bytes, at);
      else if (!bytes.toString('latin1', 0, 12).startsWith('HTTP/1.1 200')) {
        reject(new Error(bytes.toString('utf8', 0, 200)));
      } else if (bytes.includes('\nid: ')) {
        begun = true;
        resolve();
      } else rest = Buffer.from(bytes);
      return true;
    };
    const socket = connect({ host, port, localAddress, noDelay: true, onread: { buffer: SHARED, callback } });
    socket.on('error', reject);
    socket.on('close', () => (ended += sockets.length > 0 ? 1 : 0));
    socket.write(
      `GET /v1/events${query} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nAccept: text/event-stream\r\n\r\n`,
    );
    sockets.push(socket);
  });
}

answer({
  /** Opens readers; answers once all streams have begun. */
  open: async (where: Where): Promise<void> => {
    let next = 0;
    const opener = async (): Promise<void> => {
      for (let index = next++; index < where.count; index = next++) await open(where, index);
    };
    await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, opener));
  },
  take: (): Sightings => log.take(),
  /** How many sightings there are since the last `take`, and how many readers the server has ended. */
  count: (): { readonly seen: number; readonly ended: number } => ({ seen: log.length, ended }),
  close: (): void => {
    const open = sockets;
    sockets = [];
    for (const socket of open) socket.destroy();
    changes.clear();
  },
});
