import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newToken } from './token-format.ts';

const FILE_NAME = 'admin-token';
const OWNER_ONLY = 0o600;

/**
 * The token of the installation: the configured one, else the one in the data directory, made at the first
 * start with mode 0600. It is never logged.
 */
export function adminToken(configured: string | null, dataDir: string): string {
  if (configured !== null) return configured;
  const path = join(dataDir, FILE_NAME);
  if (existsSync(path)) {
    const kept = readFileSync(path, 'utf8').trim();
    if (kept !== '') return kept;
  }
  mkdirSync(dataDir, { recursive: true });
  const token = newToken();
  writeFileSync(path, `${token}\n`, { mode: OWNER_ONLY });
  return token;
}
