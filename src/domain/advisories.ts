/** A weakness of Docker Engine in overlay networks, as it concerns one version. */
export interface Advisory {
  /** The CVE id. */
  readonly id: string;
  readonly summary: string;
  /** The first version of the same line of releases, or else of all, that has it no more. */
  readonly fixedIn: string;
}

interface KnownWeakness {
  readonly id: string;
  readonly summary: string;
  /** Versions `from` this one on and `before` that one have it. */
  readonly affected: readonly { readonly from: string; readonly before: string }[];
}

/** Fixed together in 20.10.24 and 23.0.3 (GHSA-232p-vwff-86mp, GHSA-33pg-m6jh-5237, GHSA-6wrf-mxfj-pf5p). */
const SPRING_2023 = [
  { from: '1.12.0', before: '20.10.24' },
  { from: '23.0.0', before: '23.0.3' },
];

/**
 * What is known of overlay networks. All of these concern encrypted networks, whose promise they break; whoever
 * relies on none still should not let strangers reach the VXLAN port. Versions are those of the CVE records.
 */
const KNOWN: readonly KnownWeakness[] = [
  {
    id: 'CVE-2023-28840',
    summary:
      'Firewall rules that an administrator has set can come before the engine’s own, so that unencrypted frames are let into an encrypted network.',
    affected: SPRING_2023,
  },
  {
    id: 'CVE-2023-28841',
    summary:
      'On kernels without the module xt_u32, what is sent on an encrypted network leaves the node unencrypted, without an error.',
    affected: SPRING_2023,
  },
  {
    id: 'CVE-2023-28842',
    summary: 'A node lets unencrypted frames into an encrypted network on which it has the only endpoint.',
    affected: SPRING_2023,
  },
  {
    id: 'CVE-2026-92542',
    summary: 'A local user of a node can inject frames into encrypted networks.',
    affected: [
      { from: '0.0.0', before: '25.0.19' },
      { from: '26.0.0', before: '29.8.2' },
    ],
  },
];

/**
 * Which weaknesses an engine of this version has, as `docker version` says it: `20.10.24`, `v29.8.2`, `18.09.1-ce`,
 * `25.0.0-rc.1`, and those of distributions, such as `20.10.24+dfsg1`. What a distribution has mended without
 * another number cannot be seen. Null for a version that cannot be read.
 */
export function advisoriesOf(engineVersion: string): readonly Advisory[] | null {
  const version = parse(engineVersion);
  if (!version) return null;
  return KNOWN.flatMap(({ id, summary, affected }) => {
    const range = affected.find(
      ({ from, before }) => compare(version, known(from)) >= 0 && compare(version, known(before)) < 0,
    );
    return range ? [{ id, summary, fixedIn: range.before }] : [];
  });
}

interface Version {
  readonly numbers: readonly number[];
  /** A release candidate, a beta and the like come before the release. */
  readonly isPrerelease: boolean;
}

const VERSION = /^v?(\d+)\.(\d+)(?:\.(\d+))?(?![\d.])(.*)$/;
const PRERELEASE = /^[-~](alpha|beta|rc|tp|dev)/;

function parse(text: string): Version | undefined {
  const [, major, minor, patch = '0', rest = ''] = VERSION.exec(text.trim()) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  return { numbers: [Number(major), Number(minor), Number(patch)], isPrerelease: PRERELEASE.test(rest) };
}

function known(text: string): Version {
  return parse(text) as Version;
}

function compare(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0;
    if (number !== other) return number - other;
  }
  return Number(b.isPrerelease) - Number(a.isPrerelease);
}
