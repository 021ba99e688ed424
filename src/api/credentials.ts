import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import {
  clientCertificateOf,
  type ClientCertificate,
  type RefusedCertificate,
} from './client-certificate.ts';

export type { ClientCertificate, RefusedCertificate };

/** By what somebody proves who they are. */
export interface Credentials {
  /** The header `Authorization`, or what stands in its place on a WebSocket. */
  readonly authorization: string | undefined;
  /** Null without TLS, and for who has shown none. */
  readonly certificate: ClientCertificate | RefusedCertificate | null;
  /** The headers by which a browser says whose page asks, and whom. */
  readonly page: Pick<IncomingHttpHeaders, 'origin' | 'host'>;
  /** Where it comes from: an IP address, undefined on a unix socket. */
  readonly address: string | undefined;
}

/**
 * What came with a request.
 * @param address where it comes from, which need not be the address of the connection (`ClientAddresses`)
 */
export function credentialsOf(
  { headers, socket }: IncomingMessage,
  address: string | undefined,
): Credentials {
  return {
    authorization: headers.authorization,
    certificate: socket instanceof TLSSocket ? clientCertificateOf(socket) : null,
    page: headers,
    address,
  };
}
