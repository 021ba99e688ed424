import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../../scripts/command.ts';
import {
  connectivityEnvironment,
  readMtu,
  readPeer,
  type Peer,
} from '../../../src/probe/connectivity-script.ts';
import { nodePorts } from '../../../src/probe/node-ports.ts';
import { jobSpec, type ProbeJob } from '../../../src/probe/probe-jobs.ts';
import { probeEnvironment, PROBE_SCRIPT, readProbe } from '../../../src/probe/probe-script.ts';
import { node as aNode } from '../../factories/domain.ts';

const answer = (...lines: string[]): string[] => [
  'lookup 100.5 100.5025',
  'dns Server:\t\t127.0.0.11',
  'dns Address:\t127.0.0.11:53',
  'dns ',
  ...lines.map((line) => `dns ${line}`),
];

describe('what the script of a probe has said', () => {
  it('is the addresses of either form that BusyBox writes, without that of the server', () => {
    expect(
      readProbe(
        answer(
          'Non-authoritative answer:',
          'Name:\tweb',
          'Address: 10.0.1.2',
          'Name:\tweb',
          'Address: fd00::2',
        ),
      ),
    ).toEqual({
      addresses: ['10.0.1.2', 'fd00::2'],
      lookupMs: 2.5,
      lookupError: null,
      connections: [],
    });
    const old = answer('Name:      web', 'Address 1: 10.0.1.2 web.1.abc', 'Address 2: 10.0.1.3');
    expect(readProbe(old).addresses).toEqual(['10.0.1.2', '10.0.1.3']);
  });

  it('tells that there is no such name from a DNS that does not answer', () => {
    expect(readProbe(answer("** server can't find web: NXDOMAIN")).lookupError).toBeNull();
    expect(readProbe(answer("*** Can't find web: No answer")).lookupError).toBeNull();
    expect(readProbe(answer("** server can't find web: SERVFAIL")).lookupError).toBe(
      "server can't find web: SERVFAIL",
    );
    expect(readProbe(answer(';; connection timed out; no servers could be reached')).lookupError).toMatch(
      /timed out/,
    );
    expect(readProbe(answer()).lookupError).toBe('no answer in time');
  });

  it('is how each connection ended', () => {
    const lines = [
      ...answer('Name:\tweb', 'Address: 10.0.1.2'),
      'try 10.0.1.2 100.6 102.6 1 nc: timed out',
      'try 10.0.1.3 100.6 100.604 0 ',
      "try 10.0.1.4 100.6 100.601 1 nc: can't connect to remote host (10.0.1.4): Connection refused",
      'try 10.0.1.5 100.6 104.6 143 ',
    ];
    expect(readProbe(lines).connections).toEqual([
      { address: '10.0.1.2', behindVirtualIp: false, connected: false, timeMs: 2000, error: 'timed out' },
      { address: '10.0.1.3', behindVirtualIp: true, connected: true, timeMs: 4, error: null },
      {
        address: '10.0.1.4',
        behindVirtualIp: true,
        connected: false,
        timeMs: 1,
        error: 'Connection refused',
      },
      { address: '10.0.1.5', behindVirtualIp: true, connected: false, timeMs: 4000, error: 'timed out' },
    ]);
  });

  it('may be anything without breaking what reads it', () => {
    const word = fc.constantFrom('lookup', 'dns', 'try', 'Name:', 'Address:', '1', 'x', '10.0.1.2', '');
    fc.assert(
      fc.property(fc.array(fc.array(word).map((words) => words.join(' '))), (lines) => {
        const { lookupMs, addresses } = readProbe(lines);
        expect(lookupMs === null || lookupMs >= 0).toBe(true);
        expect(new Set(addresses).size).toBe(addresses.length);
      }),
    );
  });
});

describe('the script of a probe', () => {
  let tools: string;
  beforeAll(() => {
    tools = mkdtempSync(join(tmpdir(), 'swarmplane-script-'));
    // They only say what they were called with, one argument a line.
    for (const name of ['nslookup', 'nc']) {
      writeFileSync(join(tools, name), '#!/bin/sh\nfor each do printf "<%s>\\n" "$each"; done\n');
      chmodSync(join(tools, name), 0o755);
    }
  });
  afterAll(() => rmSync(tools, { recursive: true }));

  it('hands what it is asked for to its tools as it is, and runs none of it', async () => {
    const evil = fc.stringMatching(/^[$`;|&(){}<>*?!#'"\\ \w.-]{1,30}$/);
    await fc.assert(
      fc.asyncProperty(evil, async (name) => {
        const { stdout, stderr } = await runCommand('sh', ['-c', PROBE_SCRIPT], {
          env: { PATH: `${tools}:/usr/bin:/bin`, ...probeEnvironment({ name, port: null }, []) },
        });
        expect(stderr).toBe('');
        expect(stdout.split('\n').slice(1)).toEqual([`dns <${name}>`, 'dns <127.0.0.11>', 'end', '']);
      }),
      { numRuns: 50 },
    );
  });

  it('is the same whatever is asked for', () => {
    const run = { name: 'swarmplane-0', labels: {}, deadline: new AbortController().signal };
    const job = (name: string): ProbeJob => ({
      networkId: 'network',
      nodes: [],
      script: PROBE_SCRIPT,
      environment: () => probeEnvironment({ name, port: 80 }, []),
      serviceName: () => 'swarmplane-0-0',
      pings: false,
    });
    fc.assert(
      fc.property(fc.string(), (name) => {
        const { env, ...rest } = jobSpec(run, job(name), aNode({ id: 'n' }), 'busybox');
        const { env: _, ...usual } = jobSpec(run, job('web'), aNode({ id: 'n' }), 'busybox');
        expect([env['PROBE_NAME'], rest]).toEqual([name, usual]);
      }),
    );
  });
});

describe('what the script of a check has said', () => {
  const peer: Peer = { nodeId: 'b', name: 'swarmplane-0-p1', ports: [{ address: '192.0.2.2', port: 7946 }] };
  const own: Peer = { nodeId: 'a', name: 'swarmplane-0-p0', ports: [{ address: '192.0.2.1', port: 7946 }] };
  const lines = (...words: string[]): string[] => [
    'mtu 1450',
    ...words.map((each) => each.replace('PEER', peer.name)),
  ];

  it('is the first step that fails, or that none does', () => {
    const step = (...words: string[]) => readPeer(lines(...words), 'a', peer);
    expect(step()).toMatchObject({ status: 'failed', failedStep: 'name', address: null });
    expect(step('name PEER ')).toMatchObject({ failedStep: 'name', address: null });
    expect(step('name PEER 10.0.9.3', 'small PEER lost PING 100% packet loss')).toMatchObject({
      failedStep: 'reply',
      address: '10.0.9.3',
    });
    const small = 'small PEER ok PING 64 bytes from 10.0.9.3: seq=0 ttl=64 time=0.200 ms';
    expect(step('name PEER 10.0.9.3', small, 'full PEER lost')).toMatchObject({
      failedStep: 'size',
      roundTripMs: 0.2,
    });
    expect(step('name PEER 10.0.9.3', small, 'full PEER ok')).toMatchObject({
      status: 'ok',
      failedStep: null,
    });
    expect(readMtu(lines())).toBe(1450);
    expect(readMtu([])).toBeNull();
  });

  it('is which ports of the node could be opened', () => {
    const { ports } = readPeer(
      lines('port PEER 7946 0 ', 'port PEER 2377 1 nc: timed out', 'port other 1 0 '),
      'a',
      peer,
    );
    expect(ports).toEqual([
      { port: 7946, connected: true, error: null },
      { port: 2377, connected: false, error: 'timed out' },
    ]);
  });

  it('is asked of all peers, and of the ports of the others alone', () => {
    expect(connectivityEnvironment([own, peer], 'a')).toEqual({
      PROBE_PEERS: 'swarmplane-0-p0 swarmplane-0-p1',
      PROBE_PORTS: 'swarmplane-0-p1=192.0.2.2:7946',
    });
  });
});

describe('the ports of a node', () => {
  const manager = (address: string) => ({ leader: true, reachability: 'reachable' as const, address });

  it('are that of gossip, and of a manager its own', () => {
    expect(nodePorts(aNode({ address: '192.0.2.2', manager: null }))).toEqual([
      { address: '192.0.2.2', port: 7946 },
    ]);
    expect(nodePorts(aNode({ address: '0.0.0.0', manager: manager('192.0.2.1:2377') }))).toEqual([
      { address: '192.0.2.1', port: 7946 },
      { address: '192.0.2.1', port: 2377 },
    ]);
  });

  it('are none where the address means nothing to others', () => {
    for (const address of ['0.0.0.0', '127.0.0.1', '', '2001:db8::1']) {
      expect(nodePorts(aNode({ address, manager: null }))).toEqual([]);
    }
  });
});
