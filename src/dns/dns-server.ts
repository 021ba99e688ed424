import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, isIPv6, type AddressInfo, type Server, type Socket } from 'node:net';
import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DomainError } from '../domain/errors.ts';
import type { DnsMetrics, Transport } from './dns-metrics.ts';
import type { DnsListen } from './dns-settings.ts';
import { Responder } from './responder.ts';
import { converse } from './tcp-conversation.ts';
import { Zone, type ZoneNames } from './zone.ts';

/** More at once are turned away. */
const MAX_CONNECTIONS = 100;
const EVERYWHERE: readonly string[] = ['0.0.0.0', '::'];

/** Tells clients outside the swarm what its names answer, over UDP and TCP, for as long as the application runs. */
export class DnsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger('DNS');
  private readonly clients = new Set<Socket>();
  private udp: UdpSocket | undefined;
  private tcp: Server | undefined;

  constructor(
    private readonly listen: DnsListen,
    private readonly names: ZoneNames,
    private readonly metrics: Pick<DnsMetrics, 'count'>,
  ) {}

  /** Where it listens, over UDP and TCP alike. */
  get address(): { readonly address: string; readonly port: number } {
    const { address, port } = this.tcp?.address() as AddressInfo;
    return { address, port };
  }

  /** Fails `invalid` when it cannot listen there. */
  async onApplicationBootstrap(): Promise<void> {
    const { address, port, zone } = this.listen;
    const own = EVERYWHERE.includes(address) ? null : address;
    const responder = new Responder(new Zone(zone, this.names, own), (error) => this.log.error(error));
    try {
      await this.listenTcp(responder, address, port);
      // The same port for both, also where any free one will do.
      await this.listenUdp(responder, address, this.address.port);
    } catch (cause) {
      await this.onApplicationShutdown();
      const { message } = cause as Error;
      throw new DomainError(
        'invalid',
        `SWARMPLANE_DNS_LISTEN is ${address} port ${port}, where this process cannot listen: ${message}.`,
        { cause },
      );
    }
    this.log.log(`Answering for ${zone} at ${this.address.address} port ${this.address.port}.`);
  }

  async onApplicationShutdown(): Promise<void> {
    const { udp, tcp } = this;
    this.udp = this.tcp = undefined;
    if (udp) await new Promise<void>((resolve) => udp.close(() => resolve()));
    if (!tcp?.listening) return;
    const closed = new Promise((resolve) => tcp.close(resolve));
    for (const client of this.clients) client.destroy();
    await closed;
  }

  private async listenTcp(responder: Responder, host: string, port: number): Promise<void> {
    const server = createServer((socket) => {
      this.clients.add(socket);
      socket.once('close', () => this.clients.delete(socket));
      const { remoteAddress = '' } = socket;
      converse(socket, (message) => this.counted('tcp', responder.overTcp(message, remoteAddress)));
    });
    server.maxConnections = MAX_CONNECTIONS;
    this.tcp = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ host, port }, resolve);
    });
    server.on('error', (error) => this.log.error(error));
  }

  private async listenUdp(responder: Responder, address: string, port: number): Promise<void> {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    socket.on('message', (message, client) => {
      const answer = this.counted('udp', responder.overUdp(message, client.address));
      // What does not reach its client is asked for again.
      if (answer) socket.send(answer, client.port, client.address, () => undefined);
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject).bind({ address, port }, resolve);
    });
    this.udp = socket;
    socket.on('error', (error) => this.log.error(error));
  }

  private counted(transport: Transport, answer: Buffer | null): Buffer | null {
    if (answer) this.metrics.count(transport, answer);
    return answer;
  }
}
