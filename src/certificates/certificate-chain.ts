import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { CertificateFacts } from '../domain/certificate.ts';
import { invalid, type FieldError } from '../domain/errors.ts';
import { GRAMMAR, isOf } from '../domain/route-grammar.ts';

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** More links than any authority has. */
const MAX_LINKS = 8;
const MIN_RSA_BITS = 2048;
/** Those that browsers take (CA/Browser Forum, 6.1.5). */
const CURVES = ['prime256v1', 'secp384r1', 'secp521r1'];
const WEAK = /md5|sha1(?!\d)/i;

/** A chain of certificates and the key that fits. */
export interface KeyedChain {
  /** That of the server, the one that issued it, and so on. */
  readonly chain: readonly [X509Certificate, ...X509Certificate[]];
  readonly key: KeyObject;
}

/**
 * Reads a chain and its key, both PEM. Fails `invalid`, saying how to mend it, unless they can be served: the key fits,
 * each certificate was issued by the next, there are names, and nothing is weaker than clients take. No text of the key is
 * in any error.
 */
export function readKeyedChain(chainText: string, keyText: string): KeyedChain {
  const chain = readChain(chainText);
  const key = readKey(keyText);
  const errors = [...checkChain(chain), ...checkKey(key, chain)];
  if (errors.length > 0) throw invalid(errors);
  return { chain, key };
}

/** The certificates of a PEM text, in its order. Fails `invalid` when there are none, or too many. */
export function readChain(text: string): KeyedChain['chain'] {
  const blocks = text.match(BLOCK) ?? [];
  if (blocks.length > MAX_LINKS) throw wrongChain(`Give at most ${MAX_LINKS} certificates.`);
  try {
    const [first, ...rest] = blocks.map((block) => new X509Certificate(block));
    if (first) return [first, ...rest];
  } catch {
    throw wrongChain('One of the certificates cannot be read. Give PEM, as the authority sent it.');
  }
  throw wrongChain('Give certificates in PEM: "-----BEGIN CERTIFICATE-----" and so on.');
}

/** The same chain as PEM and nothing else. */
export function chainText(chain: readonly X509Certificate[]): string {
  return chain.map((certificate) => `${certificate.toString().trim()}\n`).join('');
}

/** What the certificate of the server says. */
export function factsOf([server]: KeyedChain['chain']): CertificateFacts {
  return {
    names: namesOf(server),
    issuer: server.issuer.replaceAll('\n', ', '),
    serial: server.serialNumber,
    fingerprint: server.fingerprint256,
    notBefore: server.validFromDate.toISOString(),
    expiresAt: server.validToDate.toISOString(),
    keyType: keyTypeOf(server.publicKey),
  };
}

function readKey(text: string): KeyObject {
  if (/ENCRYPTED/.test(text)) {
    throw wrongKey('The key is encrypted. Decrypt it first: openssl pkey -in key.pem -out plain.pem.');
  }
  try {
    return createPrivateKey(text);
  } catch {
    // Not as its cause: causes are logged.
    throw wrongKey('Give a private key in PEM: "-----BEGIN PRIVATE KEY-----" and so on.');
  }
}

function checkChain(chain: KeyedChain['chain']): FieldError[] {
  const pointer = '/chain';
  const broken = chain.findIndex((certificate, index) => {
    const issuer = chain[index + 1];
    return issuer && !(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey));
  });
  const weak = chain.find(
    (certificate) => WEAK.test(certificate.signatureAlgorithm ?? '') && !isSelfIssued(certificate),
  );
  return [
    ...(broken < 0
      ? []
      : [
          {
            pointer,
            detail: `Certificate ${broken + 1} (${subjectOf(chain[broken])}) was not issued by certificate ${broken + 2} (${subjectOf(chain[broken + 1])}). Begin with that of the server; each of the others has issued the one before.`,
          },
        ]),
    ...(weak
      ? [
          {
            pointer,
            detail: `Clients refuse the signature of ${subjectOf(weak)} (${weak.signatureAlgorithm}).`,
          },
        ]
      : []),
    ...(namesOf(chain[0]).length === 0
      ? [
          {
            pointer,
            detail: `${subjectOf(chain[0])} has no DNS name among its subject alternative names, and clients look at nothing else. Let it be issued with one.`,
          },
        ]
      : []),
  ];
}

function checkKey(key: KeyObject, chain: KeyedChain['chain']): FieldError[] {
  if (!chain[0].checkPrivateKey(key)) {
    const other = chain.findIndex((certificate) => certificate.checkPrivateKey(key));
    const detail =
      other > 0
        ? `It is the key of certificate ${other + 1}. Give that of the first, the one of the server.`
        : `It is not the key of ${subjectOf(chain[0])}, the first of the certificates.`;
    return [{ pointer: '/key', detail }];
  }
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  const isStrong =
    key.asymmetricKeyType === 'rsa' ? modulusLength >= MIN_RSA_BITS : CURVES.includes(namedCurve);
  if (isStrong) return [];
  const detail = `Clients do not take a key of the type ${keyTypeOf(key)}. Use RSA of ${MIN_RSA_BITS} bits or more, or ECDSA with ${CURVES.join(', ')}.`;
  return [{ pointer: '/key', detail }];
}

/** DNS names only, lower case; what is no name of a host cannot be asked for. */
function namesOf({ subjectAltName }: X509Certificate): string[] {
  const names = (subjectAltName ?? '')
    .split(', ')
    .flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice('DNS:'.length).toLowerCase()] : []));
  return [...new Set(names)].filter((name) => name !== '*' && isOf(GRAMMAR.host, name)).sort();
}

function keyTypeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { modulusLength, namedCurve } = asymmetricKeyDetails ?? {};
  return [asymmetricKeyType ?? 'unknown', modulusLength ?? namedCurve].filter(Boolean).join('-');
}

/** Whose own signature nobody looks at. */
const isSelfIssued = ({ subject, issuer }: X509Certificate): boolean => subject === issuer;

const subjectOf = (certificate: X509Certificate | undefined): string =>
  certificate?.subject.replaceAll('\n', ', ') ?? 'the next';

const wrongChain = (detail: string) => invalid([{ pointer: '/chain', detail }]);
const wrongKey = (detail: string) => invalid([{ pointer: '/key', detail }]);
