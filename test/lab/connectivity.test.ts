import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startLab, type Lab, type LabNode } from '../../scripts/lab/lab.ts';
import type { Connectivity } from '../../src/probe/connectivity.types.ts';
import type { Prerequisites } from '../../src/probe/prerequisites.types.ts';
import { hasEsp } from '../support/kernel.ts';
import { untilProbesAreGone } from '../support/leftovers.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';
import { bodyOf } from '../support/surface.ts';

const PAIRS = ['node1 node2', 'node1 node3', 'node2 node3'];
const PAIRS_WITH_THIRD = PAIRS.filter((pair) => pair.includes('node3'));

let lab: Lab;
let server: RealServer;
const undo: (() => Promise<void>)[] = [];

beforeAll(async () => {
  lab = await startLab({ nodes: 3 });
  server = await startRealServer(realPorts(lab.manager));
});
afterEach(async () => {
  for (const each of undo.splice(0)) await each();
});
afterAll(async () => {
  await server?.close();
  await lab?.stop();
});

/** A firewall of the third node drops what comes in and fits, until the test is over. */
async function drop(...what: string[]): Promise<void> {
  const third = lab.nodes[2] as LabNode;
  const change = async (how: '-I' | '-D'): Promise<void> => {
    const { exitCode, stderr } = await third.exec(['iptables', how, 'INPUT', ...what, '-j', 'DROP']);
    if (exitCode !== 0) throw new Error(stderr);
  };
  await change('-I');
  undo.push(() => change('-D'));
}

const check = async (input: object = {}): Promise<Connectivity> =>
  bodyOf<Connectivity>(await server.rest.post('/v1/swarm/connectivity').send(input).expect(200));

/** The pairs that fail in some way, by their hostnames: `node1 node3`. */
function failing({ failures, nodes }: Connectivity, kind: string): string[] {
  const hostname = new Map(nodes.map(({ nodeId, nodeHostname }) => [nodeId, nodeHostname]));
  return failures
    .filter((failure) => failure.kind === kind)
    .map(({ nodeIds }) =>
      nodeIds
        .map((id) => hostname.get(id))
        .toSorted()
        .join(' '),
    )
    .toSorted();
}

/** What is known of a port, by hostname. */
async function statusesOf(port: number, protocol: string): Promise<Record<string, string>> {
  const { nodes } = bodyOf<Prerequisites>(await server.rest.get('/v1/swarm/prerequisites').expect(200));
  return Object.fromEntries(
    nodes.map(({ nodeHostname, prerequisites }) => [
      nodeHostname,
      prerequisites.find((each) => each.port === port && each.protocol === protocol)?.status ?? 'none',
    ]),
  );
}

const everywhere = (status: string) => ({ node1: status, node2: status, node3: status });

describe('the connectivity of three nodes', () => {
  it('is not known before anybody has looked, but for what the swarm itself shows', async () => {
    expect(await statusesOf(2377, 'tcp')).toEqual(everywhere('ok'));
    expect(await statusesOf(7946, 'tcp')).toEqual(everywhere('unknown'));
    expect(await statusesOf(4789, 'udp')).toEqual(everywhere('unknown'));
  });

  it('is a matrix without a failure where all is well', async () => {
    const found = await check();
    expect(found.failures).toEqual([]);
    const [plain] = found.checks;
    expect(plain?.mtu).toBe(1450);
    expect(plain?.pairs).toHaveLength(9);
    for (const { status, roundTripMs, fromNodeId, toNodeId, ports } of plain?.pairs ?? []) {
      expect([status, roundTripMs === null]).toEqual(['ok', false]);
      expect(ports.every(({ connected }) => connected)).toBe(true);
      expect(ports.length > 0).toBe(fromNodeId !== toNodeId);
    }
    for (const [port, protocol] of [
      [2377, 'tcp'],
      [7946, 'tcp'],
      [4789, 'udp'],
    ] as const) {
      expect(await statusesOf(port, protocol)).toEqual(everywhere('ok'));
    }
    await untilProbesAreGone(lab.nodes);
  });

  it('fails when encrypted where the kernel has no ESP, and not otherwise', async () => {
    const found = await check({ encrypted: true });
    expect(found.checks.map(({ encrypted }) => encrypted)).toEqual([false, true]);
    expect(failing(found, 'encryption')).toEqual((await hasEsp(lab.manager)) ? [] : PAIRS);
    expect(found.failures.every(({ kind }) => kind === 'encryption')).toBe(true);
    await untilProbesAreGone(lab.nodes);
  });

  it('names the pairs between which the overlay traffic does not pass', async () => {
    await drop('-p', 'udp', '--dport', '4789');
    const found = await check();
    expect(failing(found, 'packets')).toEqual(PAIRS_WITH_THIRD);
    expect(found.failures).toHaveLength(2);
    expect(await statusesOf(4789, 'udp')).toEqual({ node1: 'ok', node2: 'ok', node3: 'blocked' });
    expect(await statusesOf(7946, 'udp')).toEqual(everywhere('unknown'));
  });

  it('names the pairs between which large packets are lost', async () => {
    await drop('-p', 'udp', '--dport', '4789', '-m', 'length', '--length', '1400:');
    const found = await check();
    expect(failing(found, 'size')).toEqual(PAIRS_WITH_THIRD);
    expect(found.failures).toHaveLength(2);
    expect(await statusesOf(4789, 'udp')).toEqual(everywhere('ok'));
  });

  // The last, because a swarm needs a while to trust a node again that it could not gossip with. The gossip of the others
  // stalls meanwhile, so that more than the pairs with that node may fail.
  it('names the pairs between which names do not get across, and the port', async () => {
    // What comes to its port, and what comes back from the others' ports.
    for (const protocol of ['tcp', 'udp']) {
      for (const end of ['--dport', '--sport']) await drop('-p', protocol, end, '7946');
    }
    const found = await check();
    expect(found.nodes.map(({ error }) => error)).toEqual([null, null, null]);
    expect(failing(found, 'names')).toEqual(expect.arrayContaining(PAIRS_WITH_THIRD));
    expect(failing(found, 'port')).toEqual(PAIRS_WITH_THIRD);
    expect(await statusesOf(7946, 'tcp')).toEqual({ node1: 'ok', node2: 'ok', node3: 'blocked' });
    await untilProbesAreGone(lab.nodes);
  });
});
