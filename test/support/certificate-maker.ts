import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** What a certificate is to say. */
export interface CertificateWish {
  /** Several for one that has several; none for one without. */
  readonly commonName: string | readonly string[];
  readonly organizations?: readonly string[];
  /** Subject alternative names of the type DNS. */
  readonly names?: readonly string[];
  /** Subject alternative names of the type IP: IPv4 only. */
  readonly addresses?: readonly string[];
  /** Whether it may issue others. */
  readonly isAuthority?: boolean;
  /** What its key may be used for by TLS (RFC 5280, 4.2.1.12); anything when left out. */
  readonly usages?: readonly Usage[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Who issues it; itself when left out. */
  readonly issuer?: MadeCertificate;
  readonly keys?: KeyPair;
}

export type Usage = 'server' | 'client';

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** A certificate and its key, both PEM, and what issuing others with it takes. */
export interface MadeCertificate {
  /** Its subject, DER. */
  readonly subject: Buffer;
  readonly serial: Buffer;
  readonly certificate: string;
  readonly key: string;
  readonly keys: KeyPair;
}

const YEAR_MS = 365 * 24 * 3600 * 1000;

// The little of DER (X.690) that certificates and lists of revoked ones need.
export const tlv = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size =
    length < 0x80
      ? Buffer.from([length])
      : length < 0x100
        ? Buffer.from([0x81, length])
        : Buffer.from([0x82, length >> 8, length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), size, body]);
};
export const sequence = (...parts: readonly Buffer[]): Buffer => tlv(0x30, ...parts);
export const oid = (...arcs: readonly number[]): Buffer => {
  const [first = 0, second = 0, ...rest] = arcs;
  const bytes = rest.flatMap((arc) => {
    const digits = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
    return digits;
  });
  return tlv(0x06, Buffer.from([first * 40 + second, ...bytes]));
};
const attribute = (type: number, value: string): Buffer =>
  tlv(0x31, sequence(oid(2, 5, 4, type), tlv(0x0c, Buffer.from(value))));
const nameOf = (commonNames: readonly string[], organizations: readonly string[]): Buffer =>
  sequence(
    ...organizations.map((organization) => attribute(10, organization)),
    ...commonNames.map((commonName) => attribute(3, commonName)),
  );
const extension = (type: number, value: Buffer): Buffer => sequence(oid(2, 5, 29, type), tlv(0x04, value));
const USAGES: Readonly<Record<Usage, Buffer>> = {
  server: oid(1, 3, 6, 1, 5, 5, 7, 3, 1),
  client: oid(1, 3, 6, 1, 5, 5, 7, 3, 2),
};
export const timeOf = (date: Date): Buffer =>
  tlv(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));
const SHA256_WITH_RSA = sequence(oid(1, 2, 840, 113549, 1, 1, 11), tlv(0x05));
const SHA256_WITH_ECDSA = sequence(oid(1, 2, 840, 10045, 4, 3, 2));
export const algorithmOf = ({ asymmetricKeyType }: KeyObject): Buffer =>
  asymmetricKeyType === 'rsa' ? SHA256_WITH_RSA : SHA256_WITH_ECDSA;

export const pem = (der: Buffer, label = 'CERTIFICATE'): string =>
  `-----BEGIN ${label}-----\n${(der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`;

/** A new pair of keys: of the curve P-256 unless told otherwise. */
export function keyPair(rsaBits?: number): KeyPair {
  return rsaBits === undefined
    ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    : generateKeyPairSync('rsa', { modulusLength: rsaBits });
}

/** Makes a certificate, for tests only. It is valid now, for a year, unless told otherwise. */
export function makeCertificate(wish: CertificateWish): MadeCertificate {
  const { commonName, organizations = [], names = [], addresses = [], keys = keyPair(), issuer } = wish;
  const { notBefore = new Date(Date.now() - 1000), notAfter = new Date(Date.now() + YEAR_MS) } = wish;
  const signer = issuer?.keys.privateKey ?? keys.privateKey;
  const subject = nameOf([commonName].flat(), organizations);
  const alternatives = [
    ...names.map((name) => tlv(0x82, Buffer.from(name))),
    ...addresses.map((address) => tlv(0x87, Buffer.from(address.split('.').map(Number)))),
  ];
  const serial = randomBytes(8);
  serial[0] = 0x01;
  const extensions = [
    ...(alternatives.length > 0 ? [extension(17, sequence(...alternatives))] : []),
    ...(wish.isAuthority ? [extension(19, sequence(tlv(0x01, Buffer.from([0xff]))))] : []),
    ...(wish.usages ? [extension(37, sequence(...wish.usages.map((usage) => USAGES[usage])))] : []),
  ];
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, serial),
    algorithmOf(signer),
    issuer?.subject ?? subject,
    sequence(timeOf(notBefore), timeOf(notAfter)),
    subject,
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [tlv(0xa3, sequence(...extensions))] : []),
  );
  const signature = tlv(0x03, Buffer.from([0]), sign('sha256', body, signer));
  return {
    subject,
    serial,
    certificate: pem(sequence(body, algorithmOf(signer), signature)),
    key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    keys,
  };
}
