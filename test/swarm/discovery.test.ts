import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Page } from '../../src/api/page.ts';
import type { NamesChange, Resolution } from '../../src/discovery/names.types.ts';
import type { SilenceKind } from '../../src/domain/names.ts';
import type { TaskState } from '../../src/domain/task.ts';
import { EventReader } from '../support/event-stream.ts';
import { askDns, runInside } from '../support/inside.ts';
import { realPorts, startRealServer } from '../support/real-server.ts';
import { containing } from '../support/matching.ts';
import { Setups } from '../support/setups.ts';

// What we say that names answer is held to what Docker's embedded DNS answers containers on the same network.

const AGREE_WITHIN_MS = 30_000;

const engine = inject('engine');
const server = await startRealServer(realPorts(engine));
const setups = new Setups(server, engine);
const { docker } = setups;
const named = (stem: string): string => setups.named(stem);
const tasks = (stem: string, state: TaskState, count: number): Promise<void> =>
  setups.settled(stem, state, count);
const NETWORK = named('names');
const OTHER = named('others');
/** Containers that ask: by hand, and a task. */
let byHand: string;
let anonymous: string;

interface Container {
  readonly Id: string;
}

const service = (stem: string, input: Record<string, unknown> = {}): Promise<void> =>
  setups.service(stem, { networks: [{ network: NETWORK }], ...input });

const resolve = async (name: string, on = NETWORK): Promise<Resolution> =>
  (await server.rest.get('/v1/discovery/resolve').query({ network: on, name }).expect(200))
    .body as Resolution;

async function names(on = NETWORK): Promise<readonly Resolution[]> {
  const answer = await server.rest.get('/v1/discovery/names').query({ network: on, limit: 1000 }).expect(200);
  return (answer.body as Page<Resolution>).items;
}

const addressesOf = ({ records }: Resolution): readonly string[] =>
  records.map(({ address }) => address).sort();

/** Asks both until they agree, because engines are told of changes a moment before or after managers are. */
async function expectAgreement(
  asker: string,
  asked: readonly string[],
  tell: (name: string) => Promise<readonly string[]>,
): Promise<void> {
  for (const deadline = Date.now() + AGREE_WITHIN_MS; ;) {
    const told: Record<string, readonly string[]> = {};
    for (const name of asked) told[name] = await tell(name);
    const heard = Object.fromEntries(await askDns(engine.dockerHost, asker, asked));
    if (JSON.stringify(told) === JSON.stringify(heard)) return;
    if (Date.now() > deadline) expect(told).toEqual(heard);
    await pass(200);
  }
}

const told = async (name: string): Promise<readonly string[]> => addressesOf(await resolve(name));
const containerOf = (stem: string): string =>
  setups.tasks(stem).find(({ state }) => state === 'running')?.containerId ?? '';

beforeAll(async () => {
  await setups.network('names');
  await setups.network('others');
  await service('web', {
    replicas: 2,
    networks: [{ network: NETWORK, aliases: [named('www'), named('Shared')] }],
  });
  await service('rr', {
    replicas: 2,
    endpointMode: 'dnsrr',
    networks: [
      { network: NETWORK, aliases: [named('shared'), named('round')] },
      { network: OTHER, aliases: [named('only-there')] },
    ],
  });
  await service('everywhere', {
    mode: 'global',
    hostname: '{{.Service.Name}}-{{.Node.Hostname}}-{{.Task.Slot}}',
  });
  await service('Pinned', { hostname: named('Pinned-Host') });
  await service('none', { replicas: 0, networks: [{ network: NETWORK, aliases: [named('nothing')] }] });
  await service('checked', {
    healthcheck: { test: ['CMD-SHELL', 'test -e /tmp/well'], interval: 300, retries: 2, startPeriod: 60_000 },
  });
  await service('nowhere', { placement: { constraints: ['node.labels.none==yes'] } });
  await service('broken', { command: ['false'], restartPolicy: { condition: 'none' } });
  await service('job', { mode: 'replicated-job', totalCompletions: 2, maxConcurrent: 2 });
  await service('elsewhere', { networks: [{ network: OTHER }] });
  await service('alone', { networks: [] });
  byHand = await setups.container(NETWORK, named('By-Hand'), {
    Hostname: named('handy'),
    NetworkingConfig: { EndpointsConfig: { [NETWORK]: { Aliases: [named('hand')] } } },
  });
  anonymous = await setups.container(NETWORK, null);
  for (const stem of ['web', 'rr']) await tasks(stem, 'running', 2);
  for (const stem of ['everywhere', 'Pinned', 'elsewhere', 'alone']) await tasks(stem, 'running', 1);
  await tasks('checked', 'starting', 1);
}, 90_000);

afterAll(async () => {
  await setups.remove();
  await server.close();
});

describe('the names on a network', () => {
  it('answer what Docker answers, to a container by hand and to a task', async () => {
    const listed = await names();
    for (const asker of [byHand, containerOf('web')]) {
      await expectAgreement(
        asker,
        listed.map(({ name }) => name),
        told,
      );
    }
    const kinds = Map.groupBy(await names(), ({ kind }) => kind);
    expect(Object.fromEntries([...kinds].map(([kind, of]) => [kind, of.length]))).toEqual({
      vip: 4, // web, everywhere, Pinned, job
      tasks: 9, // rr, and the tasks. of web, www, shared, rr, round, everywhere, Pinned, job
      alias: 3, // www, Shared, round
      task: 8,
      container: 12, // the ids of these, and of two by hand; two hostnames
      none: 10, // none, nothing, checked, nowhere, broken, and tasks. before each
    });
  });

  it('are all that the engine’s containers have, but for what only their node knows of those by hand', async () => {
    const there = (await docker.get('/containers/json')) as Container[];
    const asked: string[] = [];
    for (const { Id } of there) {
      const { Name, Config, NetworkSettings } = (await docker.get(`/containers/${Id}/json`)) as {
        Name: string;
        Config: { Hostname: string };
        NetworkSettings: { Networks: Record<string, { Aliases: string[] | null }> };
      };
      const joined = NetworkSettings.Networks[NETWORK];
      if (!joined || Id === byHand) continue;
      // Docker gives a container without a name one, and does not tell the DNS.
      if (Id !== anonymous) asked.push(Name.slice(1));
      asked.push(Config.Hostname, ...(joined.Aliases ?? []));
    }
    expect(asked.length).toBeGreaterThan(20);
    await expectAgreement(byHand, [...new Set(asked)], told);
  });

  it('answer in whatever case, with a dot at the end, and with the name of the network behind them', async () => {
    const [task] = server.state.tasks.named(`${named('web')}.1`);
    const taskName = `${named('web')}.1.${task?.id}`;
    const spelt = ['web', 'Shared', 'Pinned'].flatMap((stem) => {
      const name = named(stem);
      return [
        name.toUpperCase(),
        name.toLowerCase(),
        `${name}.${NETWORK}`,
        `${name}.${NETWORK.toUpperCase()}`,
        `${name}.${OTHER}`,
      ];
    });
    const asked = [
      ...spelt,
      `tasks.${named('web')}.${NETWORK}`,
      `TASKS.${named('web')}`,
      taskName,
      `${taskName}.${NETWORK}`,
    ];
    await expectAgreement(byHand, asked, told);
    expect(addressesOf(await resolve(`${named('web')}.`))).toEqual(addressesOf(await resolve(named('web'))));
  });

  it('of a service on two networks answer on each what it has there', async () => {
    const asked = [
      named('rr'),
      `tasks.${named('rr')}`,
      named('only-there'),
      named('elsewhere'),
      named('web'),
    ];
    await expectAgreement(containerOf('elsewhere'), asked, async (name) =>
      addressesOf(await resolve(name, OTHER)),
    );
    const [here, there] = [await resolve(named('rr')), await resolve(named('rr'), OTHER)];
    expect(here.records.length).toBe(2);
    expect(new Set([...addressesOf(here), ...addressesOf(there)]).size).toBe(4);
  });
});

describe('a name that does not answer', () => {
  const silent: [name: () => string, kind: SilenceKind][] = [
    [() => named('none'), 'no-tasks'],
    [() => `tasks.${named('none')}`, 'no-tasks'],
    [() => named('nothing'), 'no-tasks'],
    [() => named('checked'), 'health-check'],
    [() => `tasks.${named('checked')}`, 'health-check'],
    [() => taskOf('checked'), 'health-check'],
    [() => named('nowhere'), 'not-placed'],
    [() => named('broken'), 'failing'],
    [() => taskOf('broken'), 'ended'],
    [() => named('elsewhere'), 'elsewhere'],
    [() => taskOf('elsewhere'), 'elsewhere'],
    [() => named('only-there'), 'elsewhere'],
    [() => `tasks.${named('only-there')}`, 'elsewhere'],
    [() => named('alone'), 'elsewhere'],
    [() => `${named('web')}.1`, 'joined-by-hand'],
    [() => NETWORK, 'joined-by-hand'],
    [() => `gateway.${NETWORK}`, 'joined-by-hand'],
  ];
  const taskOf = (stem: string): string => {
    const [task] = setups.tasks(stem);
    return `${named(stem)}.${task?.slot}.${task?.id}`;
  };

  it('says why, and Docker does not answer it either', async () => {
    const asked = silent.map(([name]) => name());
    const heard = await askDns(engine.dockerHost, byHand, asked);
    for (const [index, name] of asked.entries()) {
      const { kind, records, ttlSeconds, reason } = await resolve(name);
      expect({ name, kind, records, ttlSeconds, reason: reason?.kind }).toEqual({
        name,
        kind: 'none',
        records: [],
        ttlSeconds: null,
        reason: silent[index]?.[1],
      });
      expect(heard.get(name), name).toEqual([]);
    }
  });

  it('may be one of a container that joined by hand, which answers though managers cannot know', async () => {
    const asked = [named('By-Hand'), named('handy'), named('hand')];
    const heard = await askDns(engine.dockerHost, anonymous, [...asked, byHand.slice(0, 12)]);
    const [address] = await told(byHand.slice(0, 12));
    expect(heard.get(byHand.slice(0, 12))).toEqual([address]);
    for (const name of asked) {
      expect(heard.get(name)).toEqual([address]);
      expect((await resolve(name)).reason?.kind).toBe('joined-by-hand');
    }
  });

  it('on the network of the routing mesh says that Docker gives no names there', async () => {
    const [ingress] = server.state.networks.all().filter((each) => each.ingress);
    expect((await resolve(named('web'), ingress?.id)).reason?.kind).toBe('ingress');
    expect(await names(ingress?.id)).toEqual([]);
  });
});

describe('what names answer follows the tasks', () => {
  it('from the health check on, until the container is unhealthy', async () => {
    const stream = await EventReader.open(`${server.url}/v1/discovery/names?network=${NETWORK}`, {
      ...server.headers,
      Accept: 'text/event-stream',
    });
    const toldOf = async (): Promise<string[]> => {
      const { event, data } = await stream.event();
      expect(event).toBe('names');
      const { changed, gone } = JSON.parse(data ?? '') as NamesChange;
      return [...changed.map(({ name, kind }) => `${name}: ${kind}`), ...gone];
    };
    try {
      expect(await toldOf()).toContain(`${named('web')}: vip`);
      const [task] = setups.tasks('checked');
      const container = task?.containerId ?? '';
      const taskName = `${named('checked')}.1.${task?.id}`;
      await runInside(engine.dockerHost, container, ['touch', '/tmp/well']);
      expect((await toldOf()).sort()).toEqual(
        [
          `${named('checked')}: vip`,
          `tasks.${named('checked')}: tasks`,
          `${taskName}: task`,
          `${container.slice(0, 12)}: container`,
        ].sort(),
      );
      await expectAgreement(byHand, [named('checked'), `tasks.${named('checked')}`, taskName], told);
      expect((await resolve(named('checked'))).records).toMatchObject([
        { taskId: null, serviceName: named('checked') },
      ]);
      expect((await resolve(taskName)).records).toMatchObject([
        { taskId: task?.id, state: 'running', health: 'healthy' },
      ]);
      await runInside(engine.dockerHost, container, ['rm', '/tmp/well']);
      // Docker takes an unhealthy container out of the DNS at once, and tells managers once it has ended.
      await expectAgreement(byHand, [taskName, named('checked'), `tasks.${named('checked')}`], told);
      expect((await toldOf()).sort()).toEqual(
        [
          `${named('checked')}: none`,
          `tasks.${named('checked')}: none`,
          taskName,
          container.slice(0, 12),
        ].sort(),
      );
    } finally {
      stream.close();
    }
  });

  it('to other aliases, another endpoint mode, more of them, and none', async () => {
    const aliases = ['www', 'Shared', 'new'].flatMap((stem) => [named(stem), `tasks.${named(stem)}`]);
    const asked = [named('web'), `tasks.${named('web')}`, ...aliases];
    await scaleToNone();
    await expectAgreement(byHand, asked, told);
    expect((await resolve(named('web'))).reason?.kind).toBe('no-tasks');
    await update({ networks: [{ network: NETWORK, aliases: [named('new')] }], replicas: 2 });
    await tasks('web', 'running', 2);
    await expectAgreement(byHand, asked, told);
    await scaleToNone();
    await update({ endpointMode: 'dnsrr', replicas: 3 });
    await tasks('web', 'running', 3);
    await expectAgreement(byHand, asked, told);
    expect(await resolve(named('web'))).toMatchObject({ kind: 'tasks', records: [{}, {}, {}] });
    await scaleToNone();
    await update({ endpointMode: 'vip', replicas: 2 });
    await tasks('web', 'running', 2);
    await expectAgreement(byHand, asked, told);
  }, 120_000);

  it('but for names of virtual IPs that an update changes while tasks run, which has a caveat', async () => {
    const [{ address: virtualIp = '' } = {}] = (await resolve(named('web'))).records;
    await update({ networks: [{ network: NETWORK, aliases: [named('other')] }] });
    const updated = (): boolean => setups.find('web')?.updateStatus?.state === 'completed';
    await setups.until('all tasks are new', updated);
    // What is answered by tasks follows, and so does the name of the service.
    await expectAgreement(
      byHand,
      [named('web'), ...['web', 'new', 'other'].map((stem) => `tasks.${named(stem)}`)],
      told,
    );
    // 20.10 does not bind the new alias, and goes on answering the old one; an engine that follows is just as well.
    const heard = await askDns(engine.dockerHost, byHand, [named('other'), named('new')]);
    for (const [stem, answer] of [
      ['other', [virtualIp]],
      ['new', []],
    ] as const) {
      expect([[], [virtualIp]]).toContainEqual(heard.get(named(stem)));
      const resolution = await resolve(named(stem));
      expect(addressesOf(resolution)).toEqual(answer);
      expect(resolution.caveat).toContain('Scaled to none and back');
    }
    expect((await resolve(named('web'))).caveat).toBeNull();

    await update({ endpointMode: 'dnsrr' });
    await setups.until('all tasks are new again', updated);
    const direct = await resolve(named('web'));
    expect(direct).toMatchObject({ kind: 'tasks', records: [{}, {}], caveat: containing('endpoint mode') });
    await expectAgreement(byHand, [`tasks.${named('web')}`], told);
    const answered = (await askDns(engine.dockerHost, byHand, [named('web')])).get(named('web'));
    const addresses = addressesOf(direct);
    expect([addresses, [...addresses, virtualIp].sort()]).toContainEqual(answered);
  }, 60_000);
});

const update = (body: Record<string, unknown>): Promise<void> => setups.update('web', body);

async function scaleToNone(): Promise<void> {
  await update({ replicas: 0 });
  await setups.until('no task runs', () => setups.tasks('web').every(({ state }) => state !== 'running'));
}
