import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

const FILE_NAME = 'server-name';
const SHORT = 8;

/**
 * By what a server is known in the audit trail: its host's name and something random, made at the first start and kept in
 * the data directory, so that after a restart it knows what it has left open.
 */
export function serverName(dataDir: string): string {
  const path = join(dataDir, FILE_NAME);
  if (existsSync(path)) {
    const kept = readFileSync(path, 'utf8').trim();
    if (kept !== '') return kept;
  }
  mkdirSync(dataDir, { recursive: true });
  const name = `${hostname()}.${randomUUID().slice(0, SHORT)}`;
  writeFileSync(path, `${name}\n`);
  return name;
}
