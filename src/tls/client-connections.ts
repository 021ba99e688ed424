import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { clientCertificateOf, distrust } from '../api/client-certificate.ts';

/**
 * The connections on which clients have shown certificates. What was found of a certificate when its connection began holds
 * for as long as that lasts; so when other authorities are trusted, or more is revoked, the connections have to end.
 */
export class ClientConnections {
  /** With the answer that is under way, if there is one. */
  private readonly open = new Map<TLSSocket, ServerResponse | null>();
  /** Those whose client is not known yet, by its address. */
  private readonly beginning = new Map<string, Socket>();

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => this.begin(socket));
    server.on('secureConnection', (socket) => this.take(socket));
    server.on('request', (request, response) => this.answer(request, response));
  }

  /** Ends them: at once where no answer is under way, else after it. Nothing is taken from them any more. */
  end(): void {
    for (const socket of this.beginning.values()) socket.destroy();
    for (const [socket, response] of this.open) {
      distrust(socket);
      if (response === null) socket.destroy();
      else {
        response.shouldKeepAlive = false;
        response.once('close', () => socket.destroySoon());
      }
    }
  }

  private begin(socket: Socket): void {
    const address = addressOf(socket);
    this.beginning.set(address, socket);
    socket.once('close', () => {
      if (this.beginning.get(address) === socket) this.beginning.delete(address);
    });
  }

  private take(socket: TLSSocket): void {
    this.beginning.delete(addressOf(socket));
    if (clientCertificateOf(socket) === null) return;
    this.open.set(socket, null);
    socket.once('close', () => this.open.delete(socket));
  }

  private answer({ socket }: IncomingMessage, response: ServerResponse): void {
    const connection = socket as TLSSocket;
    if (!this.open.has(connection)) return;
    this.open.set(connection, response);
    response.once('close', () => {
      if (this.open.get(connection) === response) this.open.set(connection, null);
    });
  }
}

const addressOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
