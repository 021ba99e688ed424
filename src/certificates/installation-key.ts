import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DomainError } from '../domain/errors.ts';
import { CERTIFICATE_KEY_BYTES } from '../proxy/sealed-key.ts';

const FILE_NAME = 'certificate-key';
const OWNER_ONLY = 0o600;

/**
 * The key that seals the keys of certificates: the configured one, else the one in the data directory, made at the first
 * start with mode 0600. It is never logged. Fails `invalid` when the file holds something else.
 */
export function installationKey(configured: Buffer | null, dataDir: string): Buffer {
  if (configured !== null) return configured;
  const path = join(dataDir, FILE_NAME);
  if (existsSync(path)) {
    const kept = Buffer.from(readFileSync(path, 'utf8').trim(), 'hex');
    if (kept.length === CERTIFICATE_KEY_BYTES) return kept;
    throw new DomainError(
      'invalid',
      `${path} does not hold ${CERTIFICATE_KEY_BYTES} bytes in hexadecimal. Restore it, or remove it and send all certificates again.`,
    );
  }
  mkdirSync(dataDir, { recursive: true });
  const key = randomBytes(CERTIFICATE_KEY_BYTES);
  writeFileSync(path, `${key.toString('hex')}\n`, { mode: OWNER_ONLY, flag: 'wx' });
  return key;
}

/** The key of the installation, as it is injected. */
export class InstallationKey {
  constructor(readonly bytes: Uint8Array = randomBytes(CERTIFICATE_KEY_BYTES)) {}
}
