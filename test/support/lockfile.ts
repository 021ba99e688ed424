import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../../scripts/project.ts';

/** A package of package-lock.json. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly license?: string;
  readonly hasInstallScript?: boolean;
}

const read = (file: string): unknown => JSON.parse(readFileSync(join(PROJECT, file), 'utf8'));

/** Every package that is installed, for development as well. */
export function lockedPackages(): readonly LockedPackage[] {
  const { packages } = read('package-lock.json') as { packages: Record<string, Omit<LockedPackage, 'name'>> };
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, one]) => ({
      ...one,
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    }));
}

/** Those that a release runs with. */
export const runtimePackages = (): readonly LockedPackage[] =>
  lockedPackages().filter(({ dev }) => dev !== true);

/** What package.json asks for, and which packages may run scripts when they are installed. */
export interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

export const manifest = (): Manifest => read('package.json') as Manifest;
