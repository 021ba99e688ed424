/** Settings of a container that are refused on every surface: what it is, the input, the pointer, and what is said. */
export type RefusedContainer = readonly [
  name: string,
  input: Readonly<Record<string, unknown>>,
  pointer: string,
  detail: RegExp,
];

const mounts = (...list: readonly object[]): Record<string, unknown> => ({ mounts: list });
const volume = { type: 'volume', source: 'data', target: '/data' };
const bind = { type: 'bind', source: '/tmp', target: '/host' };
const test = (...words: readonly string[]): Record<string, unknown> => ({ healthcheck: { test: words } });
const ulimit = (soft: number, hard: number): Record<string, unknown> => ({
  ulimits: [{ name: 'nofile', soft, hard }],
});

export const REFUSED_CONTAINERS: readonly RefusedContainer[] = [
  ['a mount without a target', mounts({ type: 'volume', target: '' }), '/mounts/0/target', /Say where/],
  ['a relative target', mounts({ ...volume, target: 'data' }), '/mounts/0/target', /absolute path/],
  ['a mount over the root', mounts({ ...volume, target: '//' }), '/mounts/0/target', /root/],
  [
    'two mounts with one target',
    mounts(volume, { ...bind, target: '/data/' }),
    '/mounts/1/target',
    /mounts\/0/,
  ],
  [
    'a bind mount without a source',
    mounts({ type: 'bind', target: '/a' }),
    '/mounts/0/source',
    /needs a source/,
  ],
  ['a bind mount of no path', mounts({ ...bind, source: 'data' }), '/mounts/0/source', /absolute path/],
  ['a volume that is a path', mounts({ ...volume, source: '/data' }), '/mounts/0/source', /type "bind"/],
  ['a tmpfs with a source', mounts({ ...volume, type: 'tmpfs' }), '/mounts/0/source', /no source/],
  ['a pipe without a source', mounts({ type: 'npipe', target: '/a' }), '/mounts/0/source', /needs a source/],
  [
    'options of another type',
    mounts({ ...volume, tmpfsOptions: { sizeBytes: 1 } }),
    '/mounts/0/tmpfsOptions',
    /Only a mount of type "tmpfs"/,
  ],
  [
    'a consistency, which Swarm does not keep',
    mounts({ ...bind, consistency: 'cached' }),
    '/mounts/0/consistency',
    /does not keep/,
  ],
  [
    'a negative size in memory',
    mounts({ type: 'tmpfs', target: '/a', tmpfsOptions: { sizeBytes: -1 } }),
    '/mounts/0/tmpfsOptions/sizeBytes',
    /negative/,
  ],
  [
    'permissions beyond the bits',
    mounts({ type: 'tmpfs', target: '/a', tmpfsOptions: { mode: 0o10000 } }),
    '/mounts/0/tmpfsOptions/mode',
    /octal 7777/,
  ],
  [
    'a subpath on an old engine',
    mounts({ ...volume, volumeOptions: { subpath: 'a' } }),
    '/mounts/0/volumeOptions/subpath',
    /speaks API 1\.41.*1\.45/,
  ],
  ['no health check with a command', test('NONE', 'true'), '/healthcheck/test', /stands alone/],
  ['a health check of no kind', test('true'), '/healthcheck/test', /CMD-SHELL/],
  ['a health check without a command', test('CMD'), '/healthcheck/test', /Say which command/],
  ['two lines for the shell', test('CMD-SHELL', 'a', 'b'), '/healthcheck/test', /one line/],
  [
    'no health check with an interval',
    { healthcheck: { test: ['NONE'], interval: 1000 } },
    '/healthcheck/interval',
    /nothing to time/,
  ],
  ['a health check too often', { healthcheck: { interval: 0.5 } }, '/healthcheck/interval', /at least 1/],
  ['a negative timeout', { healthcheck: { timeout: -5 } }, '/healthcheck/timeout', /at least 1/],
  ['negative retries', { healthcheck: { retries: -1 } }, '/healthcheck/retries', /negative/],
  [
    'a start interval on an old engine',
    { healthcheck: { startInterval: 1000 } },
    '/healthcheck/startInterval',
    /1\.44 \(Docker 25\)/,
  ],
  ['a host without a name', { hosts: ['192.0.2.9'] }, '/hosts/0', /\/etc\/hosts/],
  ['a host the wrong way round', { hosts: ['backend 192.0.2.9'] }, '/hosts/0', /192\.0\.2\.9 backend/],
  [
    'a name server that is none',
    { dnsConfig: { nameservers: ['dns'] } },
    '/dnsConfig/nameservers/0',
    /no address/,
  ],
  ['an empty search domain', { dnsConfig: { search: [' '] } }, '/dnsConfig/search/0', /empty/],
  ['an empty group', { groups: [''] }, '/groups/0', /empty/],
  ['a signal that is none', { stopSignal: 'SIG KILL' }, '/stopSignal', /Name a signal/],
  ['a kernel setting without a name', { sysctls: { '': '1' } }, '/sysctls/', /Name the setting/],
  ['a soft limit above the hard one', ulimit(2, 1), '/ulimits/0/soft', /above the hard/],
  ['no soft limit below a hard one', ulimit(-1, 1), '/ulimits/0/soft', /above the hard/],
  ['a limit below none', ulimit(-2, -1), '/ulimits/0/soft', /-1 for no limit/],
  [
    'one limit twice',
    {
      ulimits: [
        { name: 'nofile', soft: 1, hard: 1 },
        { name: 'nofile', soft: 1, hard: 1 },
      ],
    },
    '/ulimits/1/name',
    /there already/,
  ],
  [
    'a limit without a name',
    { ulimits: [{ name: '', soft: 1, hard: 1 }] },
    '/ulimits/0/name',
    /Name the limit/,
  ],
  ['a capability that is none', { capabilityAdd: ['net admin'] }, '/capabilityAdd/0', /CAP_NET_ADMIN/],
  ['one capability twice', { capabilityDrop: ['KILL', 'cap_kill'] }, '/capabilityDrop/1', /there already/],
  [
    'a capability both added and dropped',
    { capabilityAdd: ['CAP_KILL'], capabilityDrop: ['KILL'] },
    '/capabilityDrop/0',
    /Choose one/,
  ],
  [
    'a credential spec from nowhere',
    { privileges: { credentialSpec: {} } },
    '/privileges/credentialSpec',
    /Say one of/,
  ],
  [
    'a credential spec from two places',
    { privileges: { credentialSpec: { file: 'a', registry: 'b' } } },
    '/privileges/credentialSpec',
    /Say one of/,
  ],
  [
    'new privileges forbidden on an old engine',
    { privileges: { noNewPrivileges: true } },
    '/privileges/noNewPrivileges',
    /1\.44/,
  ],
  [
    'a seccomp profile without its mode',
    { privileges: { seccomp: { mode: 'default', profile: '{}' } } },
    '/privileges/seccomp/profile',
    /Only the mode "custom"/,
  ],
  [
    'a seccomp profile that is no JSON',
    { privileges: { seccomp: { mode: 'custom', profile: '{' } } },
    '/privileges/seccomp/profile',
    /as JSON/,
  ],
  ['a score out of range', { oomScoreAdj: 1001 }, '/oomScoreAdj', /-1000 to 1000/],
  ['a score on an old engine', { oomScoreAdj: 5 }, '/oomScoreAdj', /1\.46 \(Docker 27\)/],
  ['a log driver without a name', { logDriver: { name: ' ' } }, '/logDriver/name', /Name the driver/],
  ['negative processes', { resources: { limits: { pids: -1 } } }, '/resources/limits/pids', /negative/],
  [
    'none of a resource',
    { resources: { reservations: { genericResources: [{ kind: 'SSD', value: 0 }] } } },
    '/resources/reservations/genericResources/0/value',
    /at least one/,
  ],
  [
    'one resource twice',
    {
      resources: {
        reservations: {
          genericResources: [
            { kind: 'SSD', value: 1 },
            { kind: 'SSD', value: 2 },
          ],
        },
      },
    },
    '/resources/reservations/genericResources/1/kind',
    /there already/,
  ],
];

/** Those that depend on the engine, not on the spec alone. */
export const NEEDS_NEWER_ENGINE = / on an old engine$/;
