import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { RequestOptions } from 'node:https';

/** Where the server is found: behind a name that may stand for several of them, or at a socket of this machine. */
export type ServerAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly secure: boolean; readonly host: string; readonly port: number };

/** One server: the options of a request that reaches it. */
export type ServerEndpoint = Pick<
  RequestOptions,
  'host' | 'port' | 'socketPath' | 'servername' | 'protocol'
> & {
  readonly headers: Readonly<Record<string, string>>;
};

/** The address as it was written, for messages. */
export function shownAddress(address: ServerAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return `${address.secure ? 'https' : 'http'}://${address.host}:${address.port}`;
}

/**
 * All servers behind an address, each address that DNS answers being one: `tasks.<service>` names every replica. Rejects
 * when the name is not known.
 */
export async function endpointsOf(address: ServerAddress): Promise<ServerEndpoint[]> {
  if (address.kind === 'unix') {
    return [{ protocol: 'http:', socketPath: address.path, headers: { Host: 'localhost' } }];
  }
  const { secure, host, port } = address;
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  const found = await lookup(bare, { all: true });
  return found.map((each) => ({
    protocol: secure ? 'https:' : 'http:',
    host: each.address,
    port,
    ...(secure && isIP(bare) === 0 ? { servername: host } : {}),
    headers: { Host: `${host}:${port}` },
  }));
}
