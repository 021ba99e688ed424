import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { mustRun, runCommand } from '../../scripts/command.ts';
import { isOlderApi } from '../../src/domain/engine-api.ts';
import type { ServiceSpec } from '../../src/domain/service.ts';
import { put, type Document } from '../../src/swarm/docker/document.ts';
import { engineApi } from '../support/engine-api.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';
import { comparableNetwork, comparableSpec } from './parity-normal-form.ts';
import {
  ENDINGS,
  EXPLAINED,
  FIXTURES,
  NETWORK_ROWS,
  NOWHERE,
  SAID_BY_THE_CLI,
  SERVICE_ROWS,
  type NetworkRow,
  type ServiceRow,
} from './parity-table.ts';

const engine = inject('engine');
const docker = engineApi(engine.dockerHost);
const IMAGE = 'busybox:latest';
/** Everything made here carries it, so that it can be told from what is not ours. */
const LABEL = 'swarmplane.test';
/** The CLI is a process each time; two cores do not gain from more. */
const AT_ONCE = 4;
const MANY = 60_000;

const scratch = mkdtempSync(join(tmpdir(), 'swarmplane-parity-'));
const envFile = join(scratch, 'file.env');
let server: RealServer;
let apiVersion: string;

const environment = { ...process.env, DOCKER_HOST: engine.dockerHost };
const words = (flags: string): string[] =>
  flags
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => word.replaceAll('~', ' ').replace('{envFile}', envFile));
const cli = (...args: readonly string[]): Promise<string> => mustRun('docker', args, { env: environment });

interface Verdict {
  readonly byCli: unknown;
  readonly byApi: unknown;
}

/** Works a list off, a few at once, and answers in its order. */
async function all<T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      results[index] = await work(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

/** Removes a service, and comes back once our state has seen it come and go: its ports are free again then. */
async function remove(id: string): Promise<void> {
  await server.state.until(() => server.state.services.get(id), MANY);
  await docker.send('DELETE', `/services/${id}`);
  await server.state.until(() => (server.state.services.get(id) ? undefined : true), MANY);
}

function createFlags(row: ServiceRow, name: string): string[] {
  return [
    ...['service', 'create', '--detach', '--no-resolve-image', '--quiet', '--name', name],
    ...['--label', `${LABEL}=parity`, '--constraint', NOWHERE],
    ...words(row.flags),
    IMAGE,
    ...words(row.command ?? ''),
  ];
}

function inputOf({ input }: ServiceRow, name: string): Record<string, unknown> {
  const { labels, placement, ...rest } = input as { labels?: object; placement?: { constraints?: string[] } };
  return {
    ...SAID_BY_THE_CLI,
    ...rest,
    name,
    image: IMAGE,
    labels: { [LABEL]: 'parity', ...labels },
    placement: { ...placement, constraints: [NOWHERE, ...(placement?.constraints ?? [])] },
  };
}

const specOf = async (id: string): Promise<Document> =>
  ((await docker.get(`/services/${id}`)) as { Spec: Document }).Spec;

async function judge(row: ServiceRow, index: number): Promise<Verdict> {
  if (row.api !== undefined && isOlderApi(apiVersion, row.api)) return refused(row, index);
  const byCli = (await cli(...createFlags(row, `parity-cli-${index}`))).trim();
  const cliSpec = await specOf(byCli);
  await remove(byCli);
  const answer = await server.rest.post('/v1/services').send(inputOf(row, `parity-api-${index}`));
  if (answer.status !== 201) return { byCli: comparableSpec(cliSpec), byApi: answer.body as unknown };
  const byApi = (answer.body as { id: string }).id;
  const apiSpec = await specOf(byApi);
  await remove(byApi);
  return { byCli: comparableSpec(cliSpec), byApi: comparableSpec(apiSpec) };
}

/** What both say of a flag that the engine is too old for. */
async function refused(row: ServiceRow, index: number): Promise<Verdict> {
  const byCli = await runCommand('docker', createFlags(row, `parity-cli-${index}`), { env: environment });
  const byApi = await server.rest.post('/v1/services').send(inputOf(row, `parity-api-${index}`));
  const verdict = `refused: needs API ${row.api}`;
  return {
    byCli: byCli.exitCode !== 0 && /API version|unknown flag/.test(byCli.stderr) ? verdict : byCli,
    byApi:
      byApi.status === 400 && JSON.stringify(byApi.body).includes(`needs ${row.api}`) ? verdict : byApi.body,
  };
}

const SIDES = { cli: '61', api: '62' } as const;
const onSide = <T>(value: T, side: keyof typeof SIDES): T =>
  JSON.parse(JSON.stringify(value).replaceAll('{s}', SIDES[side])) as T;

async function judgeNetwork(row: NetworkRow, index: number): Promise<Verdict> {
  const flags = onSide(words(row.flags), 'cli');
  const id = (
    await cli(
      ...['network', 'create', ...(row.flags.includes('--driver') ? [] : ['--driver', 'overlay'])],
      ...['--label', `${LABEL}=parity`, ...flags, `parity-cli-${index}`],
    )
  ).trim();
  await server.state.until(() => (server.state.networks.get(id)?.allocated ? true : undefined), MANY);
  const byCli = (await docker.get(`/networks/${id}`)) as Document;
  await docker.send('DELETE', `/networks/${id}`);
  const { labels, ...input } = onSide(row.input, 'api') as { labels?: object };
  const answer = await server.rest
    .post('/v1/networks')
    .send({ ...input, name: `parity-api-${index}`, labels: { [LABEL]: 'parity', ...labels } });
  if (answer.status !== 201) return { byCli, byApi: answer.body as unknown };
  const own = (answer.body as { id: string }).id;
  const byApi = (await docker.get(`/networks/${own}`)) as Document;
  await docker.send('DELETE', `/networks/${own}`);
  const isGiven = row.flags.includes('--subnet');
  const sameSide = (network: Document): Document =>
    JSON.parse(JSON.stringify(network).replaceAll(/\b(10\.|fd)6[12]\b/g, '$1{s}')) as Document;
  return {
    byCli: comparableNetwork(sameSide(byCli), isGiven),
    byApi: comparableNetwork(sameSide(byApi), isGiven),
  };
}

async function clear(): Promise<void> {
  const services = (await docker.get('/services')) as { ID: string; Spec: { Name: string } }[];
  for (const { ID, Spec } of services) {
    if (Spec.Name.startsWith('parity-')) await docker.send('DELETE', `/services/${ID}`);
  }
  for (const kind of ['secrets', 'configs'] as const) {
    const files = (await docker.get(`/${kind}`)) as { ID: string; Spec: { Name: string } }[];
    for (const { ID, Spec } of files) {
      if (Spec.Name.startsWith('parity-')) await docker.send('DELETE', `/${kind}/${ID}`);
    }
  }
  const networks = (await docker.get('/networks')) as { Id: string; Name: string }[];
  for (const { Id, Name } of networks) {
    if (!Name.startsWith('parity-')) continue;
    // Tasks that were pending on it go a moment after their service.
    for (let attempt = 0; ; attempt++) {
      const failure = await docker.send('DELETE', `/networks/${Id}`).catch((error: unknown) => error);
      if (!(failure instanceof Error) || attempt > 50) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

beforeAll(async () => {
  writeFileSync(envFile, FIXTURES.envFile);
  await clear();
  server = await startRealServer(realPorts(engine));
  apiVersion = ((await docker.get('/version')) as { ApiVersion: string }).ApiVersion;
  const labels = { [LABEL]: 'parity' };
  for (const name of FIXTURES.networks) {
    await server.rest.post('/v1/networks').send({ name, labels }).expect(201);
  }
  for (const kind of ['secrets', 'configs'] as const) {
    for (const name of FIXTURES[kind]) {
      await server.rest.post(`/v1/${kind}`).send({ name, text: name, labels }).expect(201);
    }
  }
}, MANY);

afterAll(async () => {
  await clear();
  await server.close();
  rmSync(scratch, { recursive: true, force: true });
}, MANY);

const nameOf = ({ flags, ...row }: ServiceRow): string =>
  [flags, row.command].filter(Boolean).join(' … ') || 'nothing but an image';

describe('a service is the same by the Docker CLI and by the API, of', () => {
  let verdicts: Verdict[];

  beforeAll(async () => {
    verdicts = await all(SERVICE_ROWS, judge);
  }, MANY);

  it('at least 120 combinations of flags', () => {
    expect(SERVICE_ROWS.length).toBeGreaterThanOrEqual(120);
    expect(new Set(SERVICE_ROWS.map(nameOf)).size).toBe(SERVICE_ROWS.length);
  });

  it.each(SERVICE_ROWS.map((row, index) => [nameOf(row), index] as const))('%s', (_, index) => {
    const { byCli, byApi } = verdicts[index] as Verdict;
    expect(byApi).toEqual(byCli);
  });
});

describe('a network is the same by the Docker CLI and by the API, of', () => {
  let verdicts: Verdict[];

  beforeAll(async () => {
    verdicts = await all(NETWORK_ROWS, judgeNetwork);
  }, MANY);

  it('at least 20 combinations of flags', () => {
    expect(NETWORK_ROWS.length).toBeGreaterThanOrEqual(20);
  });

  it.each(NETWORK_ROWS.map((row, index) => [row.flags || 'nothing but a name', index] as const))(
    '%s',
    (_, index) => {
      const { byCli, byApi } = verdicts[index] as Verdict;
      expect(byApi).toEqual(byCli);
    },
  );
});

/** What cannot be changed, what only jobs have, and what this engine is too old for. */
type Unpatched = 'name' | 'mode' | 'maxConcurrent' | 'totalCompletions' | 'oomScoreAdj';
const CONTAINER = 'TaskTemplate.ContainerSpec';

/** For each field a change of it, and all places in Docker's spec that may differ for it. */
const CHANGES: {
  readonly [K in Exclude<keyof ServiceSpec, Unpatched>]: readonly [change: unknown, ...places: string[]];
} = {
  labels: [{ added: '1' }, 'Labels.added'],
  replicas: [3, 'Mode.Replicated.Replicas'],
  image: ['nginx:latest', `${CONTAINER}.Image`],
  command: [['/bin/true'], `${CONTAINER}.Command`],
  args: [['1', '2'], `${CONTAINER}.Args`],
  env: [{ ADDED: '1' }, `${CONTAINER}.Env`],
  dir: ['/other', `${CONTAINER}.Dir`],
  user: ['nobody', `${CONTAINER}.User`],
  hostname: [null, `${CONTAINER}.Hostname`],
  containerLabels: [{ tier: null }, `${CONTAINER}.Labels`],
  stopGracePeriod: [1234, `${CONTAINER}.StopGracePeriod`],
  networks: [[{ network: 'parity-back' }], 'TaskTemplate.Networks'],
  endpointMode: ['vip', 'EndpointSpec.Mode'],
  ports: [[{ targetPort: 81, publishMode: 'host' }], 'EndpointSpec.Ports'],
  placement: [{ maxReplicas: 5 }, 'TaskTemplate.Placement.MaxReplicas'],
  resources: [{ limits: { pids: 7 } }, 'TaskTemplate.Resources.Limits.Pids'],
  restartPolicy: [{ maxAttempts: 9 }, 'TaskTemplate.RestartPolicy.MaxAttempts'],
  updateConfig: [{ parallelism: 4 }, 'UpdateConfig.Parallelism'],
  rollbackConfig: [{ monitor: 9000 }, 'RollbackConfig.Monitor'],
  logDriver: [{ options: { 'max-size': '5m' } }, 'TaskTemplate.LogDriver.Options.max-size'],
  forceUpdate: [2, 'TaskTemplate.ForceUpdate'],
  groups: [['27'], `${CONTAINER}.Groups`],
  hosts: [[], `${CONTAINER}.Hosts`],
  dnsConfig: [{ search: ['other.example'] }, `${CONTAINER}.DNSConfig.Search`],
  init: [null, `${CONTAINER}.Init`],
  tty: [false, `${CONTAINER}.TTY`],
  openStdin: [true, `${CONTAINER}.OpenStdin`],
  readOnly: [false, `${CONTAINER}.ReadOnly`],
  stopSignal: ['SIGINT', `${CONTAINER}.StopSignal`],
  healthcheck: [{ retries: 9 }, `${CONTAINER}.Healthcheck.Retries`],
  mounts: [[{ type: 'tmpfs', target: '/other' }], `${CONTAINER}.Mounts`],
  secrets: [[{ secret: 'parity-cert' }], `${CONTAINER}.Secrets`],
  configs: [[{ config: 'parity-conf', target: '/etc/other' }], `${CONTAINER}.Configs`],
  sysctls: [{ 'net.core.somaxconn': '2048' }, `${CONTAINER}.Sysctls`],
  ulimits: [[{ name: 'nofile', soft: 1, hard: 2 }], `${CONTAINER}.Ulimits`],
  capabilityAdd: [[], `${CONTAINER}.CapabilityAdd`],
  capabilityDrop: [['CAP_CHOWN'], `${CONTAINER}.CapabilityDrop`],
  privileges: [{ credentialSpec: { file: 'other.json' } }, `${CONTAINER}.Privileges.CredentialSpec`],
  isolation: ['default', `${CONTAINER}.Isolation`],
};

const EVERYTHING = [
  '--replicas 2 --label a=1 --container-label tier=front --env A=1 --env B=2 --workdir /srv --user www',
  '--hostname web --group adm --host backend:192.0.2.9 --dns 192.0.2.53 --dns-search a.example --dns-option ndots:2',
  '--init --tty --read-only --stop-signal SIGQUIT --stop-grace-period 30s --endpoint-mode dnsrr',
  '--health-cmd true --health-interval 5s --mount type=volume,source=data,target=/data,volume-nocopy',
  '--mount type=bind,source=/tmp,target=/host,bind-propagation=rslave --secret parity-key --config parity-conf',
  '--sysctl net.core.somaxconn=1024 --ulimit nproc=512 --cap-add NET_ADMIN --cap-drop KILL --isolation process',
  '--credential-spec file://account.json --placement-pref spread=node.labels.zone --limit-cpu 0.5 --limit-pids 9',
  '--reserve-memory 32m --generic-resource SSD=2 --log-driver json-file --log-opt max-size=10m --log-opt max-file=3',
  '--network name=parity-front,alias=web --publish published=18099,target=80,mode=host --entrypoint /bin/sh',
  '--restart-condition on-failure --update-order start-first --rollback-parallelism 2',
].join(' ');

describe('a PATCH of one field of a service that the Docker CLI made leaves every other as it was:', () => {
  let id: string;

  beforeAll(async () => {
    id = (
      await cli(...createFlags({ flags: EVERYTHING, input: {}, command: '-c true' }, 'parity-patched'))
    ).trim();
    await server.state.until(() => server.state.services.get(id), MANY);
  }, MANY);

  it.each(Object.keys(CHANGES) as (keyof typeof CHANGES)[])('%s', async (field) => {
    const [change, ...places] = CHANGES[field];
    const rest = async (): Promise<string> => {
      const spec = await specOf(id);
      for (const place of places) put(spec, place, undefined);
      return JSON.stringify(spec);
    };
    const before = { whole: JSON.stringify(await specOf(id)), rest: await rest() };
    const answer = await server.rest.patch(`/v1/services/${id}`).send({ [field]: change });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    expect(await rest()).toBe(before.rest);
    expect(JSON.stringify(await specOf(id))).not.toBe(before.whole);
  });
});

/** The names of the flags in what `--help` prints. */
const flagsIn = (help: string): string[] => [
  ...new Set([...help.matchAll(/^ {2,}(?:-\w, )? *--([a-z][\w-]*)/gm)].map(([, flag = '']) => flag)),
];
const used = (rows: readonly { readonly flags: string }[]): Set<string> =>
  new Set(rows.flatMap(({ flags }) => flagsIn(flags.replace(/(^| )--/g, '\n  --'))));

describe('every flag of this Docker CLI is in the table, or is explained:', () => {
  const inCreate = used(SERVICE_ROWS);
  const create = (flag: string): boolean => inCreate.has(flag) || flag in EXPLAINED.create;
  const withoutEnding = (flag: string): string =>
    Object.keys(ENDINGS).reduce((name, ending) => name.replace(new RegExp(`${ending}$`), ''), flag);

  it.each([
    ['service create', create],
    [
      'service update',
      (flag: string) => create(flag) || create(withoutEnding(flag)) || flag in EXPLAINED.update,
    ],
    ['network create', (flag: string) => used(NETWORK_ROWS).has(flag) || flag in EXPLAINED.network],
  ] as const)('docker %s', async (command, isKnown) => {
    const flags = flagsIn(await cli(...command.split(' '), '--help'));
    expect(flags.length).toBeGreaterThan(10);
    expect(flags.filter((flag) => !isKnown(flag))).toEqual([]);
  });
});
