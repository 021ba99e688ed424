import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { DomainError } from '../domain/errors.ts';

const VERSION = 'v1';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The length of the key of the installation, in bytes. */
export const CERTIFICATE_KEY_BYTES = 32;

/**
 * Encrypts a private key (PEM) with the key of the installation. The result, in the format of
 * `SealedCertificate.sealedKey`, can be opened as that of the certificate `id` only.
 * @param key 32 bytes
 */
export function sealKey(pem: string, id: string, key: Uint8Array): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(id));
  const sealed = Buffer.concat([cipher.update(pem, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return [VERSION, nonce.toString('base64url'), sealed.toString('base64url')].join('.');
}

/**
 * The private key (PEM) that was sealed for the certificate `id`. Fails `invalid` when it was sealed with another key,
 * for another certificate, or was changed since.
 * @param key 32 bytes
 */
export function openKey(sealedKey: string, id: string, key: Uint8Array): string {
  const [version, nonce = '', rest = ''] = sealedKey.split('.');
  try {
    if (version !== VERSION) throw new Error(`It is not of the format ${VERSION}.`);
    const sealed = Buffer.from(rest, 'base64url');
    const decipher = createDecipheriv(CIPHER, key, Buffer.from(nonce, 'base64url'), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(id))
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    return decipher.update(sealed.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch (cause) {
    throw new DomainError(
      'invalid',
      `The key of the certificate ${id} cannot be opened with this certificate key. Give all servers and routers the same one.`,
      { cause },
    );
  }
}
