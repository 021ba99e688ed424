import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from './command.ts';
import { PROJECT } from './project.ts';

const NPM_DEADLINE_MS = 60_000;
/** What npm says of a component that only development needs. */
const DEVELOPMENT = 'cdx:npm:package:development';

/** A bill of CycloneDX, as far as it matters here. */
export interface CycloneDx {
  readonly metadata: { readonly component: { readonly name: string } };
  readonly components: readonly {
    readonly 'bom-ref': string;
    readonly name: string;
    readonly version: string;
    readonly properties?: readonly { readonly name: string; readonly value: string }[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** A bill of SPDX, as far as it matters here. */
export interface Spdx {
  readonly packages: readonly {
    readonly SPDXID: string;
    readonly name: string;
    readonly versionInfo: string;
  }[];
  readonly relationships: readonly { readonly spdxElementId: string; readonly relatedSpdxElement: string }[];
}

/**
 * Writes what the software is made of, without what only development needs, as `swarmplane.cdx.json` (CycloneDX) and
 * `swarmplane.spdx.json` (SPDX). From package-lock.json alone: nothing is asked of a registry. Rejects without npm 10 or
 * later, the first that can.
 */
export async function writeSoftwareBills(directory: string): Promise<void> {
  const [cycloneDx, spdx] = await Promise.all([billOf<CycloneDx>('cyclonedx'), billOf<Spdx>('spdx')]);
  mkdirSync(directory, { recursive: true });
  const write = (name: string, bill: object): void =>
    writeFileSync(join(directory, `swarmplane.${name}.json`), `${JSON.stringify(bill, null, 2)}\n`);
  write('cdx', runtimeOfCycloneDx(cycloneDx));
  write('spdx', runtimeOfSpdx(spdx, cycloneDx));
}

/** Of everything: `--omit=dev` leaves out what development needs, too, and not only what nothing else does (npm 11). */
async function billOf<T>(format: 'cyclonedx' | 'spdx'): Promise<T> {
  const args = ['sbom', '--package-lock-only', '--offline', `--sbom-format=${format}`];
  return JSON.parse(await mustRun('npm', args, { cwd: PROJECT, timeoutMs: NPM_DEADLINE_MS })) as T;
}

function runtimeOfCycloneDx(bill: CycloneDx): CycloneDx {
  const components = bill.components.filter(
    ({ properties = [] }) => !properties.some(({ name, value }) => name === DEVELOPMENT && value === 'true'),
  );
  const component = { ...bill.metadata.component, name: 'swarmplane' };
  const root = bill.dependencies.slice(0, 1).map(({ ref }) => ref);
  const kept = new Set([...root, ...components.map((each) => each['bom-ref'])]);
  const dependencies = bill.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map((each) => ({ ...each, dependsOn: each.dependsOn.filter((ref) => kept.has(ref)) }));
  return { ...bill, metadata: { ...bill.metadata, component }, components, dependencies };
}

/** SPDX says of no package that it is for development, so CycloneDX is asked. */
function runtimeOfSpdx(bill: Spdx, cycloneDx: CycloneDx): Spdx {
  const runtime = new Set(
    runtimeOfCycloneDx(cycloneDx).components.map(({ name, version }) => `${name}@${version}`),
  );
  const packages = bill.packages.filter(
    ({ name, versionInfo }, index) => index === 0 || runtime.has(`${name}@${versionInfo}`),
  );
  const kept = new Set(['SPDXRef-DOCUMENT', ...packages.map(({ SPDXID }) => SPDXID)]);
  const relationships = bill.relationships.filter(
    ({ spdxElementId, relatedSpdxElement }) => kept.has(spdxElementId) && kept.has(relatedSpdxElement),
  );
  return { ...bill, packages, relationships };
}
