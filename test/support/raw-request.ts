import { request, type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { within } from './subscription.ts';

/** What came of an upgrade: 101, or a refusal with its body. */
export interface Upgraded {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const HANDSHAKE: OutgoingHttpHeaders = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': Buffer.from('0123456789abcdef').toString('base64'),
  'Sec-WebSocket-Protocol': 'graphql-transport-ws',
};

/** Asks `address` for a WebSocket, as browsers do; headers that are undefined are left out. */
export function upgrade(
  address: string,
  path = '/graphql',
  headers: Readonly<Record<string, string | undefined>> = {},
): Promise<Upgraded> {
  const [host, port] = address.split(':');
  const sent = Object.entries({ ...HANDSHAKE, ...headers }).filter(([, value]) => value !== undefined);
  const done = new Promise<Upgraded>((resolve, reject) => {
    const asked = request({ host, port, path, headers: Object.fromEntries(sent) });
    asked.on('error', reject);
    asked.on('upgrade', ({ statusCode = 0, headers: said }: IncomingMessage, socket) => {
      socket.destroy();
      resolve({ status: statusCode, headers: said, body: '' });
    });
    asked.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      // A refusal ends the connection, too.
      const { statusCode = 0, headers: said } = response;
      response.socket.on('close', () => resolve({ status: statusCode, headers: said, body }));
    });
    asked.end();
  });
  return within(done, 'The upgrade was neither taken nor refused');
}

/** Sends bytes that need be no request, and comes back with all that is answered until the connection ends. */
export function sendBytes(address: string, bytes: string): Promise<string> {
  const [host = '', port] = address.split(':');
  const done = new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), host, () => socket.write(bytes));
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('close', () => resolve(text)).on('error', reject);
  });
  return within(done, 'The connection was not ended');
}
