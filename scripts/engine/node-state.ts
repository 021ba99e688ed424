import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identifyProcess, isRunning } from '../process-identity.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import { clearNode } from './node-namespace.ts';

const PREFIX = 'swp-';
/** A state directory without an owner file is only removed when its maker has had time to write one. */
const OWNERLESS_GRACE_MS = 60_000;

/**
 * A directory of a simulated node, owned by this process. Short names: a Unix socket's path holds 107 characters, and
 * swarmkit's lies three directories below.
 */
export function makeStateDirectory(): string {
  const parent = tmpdir().length <= 40 ? tmpdir() : '/tmp';
  const stateDirectory = mkdtempSync(join(parent, PREFIX));
  writeFileSync(join(stateDirectory, 'owner.json'), JSON.stringify(identifyProcess(process.pid)));
  return stateDirectory;
}

/** Removes what earlier runs left when they were killed. Engines whose owner still runs are left alone. */
export function removeLeftovers(): void {
  for (const parent of new Set([tmpdir(), '/tmp'])) {
    for (const name of readdirSync(parent).filter((entry) => /^swp-[A-Za-z0-9]{6}$/.test(entry))) {
      const stateDirectory = join(parent, name);
      const owner = readOwner(stateDirectory);
      const abandoned = owner ? !isRunning(owner) : ageMs(stateDirectory) > OWNERLESS_GRACE_MS;
      if (abandoned) clearNode(stateDirectory, name);
    }
  }
}

function readOwner(stateDirectory: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(join(stateDirectory, 'owner.json'), 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

function ageMs(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}
