import { connect as connectH2 } from 'node:http2';
import { request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Echo } from './echo.ts';
import type { EngineNetwork } from './engine-network.ts';

/** Far longer than any answer takes. */
const ANSWER_WITHIN_MS = 10_000;

/** Of whoever asks, where it can be chosen. */
export const CLIENT = '198.51.100.7';

export interface Question {
  readonly host: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Over TLS, whose hello names the host. */
  readonly secure?: boolean;
  /** The address that it seems to come from, where the door takes that from a load balancer before it. */
  readonly from?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** What the task says that gave the answer; null where it was none. */
  readonly echo: Echo | null;
}

/** The entry ports of the router of a node, as clients use them: each request has a connection of its own. */
export class FrontDoor {
  constructor(
    private readonly network: EngineNetwork,
    readonly ports: { readonly http: number; readonly https: number },
    /** Whether connections begin with the PROXY protocol. */
    private readonly isBehindProxy = false,
  ) {}

  /** Sends a request and answers what comes back. Rejects where nothing does. */
  ask({ host, path = '/', method = 'GET', headers = {}, secure = false, from }: Question): Promise<Answer> {
    const socket = secure ? this.hello(host, {}, from) : this.dial(this.ports.http, from);
    return new Promise((resolve, reject) => {
      const outgoing = request({
        createConnection: () => socket,
        method,
        path,
        headers: { Host: host, ...headers, Connection: 'close' },
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      outgoing.on('error', reject);
      // A connection that fails before the request is on it tells only its own listeners.
      socket.on('error', reject);
      outgoing.on('response', (response) => {
        text(response).then((body) => {
          const { statusCode: status = 0, headers: answered } = response;
          resolve({ status, headers: answered, body, echo: echoIn(body) });
        }, reject);
      });
      outgoing.end();
    });
  }

  /** The same by HTTP/2, which only TLS has; answers the status and who answered. */
  async askH2(host: string, path = '/'): Promise<Pick<Answer, 'status' | 'echo'>> {
    const socket = this.hello(host, { ALPNProtocols: ['h2'] });
    const session = connectH2(`https://${host}`, { createConnection: () => socket });
    try {
      return await new Promise((resolve, reject) => {
        session.on('error', reject);
        const stream = session.request({ ':path': path }, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
        let status = 0;
        stream.on('response', (headers) => (status = headers[':status'] ?? 0));
        text(stream).then((body) => resolve({ status, echo: echoIn(body) }), reject);
        stream.end();
      });
    } finally {
      session.destroy();
    }
  }

  /** Begins TLS with a name in its hello; whatever certificate comes is taken. */
  hello(name: string | null, options: ConnectionOptions = {}, from?: string): TLSSocket {
    return connectTls({
      socket: this.dial(this.ports.https, from),
      ...(name === null ? {} : { servername: name }),
      rejectUnauthorized: false,
      ...options,
    });
  }

  /** Begins TLS, and answers the names of the certificate that comes. Rejects where the hello is refused. */
  async certificateFor(name: string): Promise<string> {
    const socket = this.hello(name);
    try {
      await new Promise((resolve, reject) => {
        socket.once('secureConnect', resolve);
        socket.once('error', reject);
        socket.once('close', () => reject(new Error('The connection was closed.')));
      });
      return socket.getPeerX509Certificate()?.subjectAltName ?? '';
    } finally {
      socket.destroy();
    }
  }

  /** Sends a line on a TCP port, and answers what the task says that took it. */
  async say(port: number, line: string): Promise<Echo | null> {
    const socket = this.network.connect(port);
    socket.write(line);
    return echoIn(await text(socket));
  }

  private dial(port: number, from = CLIENT): Socket {
    const socket = this.network.connect(port);
    if (this.isBehindProxy) socket.write(`PROXY TCP4 ${from} 192.0.2.1 40000 ${port}\r\n`);
    return socket;
  }
}

async function text(stream: Duplex | IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function echoIn(body: string): Echo | null {
  try {
    const value = JSON.parse(body) as Partial<Echo>;
    return typeof value.task === 'string' && typeof value.service === 'string' ? (value as Echo) : null;
  } catch {
    return null;
  }
}
