import type { ServerAddress } from './server-address.ts';
import type { ServerTlsFiles } from './server-tls-files.ts';

/** Everything about a router agent that is set from outside. */
export interface AgentSettings {
  readonly server: ServerAddress;
  readonly serverTls: ServerTlsFiles;
  /** Of the role `router`; null asks without, which a server refuses. */
  readonly token: string | null;
  /** By which the server knows this router: the id of its task. */
  readonly id: string;
  readonly nodeId: string | null;
  readonly nodeHostname: string | null;
  /** The address that it listens on; `*` for all. */
  readonly address: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  /** The port of HTTPS as clients know it. */
  readonly publicHttpsPort: number;
  /** Where it tells, on the loopback, how it is; 0 is any free port. */
  readonly healthPort: number;
  /** Kept across restarts: the last good configuration. */
  readonly dir: string;
  /** Of this run only, better in memory: sockets, rendered files, certificates with their keys. */
  readonly runDir: string;
  /** Opens the keys of certificates: 32 bytes; null where there are none. */
  readonly certificateKey: Buffer | null;
  /** The program. */
  readonly haproxy: string;
  readonly accessLog: boolean;
  /** How long connections may take to end when the router is stopped, in milliseconds. */
  readonly graceMs: number;
}
