import { describe, expect, it } from 'vitest';
import { lockedPackages, manifest, runtimePackages } from '../support/lockfile.ts';

/** Licences under which anything may be passed on with what is under Apache-2.0. */
const LICENCES: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
];
/** Those whose package.json says it in an old way, which lockfiles do not take over. */
const LICENCES_BY_HAND: Readonly<Record<string, string>> = {
  buildcheck: 'MIT',
  'cpu-features': 'MIT',
  ssh2: 'MIT',
};

/** The packages that may run a script when they are installed, and why. */
const MAY_RUN_SCRIPTS: Readonly<Record<string, string>> = {
  node: 'brings the Node that the server runs on, for the machine that it is',
};

describe('package-lock.json', () => {
  it('has the SHA-512 of every package', () => {
    const without = lockedPackages().filter(
      ({ integrity }) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''),
    );
    expect(without).toEqual([]);
    expect(lockedPackages().length).toBeGreaterThan(100);
  });

  it('takes packages from a registry alone, and all from the same', () => {
    expect(lockedPackages().filter(({ link }) => link)).toEqual([]);
    // Where it names no place, it is the registry that npm is set to.
    const places = lockedPackages().flatMap(({ resolved }) => (resolved === undefined ? [] : [resolved]));
    expect(places.filter((place) => URL.parse(place)?.protocol !== 'https:')).toEqual([]);
    expect(new Set(places.map((place) => new URL(place).host)).size).toBeLessThanOrEqual(1);
  });

  it('lets no package run a script when it is installed but those with a reason', () => {
    const { allowScripts } = manifest();
    const named = lockedPackages().flatMap(({ name, hasInstallScript }) => (hasInstallScript ? [name] : []));
    expect(named.filter((name) => !Object.hasOwn(allowScripts, name) && name !== 'fsevents')).toEqual([]);
    const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name]);
    expect(allowed).toEqual(Object.keys(MAY_RUN_SCRIPTS));
  });

  it('has licences that allow to pass a release on', () => {
    const others = runtimePackages()
      .map(({ name, license = LICENCES_BY_HAND[name] }) => `${name}: ${license}`)
      .filter((line) => !LICENCES.includes(line.slice(line.lastIndexOf(' ') + 1)));
    expect(others).toEqual([]);
  });
});

it('package.json asks for versions of packages, not for files, repositories or addresses', () => {
  const { dependencies, devDependencies } = manifest();
  const odd = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^[~^]?\d+\.\d+\.\d+$/.test(version),
  );
  expect(odd).toEqual([]);
});
