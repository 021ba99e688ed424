import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

/** A certificate that a client has shown, and that the authorities that the server trusts vouch for. */
export interface ClientCertificate {
  /** The common name of its subject. */
  readonly commonName: string;
  /** The organizations of its subject. */
  readonly organizations: readonly string[];
  /** SHA-256 of the whole, in hexadecimal with colons. */
  readonly fingerprint: string;
  /** When it, or one of those that vouch for it, ends first: RFC 3339. */
  readonly expiresAt: string;
}

/** A certificate that proves nothing. */
export interface RefusedCertificate {
  /** What is wrong with it: the rest of a sentence that begins with it. */
  readonly problem: string;
}

/** In characters: more than any name has that people look at. */
const MAX_NAME_LENGTH = 256;
/** What cannot be seen, or turns around what is beside it. */
const INVISIBLE = /\p{C}/u;

/** What OpenSSL says of certificates (its `X509_V_ERR_…`), where there is more to say than that nobody vouches for it. */
const PROBLEMS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired. Renew it',
  CERT_NOT_YET_VALID: 'is not valid yet. Look at the clocks of the client and of the server',
  CERT_REVOKED: 'was revoked. Get another one',
  CRL_HAS_EXPIRED:
    'cannot be judged: the list of what was revoked is out of date. The operator is to renew SWARMPLANE_TLS_CLIENT_CRL_FILE',
  INVALID_PURPOSE: 'is not for clients. Get one with the extended key usage clientAuth',
  UNABLE_TO_GET_CRL:
    'cannot be judged: its authority has no list of what was revoked in SWARMPLANE_TLS_CLIENT_CRL_FILE',
};

/** It does not change as long as its connection lasts, and is not had for nothing. */
const known = new WeakMap<TLSSocket, ClientCertificate | RefusedCertificate | null>();

/**
 * The certificate that the client of a connection has shown: null for none. It is refused when it is not vouched for, or no
 * longer, and when it is not clear whom it names.
 */
export function clientCertificateOf(socket: TLSSocket): ClientCertificate | RefusedCertificate | null {
  let certificate = known.get(socket);
  if (certificate === undefined) {
    certificate = judge(socket);
    known.set(socket, certificate);
  }
  return certificate;
}

/** Has the certificate of a connection refused from now on: it would have to be judged again, which only a new connection does. */
export function distrust(socket: TLSSocket): void {
  const problem = 'is to be shown again: what the server trusts has changed. Open another connection';
  if (clientCertificateOf(socket) !== null) known.set(socket, { problem });
}

function judge(socket: TLSSocket): ClientCertificate | RefusedCertificate | null {
  const certificate = socket.getPeerCertificate(true);
  // Node answers an empty object for none; its type does not say so.
  if ((certificate as Partial<DetailedPeerCertificate>).raw === undefined) return null;
  if (!socket.authorized) return { problem: problemOf(String(socket.authorizationError)) };
  const { subject, fingerprint256: fingerprint } = certificate;
  const [commonName = '', ...others] = [subject.CN].flat();
  if (others.length > 0) return { problem: 'has several common names. Get one with the one that you go by' };
  if (!isName(commonName)) return { problem: 'has no common name that can be read. Get one that has' };
  const organizations = [subject.O ?? []].flat().filter(isName);
  return { commonName, organizations, fingerprint, expiresAt: endOf(certificate).toISOString() };
}

function problemOf(code: string): string {
  return PROBLEMS[code] ?? `is not vouched for by an authority that the server trusts (${code})`;
}

function isName(text: string): boolean {
  return text.trim() !== '' && text.length <= MAX_NAME_LENGTH && !INVISIBLE.test(text);
}

/** The first end in the chain of a certificate, whose last link has issued itself. */
function endOf(certificate: DetailedPeerCertificate): Date {
  const end = new Date(certificate.valid_to);
  const { issuerCertificate: issuer } = certificate;
  if ((issuer as DetailedPeerCertificate | undefined) === undefined || issuer === certificate) return end;
  const next = endOf(issuer);
  return next < end ? next : end;
}
