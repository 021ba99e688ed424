import type { SwarmObject } from './object.ts';
import { orderBy } from './order.ts';

export const CERTIFICATE_STATES = ['ok', 'expiring', 'expired', 'not-yet-valid', 'unusable'] as const;
export type CertificateState = (typeof CERTIFICATE_STATES)[number];

/** How long before its end a certificate is called `expiring`, in milliseconds. */
export const EXPIRING_MS = 30 * 24 * 3600 * 1000;

/** What a certificate says of itself. Times in RFC 3339. */
export interface CertificateFacts {
  /** That it is for, lower case: exact or wildcard. */
  readonly names: readonly string[];
  readonly issuer: string;
  /** In hexadecimal. */
  readonly serial: string;
  /** SHA-256, in hexadecimal with colons. */
  readonly fingerprint: string;
  readonly notBefore: string;
  readonly expiresAt: string;
  /** `rsa-2048`, `ec-prime256v1` and so on. */
  readonly keyType: string;
}

/** A name of a certificate that another one serves. */
export interface OutrankedName {
  readonly name: string;
  /** The id of the certificate that serves it. */
  readonly by: string;
}

/** A certificate as it is shown. Its key never is. */
export interface Certificate extends SwarmObject, CertificateFacts {
  readonly name: string;
  readonly state: CertificateState;
  /** Why it is `unusable`, and what to do; null when it is not. */
  readonly problem: string | null;
  /** Those of its names that a newer certificate serves. */
  readonly outranked: readonly OutrankedName[];
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Who made it: the id of a token, or `admin`. */
  readonly createdBy: string;
}

export const CERTIFICATE_ORDER = orderBy<Certificate>('name', 'id');

/**
 * How a certificate is at a time.
 * @param now milliseconds since 1970
 */
export function stateAt(
  { notBefore, expiresAt }: Pick<CertificateFacts, 'notBefore' | 'expiresAt'>,
  now: number,
): CertificateState {
  const left = Date.parse(expiresAt) - now;
  if (left <= 0) return 'expired';
  if (Date.parse(notBefore) > now) return 'not-yet-valid';
  return left <= EXPIRING_MS ? 'expiring' : 'ok';
}

type Claimant = Pick<CertificateFacts, 'names' | 'notBefore'> & { readonly id: string };

/**
 * Which certificate serves each name: of several, the one that became valid last, and of those the one with the smaller
 * id. It does not depend on their order.
 */
export function servingCertificates(certificates: readonly Claimant[]): ReadonlyMap<string, string> {
  const winners = new Map<string, Claimant>();
  for (const certificate of certificates) {
    for (const name of certificate.names) {
      const other = winners.get(name);
      if (!other || outranks(certificate, other)) winners.set(name, certificate);
    }
  }
  return new Map([...winners].map(([name, { id }]) => [name, id]));
}

function outranks(a: Claimant, b: Claimant): boolean {
  const [one, other] = [Date.parse(a.notBefore), Date.parse(b.notBefore)];
  return one === other ? a.id < b.id : one > other;
}
