import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from './command.ts';
import { identifyProcess, isRunning } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { pause, secondsSince, say } from './progress.ts';
import { CACHE, PROJECT } from './project.ts';

const DIST = join(PROJECT, 'dist');
/** Holds the hash of what dist was made from; written last, so that half a build never counts as one. */
const STAMP = join(DIST, '.swarmplane-build');
const LOCK = join(CACHE, 'build.lock');
const BUILD_DEADLINE_MS = 5 * 60_000;

/** The sources do not compile; the message is the compiler's. */
export class BuildError extends Error {
  override name = 'BuildError';
}

/** Compiles src/ to dist/ unless dist is already made from exactly these sources. Answers whether it built. Rejects with `BuildError`. */
export async function buildIfNeeded(): Promise<boolean> {
  if (isCurrent()) return false;
  return holdingLock(async () => {
    // Another process may have built while this one waited.
    if (isCurrent()) return false;
    await build();
    return true;
  });
}

async function build(): Promise<void> {
  const startedAt = performance.now();
  const hash = sourceHash();
  say('Building …');
  // From nothing: an incremental build trusts its notes (.tsbuildinfo) more than what lies in dist.
  rmSync(DIST, { recursive: true, force: true });
  const compiler = join(PROJECT, 'node_modules', 'typescript', 'bin', 'tsc');
  const result = await runCommand(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: PROJECT,
    timeoutMs: BUILD_DEADLINE_MS,
  });
  if (result.exitCode !== 0) {
    throw new BuildError(`The build failed:\n${(result.stdout + result.stderr).trim()}`);
  }
  for (const path of sourceFiles().filter((file) => file.startsWith('src/') && !file.endsWith('.ts'))) {
    const target = join(DIST, path.slice('src/'.length));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(PROJECT, path), target);
  }
  mkdirSync(DIST, { recursive: true });
  writeFileSync(STAMP, hash);
  say(`  built in ${secondsSince(startedAt)} s`);
}

function isCurrent(): boolean {
  return buildStamp() === sourceHash();
}

/** Of what dist is made from, as a hash; undefined where there is no dist. */
export function buildStamp(): string | undefined {
  return existsSync(STAMP) ? readFileSync(STAMP, 'utf8') : undefined;
}

function sourceHash(): string {
  const hash = createHash('sha256');
  for (const path of sourceFiles()) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(PROJECT, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** Everything dist depends on, in a fixed order, relative to the project. */
function sourceFiles(): string[] {
  const sources = existsSync(join(PROJECT, 'src'))
    ? readdirSync(join(PROJECT, 'src'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(PROJECT.length + 1))
    : [];
  const settings = readdirSync(PROJECT).filter((name) => /^(package(-lock)?|tsconfig.*)\.json$/.test(name));
  return [...settings, ...sources].sort();
}

/** Two builds at once would delete each other's files; the second waits, or takes over when the first has died. */
async function holdingLock<T>(work: () => Promise<T>): Promise<T> {
  mkdirSync(CACHE, { recursive: true });
  while (!takeLock()) await pause(100);
  try {
    return await work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

function takeLock(): boolean {
  try {
    writeFileSync(LOCK, JSON.stringify(identifyProcess(process.pid) ?? {}), { flag: 'wx' });
    return true;
  } catch {
    const holder = readHolder();
    if (holder && !isRunning(holder)) rmSync(LOCK, { force: true });
    return false;
  }
}

function readHolder(): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(LOCK, 'utf8')) as ProcessIdentity;
  } catch {
    // Just being written, or just removed.
    return undefined;
  }
}

if (import.meta.main) {
  try {
    if (!(await buildIfNeeded())) say('dist is up to date');
  } catch (error) {
    console.error(error instanceof BuildError ? error.message : error);
    process.exitCode = 1;
  }
}
