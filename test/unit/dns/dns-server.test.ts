import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { Packet } from 'dns2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DnsMetrics } from '../../../src/dns/dns-metrics.ts';
import { DnsServer } from '../../../src/dns/dns-server.ts';
import { knownNames } from './known-names.ts';
import { question } from './question.ts';

const names = knownNames({
  front: {
    web: { addresses: ['10.0.9.2'] },
    many: { addresses: Array.from({ length: 1_000 }, (_, index) => `10.1.${index >> 8}.${index & 255}`) },
  },
});
const counted: string[] = [];
const metrics: Pick<DnsMetrics, 'count'> = { count: (transport) => counted.push(transport) };
const LOOPBACK = '127.0.0.1';
// What it says to the log is no part of this.
Logger.overrideLogger(false);
let server: DnsServer;

beforeEach(async () => {
  server = new DnsServer({ address: LOOPBACK, port: 0, zone: 'swarm.internal' }, names, metrics);
  await server.onApplicationBootstrap();
});
afterEach(() => server.onApplicationShutdown());

function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

const closeOf = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()));

async function connected(): Promise<Socket> {
  const socket = connect(server.address.port, LOOPBACK);
  // A server that hangs up may do so while more is being sent.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** The first so many answers that come. */
async function answers(socket: Socket, count: number): Promise<Packet[]> {
  let bytes: Buffer = Buffer.alloc(0);
  const found: Packet[] = [];
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
      const end = 2 + bytes.readUInt16BE(0);
      found.push(Packet.parse(bytes.subarray(2, end)));
      bytes = bytes.subarray(end);
    }
    if (found.length >= count) break;
  }
  return found;
}

describe('a name server', () => {
  it('answers over UDP', async () => {
    const client = createSocket('udp4');
    client.send(Buffer.from('junk'), server.address.port, LOOPBACK);
    client.send(question('web', { id: 1 }), server.address.port, LOOPBACK);
    const [answer] = (await once(client, 'message')) as [Buffer];
    client.close();
    expect(counted).toEqual(['udp']);
    expect(Packet.parse(answer)).toMatchObject({ header: { id: 1 }, answers: [{ address: '10.0.9.2' }] });
  });

  it('answers over TCP, question after question, however they are cut', async () => {
    const socket = await connected();
    const bytes = Buffer.concat([1, 2, 3].map((id) => framed(question('web', { id }))));
    for (let start = 0; start < bytes.length; start += 7) socket.write(bytes.subarray(start, start + 7));
    expect((await answers(socket, 3)).map(({ header }) => header.id)).toEqual([1, 2, 3]);
  });

  it('hangs up on what means nothing', async () => {
    const socket = await connected();
    socket.resume().write(framed(Buffer.from('junk')));
    await closeOf(socket);
  });

  it('hangs up on a client that asks and does not read', async () => {
    const socket = await connected();
    socket.pause();
    const closed = closeOf(socket);
    const asked = Buffer.concat(Array.from({ length: 100 }, (_, id) => framed(question('many', { id }))));
    // Each time 1.6 MB are to be answered; what the kernel holds for it has an end.
    for (let round = 0; round < 200 && !socket.destroyed; round++) {
      await new Promise((resolve) => socket.write(asked, resolve));
    }
    socket.resume();
    await closed;
  });

  it('turns those away that are too many, and goes on for others', async () => {
    const first = await connected();
    const others = await Promise.all(Array.from({ length: 110 }, () => connected()));
    await Promise.race(others.map((socket) => closeOf(socket.resume())));
    first.write(framed(question('web', { id: 9 })));
    expect((await answers(first, 1))[0]?.header.id).toBe(9);
    for (const socket of others) socket.destroy();
  });

  it('says which setting is wrong where it cannot listen', async () => {
    const taken = createServer().listen(0, LOOPBACK);
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const second = new DnsServer({ address: LOOPBACK, port, zone: 'swarm.internal' }, names, metrics);
    await expect(second.onApplicationBootstrap()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/^SWARMPLANE_DNS_LISTEN .*EADDRINUSE/) as string,
    });
    taken.close();
  });

  it('ends with its clients connected', async () => {
    const socket = await connected();
    const closed = closeOf(socket.resume());
    await server.onApplicationShutdown();
    await closed;
  });
});
