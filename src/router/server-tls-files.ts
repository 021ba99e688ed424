import { readFileSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';

/** Paths of PEM files for talking to servers over TLS; null for those there are none of. */
export interface ServerTlsFiles {
  /** The authorities that vouch for servers, instead of those that Node brings along. */
  readonly ca: string | null;
  /** What the router shows of itself, where servers ask for it. */
  readonly cert: string | null;
  readonly key: string | null;
}

/** What they hold now: they may be renewed while the router runs. Fails as `readFileSync` does. */
export function readTlsFiles(files: ServerTlsFiles): SecureContextOptions {
  const read = (path: string | null): string | undefined =>
    path === null ? undefined : readFileSync(path, 'utf8');
  const [ca, cert, key] = [read(files.ca), read(files.cert), read(files.key)];
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}
