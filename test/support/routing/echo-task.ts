import { writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { WebSocketServer } from 'ws';
import type { Echo } from './echo.ts';

// Runs in the containers of tests, as it is, with what the image of Swarmplane brings along: it must import no other
// file. Every port understands HTTP, WebSockets, TLS with HTTP in it, the PROXY protocol in front of them, and anything
// else as plain TCP; all answers tell which task gives them and how it was reached.

const {
  ECHO_SERVICE: service = '',
  ECHO_TASK: task = '',
  ECHO_PORTS = '8080',
  ECHO_KEY: key = '',
  ECHO_CERTIFICATE: cert = '',
  ECHO_LINGER_MS = '0',
} = process.env;

/** How a connection came in, before what is said on it. */
interface Arrival {
  readonly port: number;
  proxy: Echo['proxy'];
  tls: Echo['tls'];
}

const PROXY_V2 = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
const TLS_HANDSHAKE = 0x16;
const HTTP_REQUEST = /^[A-Z]+ \S+ HTTP\/1/;

const arrivals = new WeakMap<Socket, Arrival>();
const listeners: Server[] = [];
let isStopping = false;

const http = createHttpServer(answer);
const webSockets = new WebSocketServer({ noServer: true });
const tls = createTlsServer({ key, cert, ALPNProtocols: ['http/1.1'] }, (socket) => {
  http.emit('connection', socket);
});

http.on('upgrade', (request, socket, head) =>
  webSockets.handleUpgrade(request, socket, head, (client) => {
    client.send(JSON.stringify(echoOf(request)));
    client.on('message', (data) => client.send(data, { binary: false }));
    client.on('error', () => {});
  }),
);

function answer(request: IncomingMessage, response: ServerResponse): void {
  const wishes = new URL(request.url ?? '/', 'http://task').searchParams;
  request.resume();
  const cookie = wishes.get('set-cookie');
  setTimeout(
    () => {
      response.writeHead(Number(wishes.get('status') ?? 200), {
        'Content-Type': 'application/json',
        'X-Cache': 'from the task',
        ...(cookie ? { 'Set-Cookie': cookie } : {}),
        ...(isStopping ? { Connection: 'close' } : {}),
      });
      response.end(JSON.stringify(echoOf(request)));
    },
    Number(wishes.get('delay') ?? 0),
  );
}

function echoOf({ socket, method = '', url = '', rawHeaders }: IncomingMessage): Echo {
  const headers = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [`${name.toLowerCase()}: ${rawHeaders[index + 1]}`] : [],
  );
  return { service, task, ...arrivalOf(socket), method, url, headers };
}

function arrivalOf(socket: Socket): Arrival {
  const found = arrivals.get(socket);
  if (found) return found;
  // TLS has a socket of its own, above the one that came in.
  const below = arrivals.get((socket as unknown as { _parent: Socket })._parent);
  const above = socket as TLSSocket;
  return {
    port: below?.port ?? 0,
    proxy: below?.proxy ?? null,
    tls: { name: above.servername || null, version: above.getProtocol() ?? '' },
  };
}

/** Looks at what comes first, and hands the connection over to who understands it. */
function sort(socket: Socket, arrival: Arrival): void {
  socket.once('data', (chunk: Buffer) => {
    const rest = afterProxyHeader(chunk, arrival);
    if (rest.length === 0) return sort(socket, arrival);
    const server = rest[0] === TLS_HANDSHAKE ? tls : HTTP_REQUEST.test(rest.toString('latin1')) ? http : null;
    if (!server) {
      socket.end(
        JSON.stringify({ service, task, ...arrival, method: '', url: rest.toString(), headers: [] }),
      );
      return;
    }
    socket.pause();
    socket.unshift(rest);
    server.emit('connection', socket);
    // TLS reads what is below the socket by itself.
    if (server === http) socket.resume();
  });
}

/** What follows the header of the PROXY protocol, where there is one. It comes in one piece on these networks. */
function afterProxyHeader(chunk: Buffer, arrival: Arrival): Buffer {
  if (chunk.subarray(0, PROXY_V2.length).equals(PROXY_V2)) {
    const length = 16 + chunk.readUInt16BE(14);
    arrival.proxy = { version: 2, source: [...chunk.subarray(16, 20)].join('.') };
    return chunk.subarray(length);
  }
  const [line, source = ''] = /^PROXY TCP[46] (\S+) [^\r]*\r\n/.exec(chunk.toString('latin1')) ?? [];
  if (line === undefined) return chunk;
  arrival.proxy = { version: 1, source };
  return chunk.subarray(line.length);
}

/** As a service should: what is running goes on, nothing new is begun; open WebSockets stay for a while. */
process.on('SIGTERM', () => {
  isStopping = true;
  for (const listener of listeners) listener.close();
  http.closeIdleConnections();
  setTimeout(() => {
    for (const client of webSockets.clients) client.close(1001);
  }, Number(ECHO_LINGER_MS));
});

for (const port of ECHO_PORTS.split(',').map(Number)) {
  const listener = createServer((socket) => {
    const arrival = { port, proxy: null, tls: null };
    arrivals.set(socket, arrival);
    socket.on('error', () => socket.destroy());
    sort(socket, arrival);
  });
  listeners.push(listener);
  await new Promise<void>((resolve) => listener.listen(port, resolve));
}
// What the health check looks for: a task is RUNNING once it answers.
writeFileSync('/tmp/ready', '');
