import type { IncomingMessage } from 'node:http';
import type { Logger } from '@nestjs/common';
import { CloseCode, type Server } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import type { WebSocket } from 'ws';
import { SharedData } from './shared-data.ts';

/** How often a client is asked whether it lives, and how long it may take to say so, in milliseconds. */
const PING_MS = 12_000;

/**
 * Lets graphql-ws speak over a socket. What its own adapter for `ws` does, but what is shared among subscribers is sent
 * as the bytes that it is, and errors go to the log.
 */
export function serveSocket(
  server: Server<Extra>,
  socket: WebSocket,
  request: IncomingMessage,
  log: Logger,
): void {
  // `ws` closes the socket by itself, with the right code.
  socket.on('error', (error) => log.debug(`A socket failed: ${error.message}`));
  const stopPinging = ping(socket);
  const closed = server.opened(
    {
      protocol: socket.protocol,
      send: (message) => send(socket, SharedData.insertedInto(message)),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (take) => {
        socket.on('message', (data: Buffer) => {
          take(data.toString()).catch((error: unknown) => {
            log.error(`A message could not be handled: ${String(error)}`);
            socket.close(CloseCode.InternalServerError, 'Internal server error');
          });
        });
      },
    },
    { socket, request },
  );
  socket.once('close', (code, reason) => {
    stopPinging();
    void closed(code, reason.toString());
  });
}

/** Resolves when the message is on its way, so that who reads slowly is told slowly. */
function send(socket: WebSocket, message: Buffer | string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) return resolve();
    socket.send(message, { binary: false }, (error) => (error ? reject(error) : resolve()));
  });
}

/** Ends a socket whose other side is gone without a word. */
function ping(socket: WebSocket): () => void {
  let isAlive = true;
  socket.on('pong', () => (isAlive = true));
  const timer = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, PING_MS);
  return () => clearInterval(timer);
}
