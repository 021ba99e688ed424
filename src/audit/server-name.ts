import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

const FILE_NAME = 'server-name';
const SHORT = 8;

/**
 * By what a server is known in the audit trail: its host's name and something random, made at the first start and kept in
 * the data directory, so that after a restart it knows what it has left open. Where nothing can be kept, it has another
 * name each time, and what it has left open is closed when it is old enough.
 */
export function serverName(dataDir: string): string {
  const path = join(dataDir, FILE_NAME);
  const made = `${hostname()}.${randomUUID().slice(0, SHORT)}`;
  try {
    const kept = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
    if (kept !== '') return kept;
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(path, `${made}\n`);
  } catch {
    // With PostgreSQL, and all secrets given, there need not be such a directory.
  }
  return made;
}
