import { randomBytes } from 'node:crypto';
import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { DnsServer } from '../../src/dns/dns-server.ts';
import type { Service } from '../../src/domain/service.ts';
import { dig, type DugRecord } from '../support/dig.ts';
import { askDns } from '../support/inside.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';

// What our name server tells dig outside the swarm is held to what Docker's own tells a container inside.

const AGREE_WITHIN_MS = 30_000;
const RUNNING_WITHIN_MS = 40_000;
const ZONE = 'test.swarm.internal';
const engine = inject('engine');
const suffix = randomBytes(3).toString('hex');
const labels = { 'swarmplane.test': suffix };
const named = (stem: string): string => `${stem}-${suffix}`;
const NETWORK = `front_${suffix}`;
const made: string[] = [];
let server: RealServer;
let port: number;
let asker: string;

beforeAll(async () => {
  const dns = { address: '127.0.0.1', port: 0, zone: ZONE };
  server = await startRealServer(realPorts(engine), { dns });
  ({ port } = server.app.get(DnsServer, { strict: false }).address);
  await server.rest.post('/v1/networks').send({ name: NETWORK, labels }).expect(201);
  const ports = [
    { targetPort: 80 },
    { targetPort: 9000, publishMode: 'host' },
    { targetPort: 53, protocol: 'udp' },
  ];
  await service('web', { replicas: 2, ports, networks: [{ network: NETWORK, aliases: [named('shop')] }] });
  await service('many', { replicas: 40, endpointMode: 'dnsrr' });
  await service('rr', {
    replicas: 2,
    endpointMode: 'dnsrr',
    ports: [{ targetPort: 7000, publishMode: 'host' }],
    hostname: `{{.Task.Slot}}.${named('deep')}.host`,
  });
  await service('idle', { replicas: 0 });
  await service('asker', {});
  asker = (await running('asker', 1))[0]?.containerId ?? '';
  for (const [stem, count] of [
    ['web', 2],
    ['rr', 2],
    ['many', 40],
  ] as const) {
    await running(stem, count);
  }
  // The first time dig is fetched.
  await dig(port, ZONE, 'SOA');
}, 360_000);

afterAll(async () => {
  for (const name of made) await server.rest.delete(`/v1/services/${name}`);
  await freed();
  await server.close();
}, 120_000);

async function service(stem: string, more: Record<string, unknown>): Promise<void> {
  const input = {
    name: named(stem),
    image: 'busybox',
    command: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done'],
    stopGracePeriod: 1_000,
    labels,
    networks: [{ network: NETWORK }],
    ...more,
  };
  const answer = await server.rest.post('/v1/services').send(input);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  made.push(input.name);
}

/** The tasks of a service, once so many of them run. */
async function running(stem: string, count: number) {
  const tasks = await server.state.until(() => {
    const there = server.state.tasks
      .by('service', serviceOf(stem).id)
      .filter((task) => task.state === 'running' && task.desiredState === 'running');
    return there.length === count ? there : undefined;
  }, RUNNING_WITHIN_MS);
  if (!tasks) throw new Error(`${count} tasks of ${stem} do not run.`);
  return tasks;
}

/** Deletes the network as soon as the last task has left it. */
async function freed(): Promise<void> {
  for (const deadline = Date.now() + RUNNING_WITHIN_MS; Date.now() < deadline; await pass(500)) {
    const { status } = await server.rest.delete(`/v1/networks/${NETWORK}`);
    if (status === 204 || status === 404) return;
  }
  throw new Error(`The network ${NETWORK} has not become free.`);
}

function serviceOf(stem: string): Service {
  const [found] = server.state.services.named(named(stem));
  if (!found) throw new Error(`There is no service ${stem}.`);
  return found;
}

const at = (name: string): string => `${name}.${NETWORK}.${ZONE}`;
const data = (records: readonly DugRecord[]): string[] => records.map((record) => record.data).sort();

/** Asks both until they agree, because engines are told of changes a moment before or after managers are. */
async function expectAgreement(names: readonly string[]): Promise<void> {
  for (const deadline = Date.now() + AGREE_WITHIN_MS; ; await pass(200)) {
    const inside = Object.fromEntries(await askDns(engine.dockerHost, asker, names));
    const outside: Record<string, readonly string[]> = {};
    for (const name of names) outside[name] = data((await dig(port, at(name), 'A')).answers);
    if (JSON.stringify(outside) === JSON.stringify(inside)) return;
    if (Date.now() > deadline) expect(outside).toEqual(inside);
  }
}

describe('dig outside the swarm', () => {
  it('is answered what containers are answered inside', async () => {
    const [task] = await running('rr', 2);
    const names = [
      ...['web', 'rr', 'idle', 'asker'].flatMap((stem) => [named(stem), `tasks.${named(stem)}`]),
      named('shop'),
      `tasks.${named('shop')}`,
      named('WEB').toUpperCase(),
      task?.containerId?.slice(0, 12) ?? '',
      `${named('rr')}.${task?.slot}.${task?.id}`,
      `${task?.slot}.${named('deep')}.host`,
      named('nobody'),
      'tasks',
    ];
    await expectAgreement(names);
    const [virtualIp] = serviceOf('web').virtualIps.filter(({ networkId }) => networkId === networkOf());
    expect(data((await dig(port, at(named('web')), 'A')).answers)).toEqual([virtualIp?.address]);
    expect((await dig(port, at(`tasks.${named('web')}`), 'A')).answers.length).toBe(2);
  });

  it('hears at once what has changed', async () => {
    await server.rest
      .post(`/v1/services/${named('idle')}/scale`)
      .send({ replicas: 1 })
      .expect(200);
    await running('idle', 1);
    await expectAgreement([named('idle'), `tasks.${named('idle')}`]);
    expect((await dig(port, at(`tasks.${named('idle')}`), 'A')).answers.length).toBe(1);
    await server.rest
      .post(`/v1/services/${named('idle')}/scale`)
      .send({ replicas: 0 })
      .expect(200);
  });

  it('is told by who knows, for five seconds, in the case in which it asked', async () => {
    const name = at(named('wEb'));
    const { status, flags, answers } = await dig(port, name, 'A');
    expect(status).toBe('NOERROR');
    expect(flags).toContain('aa');
    expect(flags).not.toContain('ra');
    expect(answers).toMatchObject([{ name: `${name}.`, ttl: 5, type: 'A' }]);
  });

  it('hears the difference between no such name and none of that type', async () => {
    const nothing = async (...question: string[]): Promise<string> => {
      const { status, answers, authorities } = await dig(port, ...question);
      expect(answers).toEqual([]);
      expect(authorities).toMatchObject([{ name: `${ZONE}.`, ttl: 5, type: 'SOA' }]);
      return status;
    };
    expect(await nothing(at(named('web')), 'AAAA')).toBe('NOERROR');
    expect(await nothing(at(named('web')), 'MX')).toBe('NOERROR');
    expect(await nothing(at(named('asker')), 'SRV')).toBe('NOERROR');
    // Above names that are there, there is something, too (RFC 8020).
    expect(await nothing(at('host'), 'A')).toBe('NOERROR');
    expect(await nothing(at(`${named('deep')}.host`), 'A')).toBe('NOERROR');
    expect(await nothing(`${NETWORK}.${ZONE}`, 'A')).toBe('NOERROR');
    expect(await nothing(at(named('nobody')), 'A')).toBe('NXDOMAIN');
    expect(await nothing(at('tasks'), 'A')).toBe('NXDOMAIN');
    expect(await nothing(at(`sub.${named('web')}`), 'A')).toBe('NXDOMAIN');
    expect(await nothing(`${named('web')}.nowhere.${ZONE}`, 'A')).toBe('NXDOMAIN');
  });

  it('hears the ports of services by SRV, each with who listens there', async () => {
    const web = await dig(port, at(named('web')), 'SRV');
    const host = `${at(named('web'))}.`;
    expect(data(web.answers)).toEqual([`0 1 80 ${host}`, `0 1 9000 ${host}`]);
    expect(web.additionals).toMatchObject([{ name: host, type: 'A' }]);
    const tasks = await dig(port, at(`tasks.${named('rr')}`), 'SRV');
    const hosts = (await running('rr', 2)).map((task) => at(`${named('rr')}.${task.slot}.${task.id}`));
    expect(data(tasks.answers)).toEqual(hosts.map((each) => `0 1 7000 ${each}.`).sort());
    expect(data(tasks.additionals)).toEqual(data((await dig(port, at(named('rr')), 'A')).answers));
    for (const each of hosts) expect((await dig(port, each, 'A')).answers.length).toBe(1);
    const udp = await dig(port, `_udp.${at(named('web'))}`, 'SRV');
    expect(data(udp.answers)).toEqual([`0 1 53 ${host}`]);
    const one = await dig(port, `_9000._tcp.${at(named('web'))}`, 'SRV');
    expect(data(one.answers)).toEqual([`0 1 9000 ${host}`]);
    expect((await dig(port, `_9000._tcp.${at(named('web'))}`, 'A')).status).toBe('NOERROR');
    expect((await dig(port, `_81._tcp.${at(named('web'))}`, 'SRV')).status).toBe('NXDOMAIN');
  });

  it('finds the zone itself, and nothing outside of it', async () => {
    const soa = await dig(port, ZONE, 'SOA');
    const serial = server.state.highestVersion;
    expect(soa.answers).toMatchObject([{ type: 'SOA' }]);
    expect(Number(soa.answers[0]?.data.split(' ')[2])).toBeGreaterThan(0);
    expect(Number(soa.answers[0]?.data.split(' ')[2])).toBeLessThanOrEqual(serial);
    expect(data((await dig(port, ZONE, 'NS')).answers)).toEqual([`ns.${ZONE}.`]);
    expect(data((await dig(port, `ns.${ZONE}`, 'A')).answers)).toEqual(['127.0.0.1']);
    for (const name of ['example.com', 'swarm.internal', `x${ZONE}`, '.', 'localhost']) {
      expect((await dig(port, name, 'A')).status, name).toBe('REFUSED');
    }
    expect((await dig(port, 'version.bind', 'TXT', 'CH')).status).toBe('REFUSED');
    expect((await dig(port, ZONE, 'A', '+opcode=NOTIFY')).status).toBe('NOTIMP');
    expect((await dig(port, ZONE, 'SOA', '+edns=1', '+noednsnegotiation')).status).toBe('BADVERS');
  });

  it('is counted for Prometheus', async () => {
    await dig(port, 'example.com', 'A');
    await dig(port, ZONE, 'SOA', '+tcp');
    const { text } = await server.rest.get('/metrics').expect(200);
    expect(text).toMatch(/^swarmplane_dns_answers_total\{transport="udp",code="refused"\} [1-9]/m);
    expect(text).toMatch(/^swarmplane_dns_answers_total\{transport="tcp",code="noerror"\} [1-9]/m);
  });

  it('hears over UDP only what fits, and all of it over TCP', async () => {
    const name = at(`tasks.${named('many')}`);
    const plain = await dig(port, name, 'A', '+noedns', '+ignore');
    expect(plain.flags).toContain('tc');
    expect(plain.answers).toEqual([]);
    expect((await dig(port, name, 'A', '+bufsize=600', '+ignore')).flags).toContain('tc');
    const enough = await dig(port, name, 'A', '+bufsize=1232', '+ignore');
    expect(enough.flags).not.toContain('tc');
    const tcp = await dig(port, name, 'A', '+tcp');
    expect(tcp.answers.length).toBe(40);
    expect(data(enough.answers)).toEqual(data(tcp.answers));
    // As dig does it by itself.
    expect(data((await dig(port, name, 'A', '+noedns')).answers)).toEqual(data(tcp.answers));
  });
});

const networkOf = (): string => server.state.networks.named(NETWORK)[0]?.id ?? '';
