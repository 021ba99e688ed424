/**
 * What the Docker CLI can say of a service or a network, and how the API says the same. `parity.test.ts` makes both on one
 * engine and compares what the Engine shows of them; `docs/parity.md` is written from here.
 */

/** One pair: flags of `docker service create`, and the input of `POST /v1/services` that means the same. */
export interface ServiceRow {
  /** Words are split at spaces; `~` is a space within a word. */
  readonly flags: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** What comes behind the image: the arguments of the container. */
  readonly command?: string;
  /** The API that the flag needs. An older engine's CLI refuses it, and so do we. */
  readonly api?: string;
  /** What is to be known of it. */
  readonly note?: string;
}

const row = (
  flags: string,
  input: ServiceRow['input'],
  more: Omit<ServiceRow, 'flags' | 'input'> = {},
): ServiceRow => ({ flags, input, ...more });

/** No node has this label: tasks stay pending, and nothing runs. */
export const NOWHERE = 'node.labels.none==yes';

/** What the CLI always sends, and an API client says only if it wants it so. Rows may say otherwise. */
export const SAID_BY_THE_CLI = { init: false } as const;

/** What exists while the table is worked off. */
export const FIXTURES = {
  networks: ['parity-front', 'parity-back'],
  secrets: ['parity-key', 'parity-cert'],
  configs: ['parity-conf', 'parity-account'],
  /** The content of the file `{envFile}`. */
  envFile: 'FROM_FILE=1\n# a comment\nSECOND=a b\n',
} as const;

const mount = (flags: string, fields: object, note?: string): ServiceRow =>
  row(`--mount ${flags}`, { mounts: [fields] }, note ? { note } : {});
/** With what the CLI adds: it writes Swarm's defaults out once one of the flags is there. */
const restart = (flags: string, fields: object): ServiceRow =>
  row(flags, { restartPolicy: { condition: 'any', delay: 5000, maxAttempts: 0, ...fields } });
const rollout = {
  parallelism: 1,
  monitor: 5000,
  failureAction: 'pause',
  maxFailureRatio: 0,
  order: 'stop-first',
};
const update = (flags: string, fields: object): ServiceRow =>
  row(flags, { updateConfig: { ...rollout, ...fields } });
const rollback = (flags: string, fields: object): ServiceRow =>
  row(flags, { rollbackConfig: { ...rollout, ...fields } });
const limits = (flags: string, fields: object): ServiceRow => row(flags, { resources: { limits: fields } });
const reserve = (flags: string, fields: object): ServiceRow =>
  row(flags, { resources: { reservations: fields } });
const port = (flags: string, ...ports: readonly object[]): ServiceRow => row(flags, { ports });
const health = (
  flags: string,
  healthcheck: object,
  more: Omit<ServiceRow, 'flags' | 'input'> = {},
): ServiceRow => row(flags, { healthcheck }, more);

export const SERVICE_ROWS: readonly ServiceRow[] = [
  row('', {}),

  row('--label tier=front', { labels: { tier: 'front' } }),
  row('--label bare', { labels: { bare: '' } }),
  row('--label a=b=c --label d=1', { labels: { a: 'b=c', d: '1' } }),
  row('--container-label tier=front', { containerLabels: { tier: 'front' } }),
  row('--container-label a=1 --container-label b=2', { containerLabels: { a: '1', b: '2' } }),

  row('--env MODE=production', { env: { MODE: 'production' } }),
  row('--env EMPTY=', { env: { EMPTY: '' } }),
  row('--env B=2 --env A=a=b', { env: { B: '2', A: 'a=b' } }),
  row('--env GREETING=hello~there', { env: { GREETING: 'hello there' } }),
  row(
    '--env-file {envFile}',
    { env: { FROM_FILE: '1', SECOND: 'a b' } },
    { note: 'The CLI reads the file.' },
  ),
  row('', { args: ['sleep', '60'] }, { command: 'sleep 60' }),
  row('', { args: ['sh', '-c', 'sleep 60'] }, { command: 'sh -c sleep~60' }),
  row('--entrypoint /bin/sh', { command: ['/bin/sh'] }),
  row('--entrypoint /bin/sh~-c', { command: ['/bin/sh', '-c'], args: ['true'] }, { command: 'true' }),
  row('--workdir /srv', { dir: '/srv' }),
  row('--user www', { user: 'www' }),
  row('--user 1000:1000', { user: '1000:1000' }),
  row('--group adm', { groups: ['adm'] }),
  row('--group adm --group 27', { groups: ['adm', '27'] }),
  row('--hostname web', { hostname: 'web' }),
  row('--hostname {{.Node.Hostname}}-{{.Task.Slot}}', { hostname: '{{.Node.Hostname}}-{{.Task.Slot}}' }),
  row('--host backend:192.0.2.9', { hosts: ['192.0.2.9 backend'] }),
  row('--host v6:2001:db8::9', { hosts: ['2001:db8::9 v6'] }),
  row('--host a:192.0.2.1 --host b:192.0.2.2', { hosts: ['192.0.2.1 a', '192.0.2.2 b'] }),
  row('--dns 192.0.2.53', { dnsConfig: { nameservers: ['192.0.2.53'] } }),
  row('--dns 192.0.2.53 --dns 2001:db8::53', { dnsConfig: { nameservers: ['192.0.2.53', '2001:db8::53'] } }),
  row('--dns-search example.com', { dnsConfig: { search: ['example.com'] } }),
  row('--dns-option ndots:2', { dnsConfig: { options: ['ndots:2'] } }),
  row('--dns 192.0.2.53 --dns-search a.example --dns-search b.example --dns-option timeout:1', {
    dnsConfig: { nameservers: ['192.0.2.53'], search: ['a.example', 'b.example'], options: ['timeout:1'] },
  }),
  row('--init', { init: true }),
  row('--init=false', { init: false }),
  row('--tty', { tty: true }),
  row('--read-only', { readOnly: true }),
  row('--stop-signal SIGQUIT', { stopSignal: 'SIGQUIT' }),
  row('--stop-signal 9', { stopSignal: '9' }),
  row('--stop-grace-period 1m30s', { stopGracePeriod: 90_000 }),
  row('--stop-grace-period 500ms', { stopGracePeriod: 500 }),
  row('--stop-grace-period 0s', { stopGracePeriod: 0 }),

  health('--health-cmd true', { test: ['CMD-SHELL', 'true'] }),
  health('--health-cmd wget~-q~localhost', { test: ['CMD-SHELL', 'wget -q localhost'] }),
  health('--health-interval 5s', { interval: 5000 }),
  health('--health-timeout 1500ms', { timeout: 1500 }),
  health('--health-retries 4', { retries: 4 }),
  health('--health-cmd true --health-start-period 20s', { test: ['CMD-SHELL', 'true'], startPeriod: 20_000 }),
  health(
    '--health-cmd true --health-interval 5s --health-timeout 2s --health-retries 3 --health-start-period 10s',
    { test: ['CMD-SHELL', 'true'], interval: 5000, timeout: 2000, retries: 3, startPeriod: 10_000 },
  ),
  health(
    '--health-cmd true --health-start-interval 1s',
    { test: ['CMD-SHELL', 'true'], startInterval: 1000 },
    {
      api: '1.44',
    },
  ),
  health('--no-healthcheck', { test: ['NONE'] }),

  mount('type=volume,source=data,target=/data', { type: 'volume', source: 'data', target: '/data' }),
  mount('source=data,target=/data', { source: 'data', target: '/data' }, 'A volume when no type is given.'),
  mount('type=volume,target=/data', { type: 'volume', target: '/data' }),
  mount('type=volume,source=data,target=/data,readonly', {
    type: 'volume',
    source: 'data',
    target: '/data',
    readOnly: true,
  }),
  mount('type=volume,source=data,target=/data,volume-nocopy', {
    type: 'volume',
    source: 'data',
    target: '/data',
    volumeOptions: { noCopy: true },
  }),
  mount('type=volume,source=data,target=/data,volume-label=tier=front,volume-label=b=2', {
    type: 'volume',
    source: 'data',
    target: '/data',
    volumeOptions: { labels: { tier: 'front', b: '2' } },
  }),
  mount(
    'type=volume,source=data,target=/data,volume-driver=local,volume-opt=type=nfs,volume-opt=device=:/a',
    {
      type: 'volume',
      source: 'data',
      target: '/data',
      volumeOptions: { driver: { name: 'local', options: { type: 'nfs', device: ':/a' } } },
    },
  ),
  mount('type=bind,source=/tmp,target=/host', { type: 'bind', source: '/tmp', target: '/host' }),
  mount('type=bind,source=/tmp,target=/host,readonly', {
    type: 'bind',
    source: '/tmp',
    target: '/host',
    readOnly: true,
  }),
  ...['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave'].map((propagation) =>
    mount(`type=bind,source=/tmp,target=/host,bind-propagation=${propagation}`, {
      type: 'bind',
      source: '/tmp',
      target: '/host',
      bindOptions: { propagation },
    }),
  ),
  mount('type=bind,source=/tmp,target=/host,bind-nonrecursive', {
    type: 'bind',
    source: '/tmp',
    target: '/host',
    bindOptions: { nonRecursive: true },
  }),
  mount(
    'type=bind,source=/tmp,target=/host,consistency=cached',
    { type: 'bind', source: '/tmp', target: '/host' },
    'Swarm drops the consistency that the CLI sends; the API refuses it.',
  ),
  mount('type=tmpfs,target=/scratch', { type: 'tmpfs', target: '/scratch' }),
  mount('type=tmpfs,target=/scratch,tmpfs-size=64m', {
    type: 'tmpfs',
    target: '/scratch',
    tmpfsOptions: { sizeBytes: 64 * 1024 * 1024 },
  }),
  mount('type=tmpfs,target=/scratch,tmpfs-size=1000,tmpfs-mode=1777', {
    type: 'tmpfs',
    target: '/scratch',
    tmpfsOptions: { sizeBytes: 1000, mode: 0o1777 },
  }),
  mount('type=npipe,source=\\\\.\\pipe\\docker_engine,target=\\\\.\\pipe\\docker_engine', {
    type: 'npipe',
    source: '\\\\.\\pipe\\docker_engine',
    target: '\\\\.\\pipe\\docker_engine',
  }),
  row('--mount type=tmpfs,target=/b --mount type=volume,source=data,target=/a', {
    mounts: [
      { type: 'tmpfs', target: '/b' },
      { type: 'volume', source: 'data', target: '/a' },
    ],
  }),

  row('--secret parity-key', { secrets: [{ secret: 'parity-key' }] }),
  row('--secret source=parity-key,target=tls.key', {
    secrets: [{ secret: 'parity-key', target: 'tls.key' }],
  }),
  row('--secret source=parity-key,target=/etc/tls.key,uid=33,gid=34,mode=0400', {
    secrets: [{ secret: 'parity-key', target: '/etc/tls.key', uid: '33', gid: '34', mode: 0o400 }],
  }),
  row('--secret parity-key --secret parity-cert', {
    secrets: [{ secret: 'parity-key' }, { secret: 'parity-cert' }],
  }),
  row('--config parity-conf', { configs: [{ config: 'parity-conf' }] }),
  row('--config source=parity-conf,target=/etc/app.conf', {
    configs: [{ config: 'parity-conf', target: '/etc/app.conf' }],
  }),
  row('--config source=parity-conf,target=/etc/app.conf,uid=33,gid=34,mode=0440', {
    configs: [{ config: 'parity-conf', target: '/etc/app.conf', uid: '33', gid: '34', mode: 0o440 }],
  }),
  row('--config source=parity-conf,target=/a --config source=parity-conf,target=/b', {
    configs: [
      { config: 'parity-conf', target: '/a' },
      { config: 'parity-conf', target: '/b' },
    ],
  }),
  row('--credential-spec config://parity-account', {
    privileges: { credentialSpec: { config: 'parity-account' } },
  }),
  row('--credential-spec config://parity-account --config parity-conf', {
    privileges: { credentialSpec: { config: 'parity-account' } },
    configs: [{ config: 'parity-conf' }],
  }),
  row('--credential-spec file://account.json', { privileges: { credentialSpec: { file: 'account.json' } } }),
  row('--credential-spec registry://account', { privileges: { credentialSpec: { registry: 'account' } } }),

  row('--sysctl net.core.somaxconn=1024', { sysctls: { 'net.core.somaxconn': '1024' } }),
  row('--sysctl net.core.somaxconn=1024 --sysctl net.ipv4.ip_forward=1', {
    sysctls: { 'net.core.somaxconn': '1024', 'net.ipv4.ip_forward': '1' },
  }),
  row('--ulimit nofile=1024:2048', { ulimits: [{ name: 'nofile', soft: 1024, hard: 2048 }] }),
  row('--ulimit nproc=512', { ulimits: [{ name: 'nproc', soft: 512, hard: 512 }] }),
  row('--ulimit core=-1', { ulimits: [{ name: 'core', soft: -1, hard: -1 }] }),
  row('--ulimit nofile=10 --ulimit nproc=20', {
    ulimits: [
      { name: 'nofile', soft: 10, hard: 10 },
      { name: 'nproc', soft: 20, hard: 20 },
    ],
  }),
  row('--cap-add NET_ADMIN', { capabilityAdd: ['CAP_NET_ADMIN'] }),
  row('--cap-add CAP_SYS_TIME --cap-add NET_RAW', { capabilityAdd: ['CAP_NET_RAW', 'CAP_SYS_TIME'] }),
  row('--cap-drop CHOWN', { capabilityDrop: ['CAP_CHOWN'] }),
  row('--cap-drop ALL --cap-add KILL', { capabilityDrop: ['ALL'], capabilityAdd: ['CAP_KILL'] }),
  row('--isolation default', { isolation: 'default' }),
  row('--isolation process', { isolation: 'process' }),
  row('--isolation hyperv', { isolation: 'hyperv' }),
  row('--oom-score-adj 500', { oomScoreAdj: 500 }, { api: '1.46' }),

  row('--constraint node.role==worker', { placement: { constraints: ['node.role==worker'] } }),
  row('--constraint node.labels.zone!=a --constraint node.platform.os==linux', {
    placement: { constraints: ['node.labels.zone!=a', 'node.platform.os==linux'] },
  }),
  row('--placement-pref spread=node.labels.zone', {
    placement: { preferences: [{ spread: 'node.labels.zone' }] },
  }),
  row('--placement-pref spread=node.labels.zone --placement-pref spread=engine.labels.rack', {
    placement: { preferences: [{ spread: 'node.labels.zone' }, { spread: 'engine.labels.rack' }] },
  }),
  row('--replicas-max-per-node 2', { placement: { maxReplicas: 2 } }),

  limits('--limit-cpu 0.5', { nanoCpus: 500_000_000 }),
  limits('--limit-cpu 1.25 --limit-memory 64m', { nanoCpus: 1_250_000_000, memoryBytes: 64 * 1024 * 1024 }),
  limits('--limit-memory 1g', { memoryBytes: 1024 ** 3 }),
  limits('--limit-pids 100', { pids: 100 }),
  reserve('--reserve-cpu .25', { nanoCpus: 250_000_000 }),
  reserve('--reserve-memory 32m', { memoryBytes: 32 * 1024 * 1024 }),
  reserve('--generic-resource SSD=2', { genericResources: [{ kind: 'SSD', value: 2 }] }),
  row('--limit-cpu 2 --limit-memory 1g --limit-pids 50 --reserve-cpu 1 --reserve-memory 512m', {
    resources: {
      limits: { nanoCpus: 2_000_000_000, memoryBytes: 1024 ** 3, pids: 50 },
      reservations: { nanoCpus: 1_000_000_000, memoryBytes: 512 * 1024 * 1024 },
    },
  }),

  row('--log-driver json-file', { logDriver: { name: 'json-file' } }),
  row('--log-driver json-file --log-opt max-size=10m --log-opt max-file=3', {
    logDriver: { name: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } },
  }),
  row('--log-driver none', { logDriver: { name: 'none' } }),

  row('--mode replicated', { mode: 'replicated' }),
  row('--replicas 0', { replicas: 0 }),
  row('--mode replicated --replicas 3', { mode: 'replicated', replicas: 3 }),
  row('--mode global', { mode: 'global' }),
  row('--mode replicated-job --replicas 5 --max-concurrent 2', {
    mode: 'replicated-job',
    totalCompletions: 5,
    maxConcurrent: 2,
  }),
  row(
    '--mode replicated-job --replicas 4',
    { mode: 'replicated-job', totalCompletions: 4, maxConcurrent: 4 },
    { note: 'The CLI says the number of replicas for both.' },
  ),
  row('--mode replicated-job --restart-condition on-failure --restart-max-attempts 2', {
    mode: 'replicated-job',
    totalCompletions: 1,
    maxConcurrent: 1,
    restartPolicy: { condition: 'on-failure', delay: 5000, maxAttempts: 2 },
  }),
  row('--mode global-job', { mode: 'global-job' }),

  row('--network parity-front', { networks: [{ network: 'parity-front' }] }),
  row('--network parity-front --network parity-back', {
    networks: [{ network: 'parity-front' }, { network: 'parity-back' }],
  }),
  row('--network name=parity-front,alias=web,alias=www', {
    networks: [{ network: 'parity-front', aliases: ['web', 'www'] }],
  }),
  row('--network name=parity-front,driver-opt=com.example.a=1', {
    networks: [{ network: 'parity-front', driverOptions: { 'com.example.a': '1' } }],
  }),
  row('--endpoint-mode vip', { endpointMode: 'vip' }),
  row('--endpoint-mode dnsrr', { endpointMode: 'dnsrr' }),
  row('--endpoint-mode dnsrr --network parity-front', {
    endpointMode: 'dnsrr',
    networks: [{ network: 'parity-front' }],
  }),
  port('--publish 18080:80', { publishedPort: 18_080, targetPort: 80 }),
  port('--publish 80', { targetPort: 80 }),
  port('--publish 18053:53/udp', { publishedPort: 18_053, targetPort: 53, protocol: 'udp' }),
  port(
    '--publish 18090-18091:80-81',
    { publishedPort: 18_090, targetPort: 80 },
    {
      publishedPort: 18_091,
      targetPort: 81,
    },
  ),
  port('--publish published=18081,target=80', { publishedPort: 18_081, targetPort: 80 }),
  port('--publish published=18082,target=80,mode=host', {
    publishedPort: 18_082,
    targetPort: 80,
    publishMode: 'host',
  }),
  port('--publish target=80,mode=host', { targetPort: 80, publishMode: 'host' }),
  port('--publish published=18083,target=80,protocol=sctp', {
    publishedPort: 18_083,
    targetPort: 80,
    protocol: 'sctp',
  }),
  port(
    '--publish 18084:80 --publish 18085:443',
    { publishedPort: 18_084, targetPort: 80 },
    {
      publishedPort: 18_085,
      targetPort: 443,
    },
  ),
  row('--endpoint-mode dnsrr --publish published=18086,target=80,mode=host', {
    endpointMode: 'dnsrr',
    ports: [{ publishedPort: 18_086, targetPort: 80, publishMode: 'host' }],
  }),

  restart('--restart-condition none', { condition: 'none' }),
  restart('--restart-condition on-failure', { condition: 'on-failure' }),
  restart('--restart-condition any', { condition: 'any' }),
  restart('--restart-delay 1500ms', { delay: 1500 }),
  restart('--restart-max-attempts 3', { maxAttempts: 3 }),
  restart('--restart-window 2m', { window: 120_000 }),
  restart('--restart-condition on-failure --restart-delay 0s --restart-max-attempts 5 --restart-window 30s', {
    condition: 'on-failure',
    delay: 0,
    maxAttempts: 5,
    window: 30_000,
  }),

  update('--update-parallelism 2', { parallelism: 2 }),
  update('--update-parallelism 0', { parallelism: 0 }),
  update('--update-delay 10s', { delay: 10_000 }),
  update('--update-failure-action continue', { failureAction: 'continue' }),
  update('--update-failure-action rollback', { failureAction: 'rollback' }),
  update('--update-max-failure-ratio 0.1', { maxFailureRatio: 0.1 }),
  update('--update-monitor 15s', { monitor: 15_000 }),
  update('--update-order start-first', { order: 'start-first' }),
  update(
    '--update-parallelism 3 --update-delay 1s --update-failure-action rollback --update-max-failure-ratio 0.333 --update-monitor 2s --update-order start-first',
    {
      parallelism: 3,
      delay: 1000,
      failureAction: 'rollback',
      maxFailureRatio: 0.333,
      monitor: 2000,
      order: 'start-first',
    },
  ),
  rollback('--rollback-parallelism 2', { parallelism: 2 }),
  rollback('--rollback-delay 10s', { delay: 10_000 }),
  rollback('--rollback-failure-action continue', { failureAction: 'continue' }),
  rollback('--rollback-max-failure-ratio 0.25', { maxFailureRatio: 0.25 }),
  rollback('--rollback-monitor 15s', { monitor: 15_000 }),
  rollback('--rollback-order start-first', { order: 'start-first' }),

  row(
    '--replicas 2 --env A=1 --label a=1 --network name=parity-front,alias=web --publish 18087:80 --limit-memory 64m --health-cmd true --restart-condition on-failure --update-order start-first --secret parity-key --config source=parity-conf,target=/etc/a --mount type=volume,source=data,target=/data --user www --hostname web',
    {
      replicas: 2,
      env: { A: '1' },
      labels: { a: '1' },
      networks: [{ network: 'parity-front', aliases: ['web'] }],
      ports: [{ publishedPort: 18_087, targetPort: 80 }],
      resources: { limits: { memoryBytes: 64 * 1024 * 1024 } },
      healthcheck: { test: ['CMD-SHELL', 'true'] },
      restartPolicy: { condition: 'on-failure', delay: 5000, maxAttempts: 0 },
      updateConfig: { ...rollout, order: 'start-first' },
      secrets: [{ secret: 'parity-key' }],
      configs: [{ config: 'parity-conf', target: '/etc/a' }],
      mounts: [{ type: 'volume', source: 'data', target: '/data' }],
      user: 'www',
      hostname: 'web',
    },
  ),
];

/** One pair for networks; `{s}` stands for a number that is another on each side, because subnets are taken once. */
export interface NetworkRow {
  readonly flags: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** What is to be known of it. */
  readonly note?: string;
}

const net = (flags: string, input: NetworkRow['input'] = {}, note?: string): NetworkRow => ({
  flags,
  input,
  ...(note ? { note } : {}),
});
const AUX = 'Docker drops auxiliary addresses of swarm networks; the API refuses them.';
const OPTION = 'com.docker.network.driver.mtu';

export const NETWORK_ROWS: readonly NetworkRow[] = [
  net(''),
  net('--attachable', { attachable: true }),
  net('--internal', { internal: true }),
  net('--label tier=front', { labels: { tier: 'front' } }),
  net('--label a=1 --label b', { labels: { a: '1', b: '' } }),
  net('--opt encrypted', { encrypted: true }),
  net(`--opt ${OPTION}=1400`, { options: { [OPTION]: '1400' } }),
  net(`--opt ${OPTION}=1400 --opt com.example.x=y`, { options: { [OPTION]: '1400', 'com.example.x': 'y' } }),
  net('--scope swarm'),
  net('--attachable --internal --label x=y', { attachable: true, internal: true, labels: { x: 'y' } }),
  net('--subnet 10.{s}.1.0/24', { subnets: [{ subnet: '10.{s}.1.0/24' }] }),
  net('--subnet 10.{s}.2.0/24 --gateway 10.{s}.2.254', {
    subnets: [{ subnet: '10.{s}.2.0/24', gateway: '10.{s}.2.254' }],
  }),
  net('--subnet 10.{s}.3.0/24 --ip-range 10.{s}.3.128/25', {
    subnets: [{ subnet: '10.{s}.3.0/24', ipRange: '10.{s}.3.128/25' }],
  }),
  net(
    '--subnet 10.{s}.4.0/24 --aux-address router=10.{s}.4.7',
    { subnets: [{ subnet: '10.{s}.4.0/24' }] },
    AUX,
  ),
  net('--subnet 10.{s}.5.0/24 --gateway 10.{s}.5.1 --ip-range 10.{s}.5.64/26', {
    subnets: [
      {
        subnet: '10.{s}.5.0/24',
        gateway: '10.{s}.5.1',
        ipRange: '10.{s}.5.64/26',
      },
    ],
  }),
  net('--subnet 10.{s}.6.0/24 --subnet 10.{s}.7.0/24', {
    subnets: [{ subnet: '10.{s}.6.0/24' }, { subnet: '10.{s}.7.0/24' }],
  }),
  net('--subnet 10.{s}.8.0/24 --subnet 10.{s}.9.0/24 --gateway 10.{s}.8.1 --gateway 10.{s}.9.1', {
    subnets: [
      { subnet: '10.{s}.8.0/24', gateway: '10.{s}.8.1' },
      { subnet: '10.{s}.9.0/24', gateway: '10.{s}.9.1' },
    ],
  }),
  net('--ipv6 --subnet fd{s}:1::/64', { ipv6: true, subnets: [{ subnet: 'fd{s}:1::/64' }] }),
  net('--ipv6 --subnet 10.{s}.10.0/24 --subnet fd{s}:2::/64', {
    ipv6: true,
    subnets: [{ subnet: '10.{s}.10.0/24' }, { subnet: 'fd{s}:2::/64' }],
  }),
  net('--subnet 10.{s}.11.0/24 --opt encrypted --attachable', {
    encrypted: true,
    attachable: true,
    subnets: [{ subnet: '10.{s}.11.0/24' }],
  }),
  net('--subnet 10.{s}.12.0/28', { subnets: [{ subnet: '10.{s}.12.0/28' }] }),
  net('--driver overlay --subnet 10.{s}.13.0/24 --internal', {
    driver: 'overlay',
    internal: true,
    subnets: [{ subnet: '10.{s}.13.0/24' }],
  }),
];

/** Flags that are in no row, and why. */
export const EXPLAINED: {
  readonly create: Readonly<Record<string, string>>;
  readonly update: Readonly<Record<string, string>>;
  readonly network: Readonly<Record<string, string>>;
} = {
  create: {
    detach: 'Of the CLI: whether it waits. The API answers at once; `Prefer: wait=30` waits.',
    quiet: 'Of the CLI: what it prints.',
    help: 'Of the CLI.',
    name: '`name`; every row has one.',
    'no-resolve-image': '`resolveImage`: `off` when left out. `try` is what the CLI does without this flag.',
    'with-registry-auth': 'The header `X-Registry-Auth` brings credentials with a request.',
    'memory-swap': 'Of API 1.52, which no engine has that this is tested with; a PATCH keeps what is there.',
    'memory-swappiness':
      'Of API 1.52, which no engine has that this is tested with; a PATCH keeps what is there.',
  },
  update: {
    image: '`image` in a PATCH.',
    args: '`args` in a PATCH.',
    force: '`POST /v1/services/{service}/restart`, or `forceUpdate` in a PATCH.',
    rollback: '`POST /v1/services/{service}/rollback`.',
  },
  network: {
    'config-from': 'Of networks of one node: Swarm’s overlay networks have no use for it.',
    'config-only': 'Of networks of one node: Swarm’s overlay networks have no use for it.',
    help: 'Of the CLI.',
    ingress: 'The network of the routing mesh is Swarm’s: replacing it stops all that is published.',
    'ipam-driver':
      'Addresses of the API are those of the default driver; others keep what they give out to themselves.',
    'ipam-opt': 'Of other drivers of addresses; the default one has no options.',
    ipv4: 'Only for switching it off, which Swarm’s overlay networks cannot do.',
  },
};

/** A flag of `docker service update` that is one of `create` with an ending says how a list or map is changed. */
export const ENDINGS: Readonly<Record<string, string>> = {
  '-add': 'The field in a PATCH: a map merges, a list is sent whole.',
  '-rm': 'The field in a PATCH: null removes a key of a map, a list is sent without it.',
};
