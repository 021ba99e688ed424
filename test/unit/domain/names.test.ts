import { describe, expect, it } from 'vitest';
import {
  candidatesOf,
  checkDnsName,
  keyOfName,
  resolutionOf,
  type Claim,
  type NameRecord,
} from '../../../src/domain/names.ts';
import { containerName, hostnameOf } from '../../../src/domain/hostname.ts';
import { namesOfContainer, namesOfService } from '../../../src/domain/service-names.ts';
import { silenceOf } from '../../../src/domain/silence.ts';
import type { Service } from '../../../src/domain/service.ts';
import type { Task } from '../../../src/domain/task.ts';
import { service, task } from '../../factories/domain.ts';

const NET = 'net1';
const on = (aliases: string[] = []) => ({ networks: [{ networkId: NET, aliases, driverOptions: {} }] });
const VIP = { virtualIps: [{ networkId: NET, address: '10.0.1.2' }] };
const running = (id: string, address: string, more: Partial<Task> = {}): Task =>
  task({
    id,
    addresses: [{ networkId: NET, address }],
    containerId: `${id}-is-a-long-container-id`,
    ...more,
  });

const answers = (of: Service, tasks: readonly Task[]): Record<string, string[]> =>
  Object.fromEntries(
    namesOfService(of, tasks, NET, () => 'alpha').map(({ name, records }) => [
      name,
      records.map(({ address }) => address),
    ]),
  );

describe('a DNS name', () => {
  it.each(['web', 'tasks.web', 'a_b.c-d', 'web.1.x2', 'web.', '-x', 'x'.repeat(63)])('can be %j', (name) => {
    expect(checkDnsName(name)).toEqual([]);
  });

  it.each(['', '.', 'a..b', 'a b', 'ä', 'a/b', '*', 'x'.repeat(64), `${'x.'.repeat(127)}y`, 'a\nb'])(
    'cannot be %j',
    (name) => {
      expect(checkDnsName(name)).toMatchObject([{ pointer: '/name' }]);
    },
  );

  it('is tried whole, then without the name of the network, which counts letter by letter', () => {
    expect(candidatesOf('Web.Front', { name: 'Front' })).toEqual(['web.front', 'web']);
    expect(candidatesOf('web.front', { name: 'Front' })).toEqual(['web.front']);
    expect(candidatesOf('.front', { name: 'front' })).toEqual(['.front']);
    expect(keyOfName('TASKS.Web.')).toBe('tasks.web');
  });
});

describe('the names of a service', () => {
  it('answer its virtual IP, its tasks, and each of them', () => {
    const web = service({ ...on(['www']), ...VIP, hostname: '{{.Service.Name}}-{{.Task.Slot}}' });
    expect(answers(web, [running('t1', '10.0.1.3'), running('t2', '10.0.1.4', { slot: 2 })])).toEqual({
      web: ['10.0.1.2'],
      www: ['10.0.1.2'],
      'tasks.web': ['10.0.1.3', '10.0.1.4'],
      'tasks.www': ['10.0.1.3', '10.0.1.4'],
      'web.1.t1': ['10.0.1.3'],
      't1-is-a-long': ['10.0.1.3'],
      'web-1': ['10.0.1.3'],
      'web.2.t2': ['10.0.1.4'],
      't2-is-a-long': ['10.0.1.4'],
      'web-2': ['10.0.1.4'],
    });
  });

  it('answer its tasks in mode dnsrr', () => {
    const web = service({ ...on(['www']), endpointMode: 'dnsrr' });
    expect(answers(web, [running('t1', '10.0.1.3')])).toMatchObject({ web: ['10.0.1.3'], www: ['10.0.1.3'] });
  });

  it('keep the virtual IP until the last container has ended', () => {
    const web = service({ ...on(), ...VIP });
    const stopping = running('t1', '10.0.1.3', { desiredState: 'shutdown' });
    expect(answers(web, [stopping])).toEqual({ web: ['10.0.1.2'], 'tasks.web': [] });
    expect(answers(web, [{ ...stopping, state: 'shutdown' }])).toEqual({ web: [], 'tasks.web': [] });
  });

  it.each(['starting', 'preparing', 'failed', 'complete'] as const)(
    'leave out a task that is %s',
    (state) => {
      expect(answers(service({ ...on(), ...VIP }), [running('t1', '10.0.1.3', { state })])).toEqual({
        web: [],
        'tasks.web': [],
      });
    },
  );

  it('are none on a network that neither it nor its tasks are on', () => {
    expect(answers(service(), [running('t1', '10.0.1.3', { addresses: [] })])).toEqual({});
  });

  it('leave out IPv6, which Docker binds no names of services to', () => {
    const dual = { addresses: ['fd00::3', '10.0.1.3'].map((address) => ({ networkId: NET, address })) };
    expect(answers(service({ ...on(), endpointMode: 'dnsrr' }), [running('t1', '', dual)])).toMatchObject({
      web: ['10.0.1.3'],
    });
  });

  it('of tasks of the spec before are those of that spec', () => {
    const web = service({
      ...on(['new']),
      ...VIP,
      specVersion: 2,
      previousSpec: service({ ...on(['old']), hostname: 'before' }),
      updateStatus: { state: 'updating', startedAt: null, completedAt: null, message: '' },
    });
    const tasks = [
      running('t1', '10.0.1.3', { specVersion: 1 }),
      running('t2', '10.0.1.4', { specVersion: 2, slot: 2 }),
    ];
    expect(answers(web, tasks)).toMatchObject({
      old: ['10.0.1.2'],
      new: ['10.0.1.2'],
      'tasks.old': ['10.0.1.3'],
      'tasks.new': ['10.0.1.4'],
      'tasks.web': ['10.0.1.4', '10.0.1.3'],
      before: ['10.0.1.3'],
    });
  });

  it('have a caveat where engines may not follow an update', () => {
    const previous = (spec: Partial<Service>) => service({ ...on(['kept', 'old']), ...VIP, ...spec });
    const caveats = (of: Partial<Service>, before: Partial<Service>): Record<string, boolean> => {
      const web = service({ ...on(['kept', 'new']), ...VIP, ...of, previousSpec: previous(before) });
      return Object.fromEntries(
        namesOfService(web, [], NET, () => null)
          .filter(({ name }) => !name.startsWith('tasks.'))
          .map(({ name, caveat }) => [name, caveat !== null]),
      );
    };
    expect(caveats({}, {})).toEqual({ web: false, kept: false, new: true, old: true });
    expect(caveats({ endpointMode: 'dnsrr' }, { endpointMode: 'dnsrr' })).toEqual({
      web: false,
      kept: false,
      new: false,
    });
    expect(caveats({ endpointMode: 'dnsrr' }, {})).toEqual({ web: true, kept: true, new: true, old: true });
    expect(caveats({}, { networks: [] })).toEqual({ web: false, kept: false, new: false });
  });

  it('of a global service have its node in the place of the slot', () => {
    const tasks = [running('t1', '10.0.1.3', { slot: null })];
    expect(answers(service({ ...on(), ...VIP, mode: 'global' }), tasks)).toHaveProperty(['web.node1.t1']);
  });

  it('say of the health of a task what is known', () => {
    const healthOf = (test: string[] | null): unknown => {
      const healthcheck = test && {
        test,
        interval: null,
        timeout: null,
        retries: null,
        startPeriod: null,
        startInterval: null,
      };
      const claims = namesOfService(
        service({ ...on(), healthcheck }),
        [running('t1', '10.0.1.3')],
        NET,
        () => null,
      );
      return claims.find(({ kind }) => kind === 'task')?.records[0]?.health;
    };
    expect([healthOf(['CMD', 'true']), healthOf(['NONE']), healthOf([]), healthOf(null)]).toEqual([
      'healthy',
      'unchecked',
      'unknown',
      'unknown',
    ]);
  });
});

describe('a container that joined by hand', () => {
  it('answers to its short id while it runs', () => {
    const container = running('t1', '10.0.1.3', { serviceId: null, serviceName: null });
    expect(namesOfContainer(container, NET, () => null)).toMatchObject([
      { name: 't1-is-a-long', kind: 'container' },
    ]);
    expect(namesOfContainer({ ...container, desiredState: 'remove' }, NET, () => null)).toEqual([]);
    expect(namesOfContainer({ ...container, containerId: null }, NET, () => null)).toEqual([]);
  });
});

describe('what a name answers', () => {
  const record = (address: string): NameRecord =>
    ({ address, serviceId: 's', taskId: null }) as unknown as NameRecord;
  const claim = (kind: Claim['kind'], ...addresses: string[]): Claim => ({
    name: 'shared',
    kind,
    records: addresses.map(record),
    silence: addresses.length > 0 ? null : { kind: 'no-tasks', detail: 'none' },
    caveat: null,
  });
  const answer = (...claims: Claim[]) => resolutionOf({ id: NET, name: 'front' }, claims, 'shared');

  it('is all that any of those who have it puts behind it', () => {
    expect(
      answer(claim('alias', '10.0.1.2'), claim('tasks', '10.0.1.3', '10.0.1.2'), claim('alias')),
    ).toMatchObject({
      kind: 'tasks',
      records: [{ address: '10.0.1.2' }, { address: '10.0.1.3' }],
      ttlSeconds: 600,
      reason: null,
    });
  });

  it('is nothing, with a reason, when nobody does', () => {
    expect(answer(claim('alias'), claim('vip'))).toMatchObject({
      kind: 'none',
      records: [],
      ttlSeconds: null,
      reason: { kind: 'no-tasks' },
    });
  });
});

describe('why nothing answers', () => {
  const web = service(on());
  const healthcheck = { test: ['CMD', 'true'] } as unknown as NonNullable<Service['healthcheck']>;
  const why = (of: Service, ...tasks: Partial<Task>[]): unknown => silenceOf(of, tasks.map(task), 'web').kind;

  it('is what the tasks are at', () => {
    expect(why({ ...web, replicas: 0 })).toBe('no-tasks');
    expect(why({ ...web, mode: 'global' })).toBe('no-tasks');
    expect(why(web, { state: 'pending' })).toBe('not-placed');
    expect(why(web, { state: 'preparing' })).toBe('starting');
    expect(why(web, { state: 'starting' })).toBe('starting');
    expect(why({ ...web, healthcheck }, { state: 'starting' })).toBe('health-check');
    expect(why({ ...web, healthcheck }, { state: 'preparing' })).toBe('starting');
    expect(why(web, { state: 'failed', desiredState: 'shutdown' }, { state: 'ready' })).toBe('failing');
    expect(why(web, { state: 'running', desiredState: 'shutdown' })).toBe('stopping');
    expect(why({ ...web, mode: 'replicated-job' }, { state: 'complete', desiredState: 'complete' })).toBe(
      'no-tasks',
    );
  });
});

describe('the hostname of a task', () => {
  const of = (template: string | null, node: string | null = 'alpha'): string | null =>
    hostnameOf(template, service(), task(), node);

  it('has its placeholders filled in', () => {
    expect(of('{{.Service.Name}}-{{ .Task.Slot }}-{{.Node.Hostname}}')).toBe('web-1-alpha');
    expect(of('{{.Task.Name}}')).toBe(containerName(task(), service()));
    expect(of('plain')).toBe('plain');
  });

  it('is not guessed', () => {
    expect(of(null)).toBeNull();
    expect(of('{{.Node.Hostname}}', null)).toBeNull();
    expect(of('{{index .Service.Labels "a"}}')).toBeNull();
  });
});
