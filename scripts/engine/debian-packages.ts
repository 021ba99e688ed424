import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from '../command.ts';

/** What a program needs at run time is in libraries; interpreters, configuration tools and scripts are left out. */
const WANTED_DEPENDENCY = /^(lib(?!js-)|zlib|nginx$|nginx-(core|light|common)$)/;

/**
 * Downloads packages, and the libraries they depend on, into a directory; answers the .deb files. Installs nothing.
 * Rejects when apt is missing or no mirror answers.
 */
export async function downloadPackages(packages: readonly string[], directory: string): Promise<string[]> {
  let closure: string[];
  try {
    closure = await withLibraries(packages);
    await download(closure, directory);
  } catch {
    // Fresh machines have no package lists yet; old lists name versions that mirrors no longer have.
    await mustRun('apt-get', ['update'], { timeoutMs: 180_000 });
    closure = await withLibraries(packages);
    await download(closure, directory);
  }
  return readdirSync(directory)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => join(directory, name));
}

/** Unpacks a package's files into a directory, following links there (/bin → usr/bin). */
export async function unpackPackage(file: string, directory: string): Promise<void> {
  const command = 'dpkg-deb --fsys-tarfile "$1" | tar -x --no-same-owner --keep-directory-symlink -C "$2"';
  await mustRun('sh', ['-c', command, 'sh', file, directory]);
}

async function download(packages: readonly string[], directory: string): Promise<void> {
  // As root apt would fetch as the user _apt, who may not write here, and complain.
  await mustRun('apt-get', ['-o', 'APT::Sandbox::User=root', 'download', ...packages], {
    cwd: directory,
    timeoutMs: 180_000,
  });
}

async function withLibraries(packages: readonly string[]): Promise<string[]> {
  const seen = new Set(packages);
  for (let layer = [...packages]; layer.length > 0;) {
    // prettier-ignore
    const listing = await mustRun('apt-cache', ['depends', '--no-recommends', '--no-suggests', '--no-conflicts', '--no-breaks',
      '--no-replaces', '--no-enhances', ...layer]);
    layer = dependenciesIn(listing).filter((name) => WANTED_DEPENDENCY.test(name) && !seen.has(name));
    for (const name of layer) seen.add(name);
  }
  // Among alternatives some names are virtual, or not in this release.
  return candidatesIn(await mustRun('apt-cache', ['policy', ...seen]));
}

/** The package names in the answer of `apt-cache depends`. Virtual packages, in angle brackets, are left out. */
export function dependenciesIn(listing: string): string[] {
  return [...listing.matchAll(/^\s+\|?(?:Pre)?Depends: ([^<\s]+)$/gm)].map((match) => match[1] ?? '');
}

/** The packages that have a version to download, in the answer of `apt-cache policy`. */
export function candidatesIn(policy: string): string[] {
  return [...policy.matchAll(/^(\S+):\n.*\n {2}Candidate: (?!\(none\))/gm)].map((match) => match[1] ?? '');
}
