import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DockerOptions } from 'dockerode';

/** Where the engine is, as the Docker CLI's variables say it. */
export interface DockerEndpoint {
  readonly host: string;
  readonly tlsVerify: boolean;
  readonly certPath: string | null;
}

const UNIX = 'unix://';
const DEFAULT_TLS_PORT = 2376;
const DEFAULT_PORT = 2375;

/** dockerode's options for an endpoint. Reads the client certificate when one is configured. */
export function dockerOptions(endpoint: DockerEndpoint): DockerOptions {
  // Not through `URL`, which would escape a space in the path.
  if (endpoint.host.startsWith(UNIX)) return { socketPath: endpoint.host.slice(UNIX.length) };
  const url = new URL(endpoint.host);
  if (url.protocol === 'ssh:') {
    return { protocol: 'ssh', host: url.hostname, port: Number(url.port) || 22, username: url.username };
  }
  const tls = endpoint.certPath === null ? undefined : certificates(endpoint.certPath, endpoint.tlsVerify);
  return {
    protocol: tls ? 'https' : 'http',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (tls ? DEFAULT_TLS_PORT : DEFAULT_PORT),
    ...tls,
  };
}

function certificates(directory: string, verify: boolean): Pick<DockerOptions, 'ca' | 'cert' | 'key'> {
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  return { cert: read('cert.pem'), key: read('key.pem'), ...(verify ? { ca: read('ca.pem') } : {}) };
}
