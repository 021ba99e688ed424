import { describe, expect, it } from 'vitest';
import { unknownParts, type AdmissionRule } from '../../../../src/domain/admission/privilege.ts';
import { programChanges, servicePrivileges } from '../../../../src/domain/admission/service-privileges.ts';
import type { Partly } from '../../../../src/domain/partly.ts';
import type { ServiceSpec } from '../../../../src/domain/service.ts';
import { serviceSpec } from '../../../factories/domain.ts';
import { around } from '../../../support/admission-world.ts';

type Part = Partly<ServiceSpec>;
type Row = [what: string, part: Part, ...asked: [rule: AdmissionRule, pointer: string, name: string][]];

const bind = (source: string): Part => ({ mounts: [{ type: 'bind', source, target: '/x' }] });
const volume = (options: Record<string, string>, name = 'local'): Part => ({
  mounts: [{ type: 'volume', source: 'v', target: '/x', volumeOptions: { driver: { name, options } } }],
});
const on = (networkId: string, aliases: string[] = [], more: Part = {}): Part => ({
  ...more,
  networks: [{ networkId, aliases, driverOptions: {} }],
});
const placed = (...constraints: string[]): Part => ({ placement: { constraints } });
const published = (publishedPort: number | null, publishMode: 'ingress' | 'host' = 'ingress'): Part => ({
  ports: [{ targetPort: 80, publishedPort, protocol: 'tcp', publishMode }],
});
const image = (text: string, name: string): Row => [
  `the image ${text}`,
  { image: text },
  ['images', '/image', name],
];

const SENSITIVE = [
  '/',
  '//',
  '/.',
  '/var',
  '/var/run/docker.sock',
  '/run/docker',
  '/run/../run/docker.sock',
  '/srv/../etc',
  '/proc/1',
  '/sys/',
  '/opt/docker.sock',
  '/srv/{{.Service.Name}}',
  'relative/docker.sock',
  'C:\\data',
];

const ROWS: readonly Row[] = [
  ['nothing more', {}],
  ['a bind mount', bind('/srv//data/.'), ['mounts', '/mounts/0', 'bind:/srv/data']],
  ...SENSITIVE.map((source): Row => {
    const clean = source.startsWith('/') && !source.includes('{') ? undefined : `bind:${source}`;
    return [
      `a bind mount of ${source}`,
      bind(source),
      ['mounts', '/mounts/0', clean ?? (expect.stringMatching(/^bind:\//) as string)],
      ['sensitive-mounts', '/mounts/0', clean ?? (expect.stringMatching(/^bind:\//) as string)],
    ];
  }),
  [
    'a pipe',
    { mounts: [{ type: 'npipe', source: '\\\\.\\pipe\\docker_engine', target: 'x' }] },
    ['mounts', '/mounts/0', 'npipe:\\\\.\\pipe\\docker_engine'],
    ['sensitive-mounts', '/mounts/0', 'npipe:\\\\.\\pipe\\docker_engine'],
  ],
  [
    'a cluster volume',
    { mounts: [{ type: 'cluster', source: 'csi', target: '/x' }] },
    ['mounts', '/mounts/0', 'cluster:csi'],
  ],
  [
    'a mount of a type that came later',
    { mounts: [{ type: 'image' as 'bind', source: 'nginx', target: '/x' }] },
    ['mounts', '/mounts/0', 'image:nginx'],
  ],
  ['a volume', { mounts: [{ type: 'volume', source: 'data-1', target: '/x' }] }],
  ['a volume without a name', { mounts: [{ type: 'volume', source: null, target: '/x' }] }],
  ['memory', { mounts: [{ type: 'tmpfs', target: '/x', tmpfsOptions: { sizeBytes: 1 } }] }],
  [
    'a volume that is a path',
    { mounts: [{ type: 'volume', source: '/etc', target: '/x' }] },
    ['mounts', '/mounts/0', 'volume:/etc'],
    ['sensitive-mounts', '/mounts/0', 'volume:/etc'],
  ],
  [
    'a volume driver that is told something',
    volume({ o: 'bind', device: '/' }),
    ['volume-drivers', '/mounts/0/volumeOptions/driver/options/o', 'local:o=bind'],
    ['volume-drivers', '/mounts/0/volumeOptions/driver/options/device', 'local:device=/'],
  ],
  [
    'a volume driver of somebody else',
    volume({}, 'rexray'),
    ['volume-drivers', '/mounts/0/volumeOptions/driver/name', 'rexray'],
  ],
  [
    'a volume with a label of ours',
    {
      mounts: [
        { type: 'volume', source: 'v', target: '/x', volumeOptions: { labels: { 'io.swarmplane.x': '' } } },
      ],
    },
    ['reserved-labels', '/mounts/0/volumeOptions/labels/io.swarmplane.x', 'io.swarmplane.x='],
  ],
  [
    'shared propagation',
    { mounts: [{ type: 'bind', source: '/srv', target: '/x', bindOptions: { propagation: 'rshared' } }] },
    ['mounts', '/mounts/0', 'bind:/srv'],
    ['mount-propagation', '/mounts/0/bindOptions/propagation', 'rshared'],
  ],
  [
    'loose confinement',
    {
      privileges: {
        seccomp: { mode: 'unconfined' },
        appArmor: { mode: 'disabled' },
        seLinuxContext: { disable: true },
        credentialSpec: { file: 'x.json' },
      },
    },
    ['privileges', '/privileges/credentialSpec', 'credential-spec'],
    ['privileges', '/privileges/seLinuxContext', 'selinux'],
    ['privileges', '/privileges/seccomp', 'seccomp=unconfined'],
    ['privileges', '/privileges/appArmor', 'apparmor=disabled'],
  ],
  ['no new privileges', { privileges: { noNewPrivileges: true, seccomp: { mode: 'default' } } }],
  ['less isolation', { isolation: 'process' }, ['privileges', '/isolation', 'isolation=process']],
  [
    'capabilities',
    { capabilityAdd: ['sys_admin', 'CAP_NET_RAW', 'all'], capabilityDrop: ['CHOWN'] },
    ['capabilities', '/capabilityAdd/0', 'CAP_SYS_ADMIN'],
    ['capabilities', '/capabilityAdd/1', 'CAP_NET_RAW'],
    ['capabilities', '/capabilityAdd/2', 'ALL'],
  ],
  [
    'sysctls',
    { sysctls: { 'net.core.somaxconn': '9' } },
    ['sysctls', '/sysctls/net.core.somaxconn', 'net.core.somaxconn=9'],
  ],
  ['ulimits', { ulimits: [{ name: 'nofile', soft: 1, hard: 2 }] }, ['ulimits', '/ulimits/0', 'nofile']],
  ['the oom score', { oomScoreAdj: -1000 }, ['oom-score', '/oomScoreAdj', '-1000']],
  ...[
    'root',
    '0',
    '00',
    '+0',
    '-0',
    ' root',
    'Root',
    '0:1000',
    '1000:0',
    ':1000',
    'app:root',
    'ContainerAdministrator',
  ].map((user): Row => [`the user "${user}"`, { user }, ['root-user', '/user', user]]),
  ...['1000', '1000:1000', 'app', '10'].map((user): Row => [`the user "${user}"`, { user }]),
  ['the group of root', { groups: ['users', '0'] }, ['root-user', '/groups/1', 'group:0']],
  ['entries of hosts', { hosts: ['192.0.2.9 bank'] }, ['hosts', '/hosts/0', '192.0.2.9 bank']],
  [
    'name servers',
    { dnsConfig: { nameservers: ['192.0.2.9'], search: ['evil'], options: ['ndots:5'] } },
    ['dns', '/dnsConfig/nameservers/0', 'nameservers:192.0.2.9'],
    ['dns', '/dnsConfig/search/0', 'search:evil'],
    ['dns', '/dnsConfig/options/0', 'options:ndots:5'],
  ],
  ['an alias that nobody has', on('open', ['api'])],
  ['the name of another service', on('open', ['DB']), ['names', '/networks/0/aliases/0', 'DB']],
  ['the alias of another service', on('open', ['ok', 'cache']), ['names', '/networks/0/aliases/1', 'cache']],
  ['the hostname of another service', on('open', ['store']), ['names', '/networks/0/aliases/0', 'store']],
  ['the tasks of another service', on('open', ['tasks.db']), ['names', '/networks/0/aliases/0', 'tasks.db']],
  [
    'a name of the outside',
    on('open', ['api.bank.example']),
    ['names', '/networks/0/aliases/0', 'api.bank.example'],
  ],
  [
    'being called as an alias of another',
    on('open', [], { name: 'cache' }),
    ['names', '/networks/0', 'cache'],
  ],
  ['a hostname that is another service', on('open', [], { hostname: 'db' }), ['names', '/hostname', 'db']],
  ['a hostname of its own', on('open', [], { hostname: 'n-{{.Node.Hostname}}.{{ .Task.Slot }}' })],
  [
    'a hostname that may become any',
    on('open', [], { hostname: '{{index .Service.Labels "x"}}' }),
    ['names', '/hostname', '{{index .Service.Labels "x"}}'],
  ],
  [
    'a secret',
    { secrets: [{ secretId: 's1', secretName: 'key', target: 'key' }] },
    ['secrets', '/secrets/0', 'key'],
  ],
  [
    'a config',
    { configs: [{ configId: 'c1', configName: 'conf', target: 'conf' }] },
    ['configs', '/configs/0', 'conf'],
  ],
  ['the network of the node', on('host-of-the-node'), ['networks', '/networks/0', 'host-of-the-node']],
  ['the network of the mesh', on('mesh'), ['networks', '/networks/0', 'ingress']],
  ['a network of another driver', on('odd'), ['networks', '/networks/0', 'lan']],
  ['the network of routers, which a stack has made', on('edge')],
  ['the network of a stack', on('pay'), ['networks', '/networks/0', 'pay_default']],
  [
    'the network of its own stack',
    on('pay', [], { labels: { 'com.docker.stack.namespace': 'pay' } }),
    ['reserved-labels', '/labels/com.docker.stack.namespace', 'com.docker.stack.namespace=pay'],
  ],
  [
    'options of a network driver',
    { networks: [{ networkId: 'open', driverOptions: { a: 'b' } }] },
    ['driver-options', '/networks/0/driverOptions/a', 'a=b'],
  ],
  ['a port', published(8080)],
  ['any port', published(null)],
  ['a port of the node', published(8080, 'host'), ['host-ports', '/ports/0', '8080/tcp']],
  ['any port of the node', published(null, 'host'), ['host-ports', '/ports/0', 'any/tcp']],
  ...[22, 2375, 2376, 2377, 4789, 7400, 7946].map((port): Row => [
    `the port ${port}`,
    published(port),
    ['reserved-ports', '/ports/0', `${port}/tcp`],
  ]),
  ...[
    'node.role==manager',
    ' NODE.ROLE == Manager ',
    'node.role!=worker',
    'node.id==m1',
    'Node.ID == m1',
    'node.hostname == BOSS',
    'node.labels.zone!=a',
  ].map((text): Row => [
    `only nodes with ${text}`,
    placed(text),
    ['manager-placement', '/placement/constraints', text],
  ]),
  ...['node.role==worker', 'node.labels.zone==a', 'node.platform.os==linux', 'node.labels.none==x'].map(
    (text): Row => [`only nodes with ${text}`, placed(text)],
  ),
  image('nginx', 'docker.io/library/nginx'),
  image('nginx:1.27@sha256:00', 'docker.io/library/nginx'),
  image('acme/app:2', 'docker.io/acme/app'),
  image('index.docker.io/acme/app', 'docker.io/acme/app'),
  image('registry.corp:5000/pay/app:2', 'registry.corp:5000/pay/app'),
  image('localhost/app', 'localhost/app'),
  [
    'labels of ours and of Docker',
    {
      labels: { 'io.swarmplane.router': '', 'swarmplane.host': 'a' },
      containerLabels: { 'com.docker.x': '1' },
    },
    ['reserved-labels', '/labels/io.swarmplane.router', 'io.swarmplane.router='],
    ['reserved-labels', '/containerLabels/com.docker.x', 'com.docker.x=1'],
  ],
  ['logs that stay', { logDriver: { name: 'json-file', options: { 'max-size': '1m' } } }],
  [
    'logs that go elsewhere',
    { logDriver: { name: 'syslog', options: { 'syslog-address': 'unix:///run/docker.sock' } } },
    ['log-drivers', '/logDriver', 'syslog'],
  ],
];

describe('What a service asks for', () => {
  it.each(ROWS)('%s', (_what, part, ...asked) => {
    const found = servicePrivileges(serviceSpec(part), null, around());
    // Every service has an image, and whether that may be is for exceptions to say.
    const own = found.filter(({ rule }) => rule !== 'images' || asked.some(([other]) => other === 'images'));
    expect(own.map(({ rule, pointer, name }) => [rule, pointer, name])).toEqual(asked);
  });

  it.each<[what: string, before: Part, after: Part, rule: AdmissionRule, pointer: string, name: string]>([
    [
      'its confinement',
      { privileges: { noNewPrivileges: true } },
      {},
      'privileges',
      '/privileges/noNewPrivileges',
      'no-new-privileges=false',
    ],
    ['a capability', { capabilityDrop: ['net_raw'] }, {}, 'capabilities', '/capabilityDrop', 'CAP_NET_RAW'],
    ['its user', { user: '1000' }, {}, 'root-user', '/user', 'image'],
    [
      'whose it is',
      { labels: { 'com.docker.stack.namespace': 'pay' } },
      {},
      'reserved-labels',
      '/labels/com.docker.stack.namespace',
      'com.docker.stack.namespace=pay',
    ],
  ])('loses %s', (_what, before, after, rule, pointer, name) => {
    const found = servicePrivileges(serviceSpec(after), serviceSpec(before), around());
    expect(found).toContainEqual(expect.objectContaining({ rule, pointer, name }));
    expect(servicePrivileges(serviceSpec(after), serviceSpec(after), around())).toHaveLength(1);
  });

  it('loses nothing where it keeps all capabilities dropped', () => {
    const [before, after] = [['NET_RAW'], ['ALL']].map((capabilityDrop) => serviceSpec({ capabilityDrop }));
    expect(servicePrivileges(after as ServiceSpec, before as ServiceSpec, around())).toHaveLength(1);
  });

  it('is denied what no rule knows, at any depth', () => {
    const spec = {
      ...serviceSpec(),
      devices: ['/dev/sda'],
      resources: { limits: {}, reservations: { devices: ['gpu'] } },
      mounts: [{ ...serviceSpec({ mounts: [{ target: '/x' }] }).mounts[0], imageOptions: {} }],
      ports: [{ targetPort: 1, publishedPort: null, protocol: 'tcp', publishMode: 'ingress', hostIp: '0' }],
    } as unknown as ServiceSpec;
    const unknown = servicePrivileges(spec, null, around()).filter(({ rule }) => rule === 'unknown');
    expect(unknown.map(({ pointer }) => pointer).toSorted()).toEqual([
      '/devices',
      '/mounts/0/imageOptions',
      '/ports/0/hostIp',
      '/resources/reservations/devices',
    ]);
  });

  it('does not compile where a rule leaves a part out', () => {
    // @ts-expect-error: what is left of an object must be nothing.
    expect(unknownParts('/mounts/0', { imageOptions: {} })).toHaveLength(1);
  });
});

describe('programChanges', () => {
  it.each<[Part, string[]]>([
    [{ replicas: 3, labels: { a: 'b' }, updateConfig: {}, forceUpdate: 4 }, []],
    [{ ports: [{ targetPort: 80 }], placement: { maxReplicas: 1 }, hostname: 'x' }, []],
    [{ image: 'evil' }, ['/image']],
    [{ args: ['-c'], env: { LD_PRELOAD: 'x' } }, ['/args', '/env']],
    [{ healthcheck: { test: ['CMD', 'sh'] } }, ['/healthcheck']],
    [{ mounts: [{ source: 'v', target: '/bin' }] }, ['/mounts']],
  ])('%j', (part, changed) => {
    expect(programChanges(serviceSpec(), serviceSpec(part)).toSorted()).toEqual(changed.toSorted());
  });
});
