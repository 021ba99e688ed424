import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findProgram } from '../command.ts';
import { withProgress } from '../progress.ts';
import { CACHE } from '../project.ts';
import { downloadPackages, unpackPackage } from './debian-packages.ts';

/** What the machine has in any case, and what must fit its own loader. */
const SYSTEM_LIBRARY = /^(libc6|libc-|libgcc|gcc-)/;

/**
 * The command that runs a program: the machine's, or one of our own, fetched from Debian's packages once and not
 * installed. Goes away with node_modules. Rejects when apt is missing or no mirror answers.
 * @param packages those that have it and that it cannot do without, besides libraries that they depend on
 * @param folder where its package has it, if that is no folder of PATH
 */
export async function debianProgram(
  program: string,
  packages: readonly string[],
  folder?: string,
): Promise<string[]> {
  const apart = folder === undefined ? undefined : join('/', folder, program);
  const installed = findProgram(program) ?? (apart && existsSync(apart) ? apart : undefined);
  if (installed) return [installed];
  const root = join(CACHE, program);
  if (!existsSync(root)) await withProgress(`Fetching ${program}`, () => fetchInto(root, packages));
  // Its own first: what is in PATH can be a script that starts it where it would be if it was installed.
  const folders = [...(folder === undefined ? [] : [folder]), 'usr/bin', 'usr/sbin'];
  const path = folders.map((one) => join(root, one, program)).find(existsSync);
  if (!path) throw new Error(`The packages ${packages.join(' and ')} have no program ${program}.`);
  const libraries = foldersIn(join(root, 'usr', 'lib')).flatMap((one) => [
    one,
    ...foldersIn(one).filter(hasLibraries),
  ]);
  return ['env', `LD_LIBRARY_PATH=${libraries.join(':')}`, path];
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name));
}

/** Some packages have libraries in a folder of their own, which only they are built to look into. */
function hasLibraries(folder: string): boolean {
  return readdirSync(folder).some((name) => /^lib.*\.so\b/.test(name));
}

async function fetchInto(root: string, packages: readonly string[]): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const directory = mkdtempSync(join(CACHE, 'fetch-'));
  const unpacked = join(directory, 'root');
  mkdirSync(join(unpacked, 'usr', 'lib'), { recursive: true });
  // Whichever of the two a package was built for.
  symlinkSync('usr/lib', join(unpacked, 'lib'));
  try {
    for (const file of await downloadPackages(packages, directory)) {
      if (!SYSTEM_LIBRARY.test(basename(file))) await unpackPackage(file, unpacked);
    }
    try {
      renameSync(unpacked, root);
    } catch (error) {
      // Another process was first; what it has fetched is the same.
      if (!existsSync(root)) throw error;
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
