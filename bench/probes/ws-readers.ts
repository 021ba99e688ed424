import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { now } from '../kit/clock.ts';
import { answer } from '../kit/probe.ts';
import { SightingLog, type Sightings } from '../kit/sightings.ts';

// Many subscribers over graphql-transport-ws, each on a socket of its own, with as little parsing as will do (RFC 6455).
interface Where {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly count: number;
}

const SUBSCRIPTION =
  'subscription { serviceChanged { type object { id version name replicas runningTasks desiredTasks updatedAt } } }';
const CHANGE = /"id":"(\w+)","version":(\d+)/;
const HEAD_END = '\r\n\r\n';
/** The protocol has no message that says "subscribed"; a subscription begins in the turn in which it is read. */
const SETTLE_MS = 500;

/** All sockets read into the same memory: what is read is looked at before the next one is. */
const SHARED = Buffer.alloc(64 * 1024);

const log = new SightingLog();
let sockets: Socket[] = [];

/** A text frame as clients send it: masked, with a mask that changes nothing. */
function frame(message: object): Buffer {
  const text = Buffer.from(JSON.stringify(message));
  const length =
    text.length < 126
      ? Buffer.of(0x80 | text.length)
      : Buffer.of(0x80 | 126, text.length >> 8, text.length & 0xff);
  return Buffer.concat([Buffer.of(0x81), length, Buffer.alloc(4), text]);
}

/** Takes the whole frames out of what was received: their texts, and what is left. Servers do not mask. */
function split(received: Buffer): { readonly texts: string[]; readonly rest: Buffer } {
  const texts: string[] = [];
  let at = 0;
  while (received.length >= at + 2) {
    const short = (received[at + 1] ?? 0) & 0x7f;
    const start = at + (short === 126 ? 4 : short === 127 ? 10 : 2);
    if (received.length < start) break;
    const length =
      short === 126
        ? received.readUInt16BE(at + 2)
        : short === 127
          ? Number(received.readBigUInt64BE(at + 2))
          : short;
    if (received.length < start + length) break;
    if (((received[at] ?? 0) & 0x0f) === 1) texts.push(received.toString('latin1', start, start + length));
    at = start + length;
  }
  return { texts, rest: received.subarray(at) };
}

function open({ host, port, token }: Where): Promise<void> {
  return new Promise((resolve, reject) => {
    let upgraded = false;
    let received: Buffer = Buffer.alloc(0);
    const callback = (length: number): boolean => {
      const at = now();
      const chunk = SHARED.subarray(0, length);
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      if (!upgraded) {
        const end = received.indexOf(HEAD_END);
        if (end < 0) return keep();
        upgraded = received.toString('latin1', 0, 12) === 'HTTP/1.1 101';
        if (!upgraded) {
          reject(new Error(received.toString('latin1', 0, 200)));
          return false;
        }
        received = received.subarray(end + HEAD_END.length);
        socket.write(frame({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } }));
      }
      const { texts, rest } = split(received);
      received = rest;
      for (const text of texts) {
        const change = CHANGE.exec(text);
        if (change) log.note(`${change[1]}/${change[2]}`, at);
        else if (text.includes('"connection_ack"')) {
          socket.write(frame({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION } }));
          resolve();
        } else if (text.includes('"ping"')) socket.write(frame({ type: 'pong' }));
        else reject(new Error(text));
      }
      return keep();
    };
    const keep = (): boolean => {
      received = Buffer.from(received);
      return true;
    };
    const socket = connect({ host, port, noDelay: true, onread: { buffer: SHARED, callback } });
    socket.on('error', reject);
    const key = randomBytes(16).toString('base64');
    socket.write(
      `GET /graphql HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
    );
    sockets.push(socket);
  });
}

answer({
  /** Opens subscribers; answers once all follow the changes. */
  open: async (where: Where): Promise<void> => {
    await Promise.all(Array.from({ length: where.count }, () => open(where)));
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  },
  take: (): Sightings => log.take(),
  close: (): void => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
  },
});
