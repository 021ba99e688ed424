import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLab, type Lab } from '../../scripts/lab/lab.ts';
import type { Problem } from '../../src/api/error-table.ts';
import type { ProbeResult } from '../../src/probe/probe.types.ts';
import { hasIpvs } from '../support/kernel.ts';
import { untilProbesAreGone } from '../support/leftovers.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';
import { bodyOf } from '../support/surface.ts';

const DOWN_WITHIN_MS = 60_000;

let lab: Lab;
let server: RealServer;

beforeAll(async () => {
  lab = await startLab({ nodes: 3 });
  server = await startRealServer(realPorts(lab.manager));
  await server.rest.post('/v1/networks').send({ name: 'front' }).expect(201);
  await create('web', { replicas: 3 });
  await create('direct', { replicas: 3, endpointMode: 'dnsrr' });
});
afterAll(async () => {
  await server?.close();
  await lab?.stop();
});

async function create(name: string, fields: object): Promise<void> {
  await server.rest
    .post('/v1/services')
    .set('Prefer', 'wait=30')
    .send({ name, image: 'nginx', networks: [{ network: 'front' }], stopGracePeriod: 100, ...fields })
    .expect(201);
}

const probe = async (input: object): Promise<ProbeResult> =>
  bodyOf<ProbeResult>(
    await server.rest
      .post('/v1/discovery/probe')
      .send({ network: 'front', ...input })
      .expect(200),
  );

const taskAddresses = (service: string): string[] =>
  server.state.tasks
    .all()
    .filter((task) => task.serviceName === service && task.state === 'running')
    .flatMap(({ addresses }) => addresses.map(({ address }) => address))
    .toSorted();

const kindsOn = ({ observations, differences }: ProbeResult): string[] =>
  differences.map(({ nodeId, kind }) => {
    const seenFrom = observations.find((observation) => observation.nodeId === nodeId);
    return `${seenFrom?.nodeHostname} ${kind}`;
  });

describe('a probe of three nodes', () => {
  it('finds the tasks of a service from everywhere, and its virtual IP where the kernel has IPVS', async () => {
    const result = await probe({ name: 'web', port: 80, from: ['*'] });
    const virtualIp = server.state.services.named('web')[0]?.virtualIps[0]?.address;
    expect(result.observations.map(({ nodeHostname }) => nodeHostname)).toEqual(['node1', 'node2', 'node3']);
    for (const { addresses, lookupMs, connections, error } of result.observations) {
      expect([addresses, error]).toEqual([[virtualIp], null]);
      expect(lookupMs).toBeGreaterThan(0);
      const connected = connections.filter((each) => each.connected);
      const expected = hasIpvs() ? [virtualIp, ...taskAddresses('web')] : taskAddresses('web');
      expect(connected.map(({ address }) => address).toSorted()).toEqual(expected.toSorted());
    }
    const dead = ['node1', 'node2', 'node3'].map((node) => `${node} virtual-ip-unreachable`);
    expect(kindsOn(result)).toEqual(hasIpvs() ? [] : dead);
    await untilProbesAreGone(lab.nodes);
  });

  it('finds nothing to say of a service without a virtual IP', async () => {
    const result = await probe({ name: 'direct', port: 80, from: ['node3', 'node2'] });
    expect(result.differences).toEqual([]);
    for (const { addresses, connections } of result.observations) {
      expect(addresses.toSorted()).toEqual(taskAddresses('direct'));
      expect(connections.every(({ connected, behindVirtualIp }) => connected && !behindVirtualIp)).toBe(true);
    }
  });

  it('tells a port on which nobody listens', async () => {
    const result = await probe({ name: 'tasks.web', port: 81, from: ['node2'] });
    expect(kindsOn(result)).toEqual(Array.from({ length: 3 }, () => 'node2 port-closed'));
  });

  it('tells a name of which one node has not heard, and packets that do not pass', async () => {
    const [, , third] = lab.nodes;
    if (!third) throw new Error('The lab has no third node.');
    const drop = async (how: '-I' | '-D', ...what: string[]): Promise<void> => {
      const { exitCode, stderr } = await third.exec(['iptables', how, 'INPUT', ...what, '-j', 'DROP']);
      if (exitCode !== 0) throw new Error(stderr);
    };
    await drop('-I', '-p', 'udp', '--dport', '4789');
    const cut = await probe({ name: 'direct', port: 80, from: ['node1', 'node3'] });
    await drop('-D', '-p', 'udp', '--dport', '4789');
    // Three tasks are on three nodes: the first reaches all but that on the third, the third only its own.
    expect(kindsOn(cut)).toEqual([
      'node1 address-unreachable',
      'node3 address-unreachable',
      'node3 address-unreachable',
    ]);
    expect(cut.differences[0]?.cause).toMatch(/4789/);

    for (const protocol of ['tcp', 'udp']) await drop('-I', '-p', protocol, '--dport', '7946');
    await create('late', { endpointMode: 'dnsrr', placement: { constraints: ['node.hostname == node2'] } });
    const unheard = await probe({ name: 'late', port: 80, from: ['*'] });
    for (const protocol of ['tcp', 'udp']) await drop('-D', '-p', protocol, '--dport', '7946');
    expect(kindsOn(unheard)).toEqual(['node3 no-answer']);
    expect(unheard.differences[0]?.cause).toMatch(/7946/);
  });

  it('tells of a node that is down where all are meant, and refuses it where it is named', async () => {
    await lab.nodes[2]?.kill();
    const isDown = (): true | undefined =>
      server.state.nodes.named('node3')[0]?.state === 'down' ? true : undefined;
    expect(await server.state.until(isDown, DOWN_WITHIN_MS)).toBe(true);
    const { observations } = await probe({ name: 'web', from: ['*'] });
    expect(observations.map(({ nodeHostname, error }) => [nodeHostname, error])).toEqual([
      ['node1', null],
      ['node2', null],
      ['node3', 'It could not be probed from here: it is down.'],
    ]);
    const refused = await server.rest
      .post('/v1/discovery/probe')
      .send({ network: 'front', name: 'web', from: ['node3'] })
      .expect(409);
    expect(bodyOf<Problem>(refused).detail).toMatch(/"node3": it is down/);
  });
});
