import { constants, createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { read, readPem, refusal } from './pem.ts';
import type { ClientTlsSettings, TlsSettings } from './tls-settings.ts';

const CERT = 'SWARMPLANE_TLS_CERT_FILE';
const KEY = 'SWARMPLANE_TLS_KEY_FILE';
const CLIENT_CA = 'SWARMPLANE_TLS_CLIENT_CA_FILE';
const CLIENT_CRL = 'SWARMPLANE_TLS_CLIENT_CRL_FILE';

/** What the files of TLS hold at one time, found fit to serve with. */
export interface TlsMaterial {
  readonly context: SecureContextOptions;
  /** When the certificate of the server ends, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** The same for as long as the same clients are vouched for. */
  readonly trust: string;
  /** The same for as long as nothing has changed. */
  readonly content: string;
}

/**
 * Reads the files and looks whether they go together. Fails `invalid`, saying which file is wrong and how. No text of a key
 * is in any error.
 * @param now milliseconds since 1970
 */
export function readTls({ certFile, keyFile, clients }: TlsSettings, now = Date.now()): TlsMaterial {
  const chain = readPem(CERT, certFile, 'CERTIFICATE');
  const key = read(KEY, keyFile);
  const expiresAt = checkPair(certificateOf(CERT, certFile, chain[0]), key, { certFile, keyFile }, now);
  const trust = clients === null ? {} : readTrust(clients);
  const context: SecureContextOptions = { cert: chain.join(''), key, minVersion: 'TLSv1.2', ...trust };
  assertUsable(context, CERT, certFile);
  return {
    context,
    expiresAt,
    trust: digest(trust),
    content: digest({ chain, key, trust }),
  };
}

/** Answers when the certificate ends. */
function checkPair(
  certificate: X509Certificate,
  keyText: string,
  { certFile, keyFile }: Pick<TlsSettings, 'certFile' | 'keyFile'>,
  now: number,
): number {
  const [begin, end] = [certificate.validFromDate, certificate.validToDate];
  if (end.getTime() <= now) throw refusal(CERT, certFile, `expired at ${end.toISOString()}`);
  if (begin.getTime() > now) throw refusal(CERT, certFile, `is not valid before ${begin.toISOString()}`);
  const key = keyOf(keyText, keyFile);
  if (!certificate.checkPrivateKey(key)) {
    throw refusal(KEY, keyFile, `is not the key of the first certificate of ${certFile}`);
  }
  return end.getTime();
}

function keyOf(text: string, file: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(text);
  } catch {
    // Without its cause, which could tell of the key.
    const advice = 'Decrypt it first if it is encrypted: openssl pkey -in key.pem -out plain.pem';
    throw refusal(KEY, file, `holds no private key in PEM that can be read. ${advice}`);
  }
}

function certificateOf(setting: string, file: string, block = ''): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch {
    throw refusal(setting, file, 'holds a certificate that cannot be read');
  }
}

function readTrust({ caFile, crlFile }: ClientTlsSettings): SecureContextOptions {
  const ca = readPem(CLIENT_CA, caFile, 'CERTIFICATE');
  const authorities = ca.map((block) => certificateOf(CLIENT_CA, caFile, block));
  const lonely = authorities.find(
    (certificate) =>
      !authorities.some((other) => certificate.checkIssued(other) && certificate.verify(other.publicKey)),
  );
  // OpenSSL trusts no authority by itself that another one has issued.
  if (lonely) {
    const [issued, issuer] = [lonely.subject, lonely.issuer].map((name) => name.replaceAll('\n', ', '));
    throw refusal(CLIENT_CA, caFile, `holds ${issued} without ${issuer}, which has issued it: add that, too`);
  }
  const crl = crlFile === null ? undefined : readPem(CLIENT_CRL, crlFile, 'X509 CRL');
  // A session that is resumed keeps what was found of its certificate when it began: revoked since, it would not be known.
  const trust = { ca, ...(crl && { crl }), secureOptions: constants.SSL_OP_NO_TICKET };
  assertUsable(trust, crlFile === null ? CLIENT_CA : CLIENT_CRL, crlFile ?? caFile);
  return trust;
}

/** Fails `invalid` for what OpenSSL does not take, such as a key that is too short. */
function assertUsable(context: SecureContextOptions, setting: string, file: string): void {
  try {
    createSecureContext(context);
  } catch (cause) {
    throw refusal(setting, file, `cannot be used: ${(cause as Error).message}`);
  }
}

function digest(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
