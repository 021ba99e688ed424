import type { ServerOptions } from 'node:https';
import type { Server } from 'node:tls';
import { readTls, type TlsMaterial } from './tls-material.ts';
import { filesOf, type TlsSettings } from './tls-settings.ts';

/** How long a client may take to agree with the server on keys, in milliseconds. */
const HANDSHAKE_MS = 10_000;

/** What has become other by a renewal: `trust` when it may be another set of clients that is vouched for. */
export type Renewal = 'nothing' | 'certificate' | 'trust';

/** The TLS of the server, as its files say. */
export class ServerTls {
  private inForce: TlsMaterial;

  /** Fails `invalid` when the files cannot be served with. */
  constructor(private readonly settings: TlsSettings) {
    this.inForce = readTls(settings);
  }

  /** When the certificate of the server ends, in milliseconds since 1970. */
  get expiresAt(): number {
    return this.inForce.expiresAt;
  }

  get files(): readonly string[] {
    return filesOf(this.settings);
  }

  /** What a server is made with. */
  get options(): ServerOptions {
    const { clients } = this.settings;
    return {
      ...this.inForce.context,
      handshakeTimeout: HANDSHAKE_MS,
      requestCert: clients !== null,
      rejectUnauthorized: clients?.auth === 'required',
    };
  }

  /** Lets new connections be made with what the files hold now. Fails `invalid` when they cannot be; all stays as it is then. */
  renew(server: Server): Renewal {
    const next = readTls(this.settings);
    const { content, trust } = this.inForce;
    if (next.content === content) return 'nothing';
    server.setSecureContext(next.context);
    this.inForce = next;
    return next.trust === trust ? 'certificate' : 'trust';
  }
}
