import { request, type IncomingHttpHeaders } from 'node:http';

/** What a proxy has answered. */
export interface ProxyAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What to ask it. */
export interface ProxyQuestion {
  readonly host?: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** Asks a proxy on loopback over a connection of its own. `host` is sent as it is, and not looked up. */
export function askProxy(
  port: number,
  { host = 'foo.example.com', path = '/', method = 'GET', headers = {} }: ProxyQuestion = {},
): Promise<ProxyAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        headers: { ...headers, host } as Record<string, string>,
        agent: false,
      },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(pieces).toString(),
          }),
        );
      },
    );
    asked.on('error', reject);
    asked.setTimeout(10_000, () => asked.destroy(new Error('The proxy did not answer within ten seconds.')));
    asked.end();
  });
}
