import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustRun } from '../command.ts';
import { CACHE } from '../project.ts';
import { downloadPackages, unpackPackage } from './debian-packages.ts';
import { RECIPES, type ImageRecipe, type LocalImageName } from './image-recipes.ts';

/** What the images depend on besides the packages. */
const SOURCES = ['./image-tar.ts', './image-recipes.ts'].map((file) =>
  fileURLToPath(new URL(file, import.meta.url)),
);

/**
 * Makes the tar of an image's root directory from Debian's packages and answers its path. Nothing is installed.
 * All images are made from one download; later calls answer what it made, for as long as node_modules lives and the
 * recipes do not change.
 */
export async function imageTar(name: LocalImageName): Promise<string> {
  const version = imagesVersion();
  const tarFile = join(CACHE, `${name}-${version}.tar`);
  if (existsSync(tarFile)) return tarFile;

  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'swarmplane-image-'));
  try {
    const unpacked = join(work, 'unpacked');
    makeMergedRoot(unpacked);
    const packages = [...new Set(Object.values(RECIPES).flatMap((recipe) => recipe.packages))];
    for (const file of await downloadPackages(packages, work)) await unpackPackage(file, unpacked);
    for (const [image, recipe] of Object.entries(RECIPES)) {
      const root = join(work, image);
      await fillRoot(recipe, unpacked, root);
      // Renamed when complete: two test runs may build at once, and neither may read half a tar.
      const unfinished = join(CACHE, `${image}.${process.pid}.part`);
      await mustRun('tar', [
        '-cf',
        unfinished,
        '--numeric-owner',
        '--owner=0',
        '--group=0',
        '--sort=name',
        '-C',
        root,
        '.',
      ]);
      renameSync(unfinished, join(CACHE, `${image}-${version}.tar`));
    }
    return tarFile;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Tells apart what the recipes and this machine make, as 12 hexadecimal digits. */
export function imagesVersion(): string {
  const hash = createHash('sha256').update(process.arch);
  for (const file of SOURCES) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

/** A root directory where /bin, /sbin and /lib are links into /usr, whichever of the two a package was built for. */
function makeMergedRoot(root: string): void {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    mkdirSync(join(root, 'usr', name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
}

async function fillRoot(recipe: ImageRecipe, unpacked: string, root: string): Promise<void> {
  makeMergedRoot(root);
  for (const directory of recipe.directories) mkdirSync(join(root, directory), { recursive: true });
  mkdirSync(join(root, 'tmp'));
  chmodSync(join(root, 'tmp'), 0o1777);

  const libraries = new Map<string, string>();
  for (const program of recipe.programs) {
    copyInto(join(unpacked, program), join(root, program));
    for (const [path, file] of await librariesOf(join(unpacked, program), unpacked)) {
      libraries.set(path, file);
    }
  }
  for (const [path, file] of libraries) copyInto(file, join(root, path));
  for (const library of recipe.libraries ?? []) {
    const path = join('usr/lib', triplet(), library);
    copyInto(join(unpacked, path), join(root, path));
  }
  for (const file of recipe.files) copyInto(join(unpacked, file), join(root, file));
  for (const [path, text] of Object.entries(recipe.written)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode: path.startsWith('usr/bin/') ? 0o755 : 0o644 });
  }
  for (const [path, target] of Object.entries(recipe.links)) symlinkSync(target, join(root, path));

  const { loader, directories } = loaderOf(unpacked);
  const applets = await mustRun(loader, [...directories, join(unpacked, 'usr/bin/busybox'), '--list']);
  for (const applet of applets.split('\n').filter((line) => line && line !== 'busybox')) {
    const link = join(root, 'usr/bin', applet);
    if (!existsSync(link)) symlinkSync('busybox', link);
  }
}

function copyInto(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

/** The name of this machine's folder of libraries. */
function triplet(): string {
  const name = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch as 'x64' | 'arm64'];
  if (!name) throw new Error(`Images can be made on x64 and arm64, not on ${process.arch}.`);
  return name;
}

/** The unpacked dynamic loader, with the option that makes it look for libraries among the unpacked ones only. */
function loaderOf(unpacked: string): { loader: string; directories: string[]; path: string } {
  const candidates = ['usr/lib64/ld-linux-x86-64.so.2', 'usr/lib/ld-linux-aarch64.so.1'];
  const path = candidates.find((candidate) => existsSync(join(unpacked, candidate)));
  if (!path) throw new Error("The packages have no dynamic loader where Debian's have it.");
  const libraries = ['usr/lib', 'lib'].map((directory) => join(unpacked, directory, triplet())).join(':');
  return { loader: join(unpacked, path), directories: ['--library-path', libraries], path };
}

/** The libraries a program loads and the loader itself: path inside the image → unpacked file. */
async function librariesOf(program: string, unpacked: string): Promise<Map<string, string>> {
  const { loader, directories, path } = loaderOf(unpacked);
  const listing = await mustRun(loader, [...directories, '--list', program]);
  const missing = /^\s*(\S+) => not found/m.exec(listing)?.[1];
  if (missing) throw new Error(`The packages for ${program} lack ${missing}.`);
  const found = new Map([[path, loader]]);
  for (const [, file] of listing.matchAll(/=> (\/\S+) \(/g)) {
    if (file?.startsWith(`${unpacked}/`)) found.set(file.slice(unpacked.length + 1), file);
  }
  return found;
}
