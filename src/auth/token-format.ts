import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const PREFIX = 'swp_';
const SECRET_BYTES = 32;
const CHECKSUM_LENGTH = 7;
const FORMAT = new RegExp(`^${PREFIX}([\\w-]{43})([0-9a-z]{${CHECKSUM_LENGTH}})$`);

/**
 * A new API token: a prefix that secret scanners can look for, 256 random bits, and a checksum, so that a
 * mistyped token is told from a revoked one without a look-up.
 */
export function newToken(): string {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return `${PREFIX}${secret}${checksum(secret)}`;
}

/** True when the text has the form of a token and its checksum is right. */
export function isWellFormed(token: string): boolean {
  const [, secret, sum] = FORMAT.exec(token) ?? [];
  return secret !== undefined && checksum(secret) === sum;
}

/** What is kept of a token. It has 256 random bits, so a plain hash is enough: nothing can be guessed. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function checksum(secret: string): string {
  return crc32(secret).toString(36).padStart(CHECKSUM_LENGTH, '0');
}
