import { createHash } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildStamp } from '../build.ts';
import { mustRun } from '../command.ts';
import { PROJECT } from '../project.ts';
import { imagesVersion, imageTar } from './image-tar.ts';

const RECIPE = ['Dockerfile', 'docker'];
/** What is compiled and installed in the image, as .dockerignore has it. */
const SOURCES = ['.npmrc', 'package.json', 'package-lock.json', 'scripts', 'src'];
/** What nobody reads at run time: half of the files of packages. */
const UNREAD = ['*.map', '*.ts', '*.mts', '*.cts'];
const PACK_DEADLINE_MS = 120_000;

/** Packs what an image is made of that is compiled and installed while it is built. */
export async function packSources(file: string): Promise<void> {
  const settings = readdirSync(PROJECT).filter((name) => /^tsconfig.*\.json$/.test(name));
  await pack('-c', file, [...RECIPE, ...SOURCES, ...settings]);
}

/** Packs what an image is made of whose base brings the rest along. */
export async function packRecipe(file: string): Promise<void> {
  await pack('-c', file, RECIPE);
}

/**
 * Packs the root directory of a base that brings along HAProxy, BusyBox for a shell, what Node needs, and in /app the
 * project as it is compiled and installed here. Nothing is fetched for it but Debian's packages.
 */
export async function packBase(file: string): Promise<void> {
  copyFileSync(await imageTar('router-base'), file);
  const unread = UNREAD.map((files) => `--exclude=${files}`);
  await pack('-r', file, [
    '--transform=s,^,app/,S',
    ...unread,
    'package.json',
    'dist',
    ...productionPackages(),
  ]);
}

/** Tells apart what the image of a built project is made of. */
export function contentHash(): string {
  const hash = createHash('sha256')
    .update(buildStamp() ?? '')
    .update(imagesVersion());
  for (const file of ['Dockerfile', 'docker/swarmplane']) hash.update(readFileSync(join(PROJECT, file)));
  return hash.digest('hex');
}

async function pack(how: '-c' | '-r', file: string, what: readonly string[]): Promise<void> {
  const options = ['--sort=name', '--numeric-owner', '--owner=0', '--group=0', '-C', PROJECT];
  await mustRun('tar', [how, '-f', file, ...options, ...what], { timeoutMs: PACK_DEADLINE_MS });
}

interface LockedPackage {
  readonly dev?: boolean;
  readonly optional?: boolean;
  /** Both, each by another way. */
  readonly devOptional?: boolean;
}

/** The folders of the packages that cannot be done without at run time, relative to the project. */
function productionPackages(): string[] {
  const lock = JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  return Object.entries(lock.packages)
    .filter(([, { dev, optional, devOptional }]) => !dev && !optional && !devOptional)
    .map(([path]) => path)
    .filter((path) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path));
}
