import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSoftwareBills, type CycloneDx, type Spdx } from '../../../scripts/software-bill.ts';
import { runtimePackages } from '../../support/lockfile.ts';

const directory = mkdtempSync(join(tmpdir(), 'swarmplane-sbom-'));
const read = <T>(name: string): T => JSON.parse(readFileSync(join(directory, name), 'utf8')) as T;
const wanted = (): string[] =>
  [...new Set(runtimePackages().map(({ name, version }) => `${name}@${version}`))].sort();

beforeAll(() => writeSoftwareBills(directory));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the bill of what a release is made of names all that runs, and nothing else,', () => {
  it('as CycloneDX', () => {
    const { components, dependencies, metadata } = read<CycloneDx>('swarmplane.cdx.json');
    expect(components.map(({ name, version }) => `${name}@${version}`).sort()).toEqual(wanted());
    expect(metadata.component.name).toBe('swarmplane');
    const refs = new Set(components.map((component) => component['bom-ref']));
    expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.has(ref))).toEqual([]);
  });

  it('as SPDX', () => {
    const { packages, relationships } = read<Spdx>('swarmplane.spdx.json');
    const [self, ...others] = packages.map(({ name, versionInfo }) => `${name}@${versionInfo}`);
    expect(self).toMatch(/^swarmplane@/);
    expect(others.sort()).toEqual(wanted());
    expect(relationships.length).toBeGreaterThan(others.length);
  });
});
