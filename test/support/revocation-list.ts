import { sign } from 'node:crypto';
import { algorithmOf, pem, sequence, timeOf, tlv, type MadeCertificate } from './certificate-maker.ts';

const DAY_MS = 24 * 3600 * 1000;

/** A list of certificates that an authority has revoked (RFC 5280, 5), PEM; in force for a day unless told otherwise. */
export function revocationList(
  authority: MadeCertificate,
  revoked: readonly MadeCertificate[] = [],
  nextUpdate = new Date(Date.now() + DAY_MS),
): string {
  const { privateKey } = authority.keys;
  const made = new Date(Math.min(Date.now(), nextUpdate.getTime()) - DAY_MS);
  const body = sequence(
    tlv(0x02, Buffer.from([1])),
    algorithmOf(privateKey),
    authority.subject,
    timeOf(made),
    timeOf(nextUpdate),
    ...(revoked.length > 0
      ? [sequence(...revoked.map(({ serial }) => sequence(tlv(0x02, serial), timeOf(made))))]
      : []),
  );
  const signature = tlv(0x03, Buffer.from([0]), sign('sha256', body, privateKey));
  return pem(sequence(body, algorithmOf(privateKey), signature), 'X509 CRL');
}
