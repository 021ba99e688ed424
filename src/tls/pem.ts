import { readFileSync } from 'node:fs';
import { DomainError } from '../domain/errors.ts';

/**
 * The blocks of a PEM file (RFC 7468) that bear a label, as they stand there. Fails `invalid` when it cannot be read, has
 * none, or one without an end, which OpenSSL would pass over.
 * @param setting the name of the setting that names the file
 */
export function readPem(setting: string, path: string, label: string): string[] {
  const text = read(setting, path);
  const blocks = text.match(new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----`, 'g')) ?? [];
  const begun = text.split(`-----BEGIN ${label}`).length - 1;
  if (blocks.length > 0 && blocks.length === begun) return blocks.map((block) => `${block}\n`);
  throw refusal(
    setting,
    path,
    begun === 0 ? `holds no PEM block "${label}"` : `holds a block "${label}" that is not whole`,
  );
}

/** The text of a file. Fails `invalid` when it cannot be read. */
export function read(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw refusal(setting, path, `cannot be read: ${(cause as Error).message}`);
  }
}

/** What is wrong with a file, as it is told to who runs the server. */
export function refusal(setting: string, path: string, what: string): DomainError {
  return new DomainError('invalid', `${setting} names ${path}, which ${what}.`);
}
