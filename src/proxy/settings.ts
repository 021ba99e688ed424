/** What a router knows of its own place: ports, folders and limits. What all routers share is `RouterSettings`. */
export interface ProxySettings {
  /** The address that it listens on; `*` for all of IPv4. */
  readonly address: string;
  readonly httpPort: number;
  /** Null where it does not speak TLS. */
  readonly httpsPort: number | null;
  /** The port of HTTPS as clients know it: redirects name it unless it is 443. */
  readonly publicHttpsPort: number;
  /** Ports that routes may not take, because something else has them. Its own are taken in any case. */
  readonly takenPorts: readonly number[];
  /** The folder of sockets and rendered files, absolute. Keys of certificates are in it: it must not be on a disk. */
  readonly runDirectory: string;
  /** One line of JSON for each request, to standard output. */
  readonly accessLog: boolean;
  /** Connections of clients at once. A connection takes two files. */
  readonly maxConnections: number;
  /** Null for one for each processor that it may use. */
  readonly threads: number | null;
  /** How long a process that was replaced goes on with what it has begun, WebSockets above all. */
  readonly drainMs: number;
}

/** Of a router in its container. */
export const PROXY_SETTINGS: ProxySettings = {
  address: '*',
  httpPort: 8080,
  httpsPort: 8443,
  publicHttpsPort: 443,
  takenPorts: [],
  runDirectory: '/run/swarmplane-router',
  accessLog: false,
  maxConnections: 4000,
  threads: null,
  drainMs: 600_000,
};

/** The files and sockets of HAProxy, all below one folder. */
export interface ProxyPaths {
  readonly config: string;
  readonly routes: string;
  readonly names: string;
  readonly sni: string;
  readonly certificates: string;
  readonly certificateList: string;
  /** Of the runtime API. */
  readonly socket: string;
  /** Where TLS that is not passed through goes. */
  readonly tls: string;
  /** By which a new process gets the sticky clients of the old one. */
  readonly peers: string;
}

/** Where the files and sockets of HAProxy are. */
export function pathsIn({ runDirectory }: Pick<ProxySettings, 'runDirectory'>): ProxyPaths {
  return {
    config: `${runDirectory}/haproxy.cfg`,
    routes: `${runDirectory}/maps/routes.map`,
    names: `${runDirectory}/maps/names.map`,
    sni: `${runDirectory}/maps/sni.map`,
    certificates: `${runDirectory}/certificates`,
    certificateList: `${runDirectory}/certificates/list`,
    socket: `${runDirectory}/haproxy.sock`,
    tls: `${runDirectory}/tls.sock`,
    peers: `${runDirectory}/peers.sock`,
  };
}

/** The file of a certificate with its key. */
export function certificatePath(settings: Pick<ProxySettings, 'runDirectory'>, id: string): string {
  return `${pathsIn(settings).certificates}/${id}.pem`;
}
