import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';

/** The certificate that a client has shown and that the server's list of authorities vouches for. */
export interface ClientCertificate {
  /** The common name of its subject. */
  readonly commonName: string;
  /** The organizations of its subject. */
  readonly organizations: readonly string[];
  /** SHA-256 of the whole, in hexadecimal with colons. */
  readonly fingerprint: string;
  /** When it ends, RFC 3339. */
  readonly expiresAt: string;
}

/** By what somebody proves who they are. */
export interface Credentials {
  /** The header `Authorization`, or what stands in its place on a WebSocket. */
  readonly authorization: string | undefined;
  /** Null without TLS, and for a certificate that nobody vouches for. */
  readonly certificate: ClientCertificate | null;
  /** Where it comes from: an IP address, undefined on a unix socket. */
  readonly address: string | undefined;
}

/** What came with a request. */
export function credentialsOf({ headers, socket }: IncomingMessage): Credentials {
  return {
    authorization: headers.authorization,
    certificate: socket instanceof TLSSocket ? certificateOf(socket) : null,
    address: socket.remoteAddress,
  };
}

function certificateOf(socket: TLSSocket): ClientCertificate | null {
  if (!socket.authorized) return null;
  const { subject, fingerprint256, valid_to: end } = socket.getPeerCertificate();
  const commonName = [subject?.CN ?? []].flat()[0];
  if (commonName === undefined) return null;
  const organizations = [subject.O ?? []].flat();
  return { commonName, organizations, fingerprint: fingerprint256, expiresAt: new Date(end).toISOString() };
}
