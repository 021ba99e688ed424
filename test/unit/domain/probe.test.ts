import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkProbe,
  differencesOf,
  type ExpectedAnswer,
  type ProbeConnection,
  type ProbeObservation,
} from '../../../src/domain/probe.ts';

const NETWORK = {
  name: 'front',
  subnets: [{ subnet: '10.0.1.0/24', gateway: null, ipRange: null, auxAddresses: {} }],
};
const VIRTUAL_IP = '10.0.1.2';
const TASKS = [
  { address: '10.0.1.3', nodeId: 'n1' },
  { address: '10.0.1.4', nodeId: 'n2' },
];
const byVirtualIp: ExpectedAnswer = {
  isKnown: true,
  addresses: [VIRTUAL_IP],
  virtualIps: [VIRTUAL_IP],
  tasks: TASKS,
  byHand: [],
  reason: null,
};
const byTasks: ExpectedAnswer = {
  ...byVirtualIp,
  addresses: TASKS.map(({ address }) => address),
  virtualIps: [],
};

const seen = (more: Partial<ProbeObservation>): ProbeObservation => ({
  nodeId: 'n1',
  nodeHostname: 'node1',
  addresses: [VIRTUAL_IP],
  lookupMs: 1,
  lookupError: null,
  connections: [],
  error: null,
  ...more,
});
const tried = (address: string, error: string | null = null): ProbeConnection => ({
  address,
  behindVirtualIp: false,
  connected: error === null,
  timeMs: 1,
  error,
});
const kinds = (observation: ProbeObservation, before = byVirtualIp, after = before): string[] =>
  differencesOf({ network: NETWORK, before, after }, [observation]).map(
    ({ kind, address }) => `${kind} ${address}`,
  );
const causes = (observation: ProbeObservation, expected: ExpectedAnswer): string =>
  differencesOf({ network: NETWORK, before: expected, after: expected }, [observation])
    .map(({ cause }) => cause)
    .join();

describe('a probe differs from what should be', () => {
  it('not when the answer is that', () => {
    expect(kinds(seen({}))).toEqual([]);
    expect(kinds(seen({ addresses: ['10.0.1.4', '10.0.1.3'] }), byTasks)).toEqual([]);
  });

  it('by an address that is missing, one too many, or all', () => {
    expect(kinds(seen({ addresses: ['10.0.1.3', '10.0.1.9'] }), byTasks)).toEqual([
      'missing-address 10.0.1.4',
      'unexpected-address 10.0.1.9',
    ]);
    expect(kinds(seen({ addresses: [] }), byTasks)).toEqual(['no-answer null']);
    expect(kinds(seen({ addresses: [], lookupError: 'no answer in time' }))).toEqual(['lookup-failed null']);
  });

  it('with another cause where the address is not of the network', () => {
    expect(causes(seen({ addresses: ['10.0.1.3', '10.0.1.4', '10.0.1.9'] }), byTasks)).toMatch(/left behind/);
    expect(causes(seen({ addresses: ['10.0.1.3', '10.0.1.4', '192.0.2.9'] }), byTasks)).toMatch(/outside/);
  });

  it('not by what came or went meanwhile, nor by containers that joined by hand', () => {
    const fewer = { ...byTasks, addresses: ['10.0.1.3'] };
    for (const addresses of [['10.0.1.3'], ['10.0.1.3', '10.0.1.4']]) {
      expect(kinds(seen({ addresses }), byTasks, fewer)).toEqual([]);
      expect(kinds(seen({ addresses }), fewer, byTasks)).toEqual([]);
    }
    const nobodys = { ...byTasks, addresses: [], tasks: [], byHand: ['10.0.1.9'] };
    expect(kinds(seen({ addresses: ['10.0.1.9'] }), nobodys)).toEqual([]);
  });

  it('by a virtual IP that is dead while tasks are not', () => {
    const [first] = TASKS;
    const dead = tried(VIRTUAL_IP, 'timed out');
    expect(kinds(seen({ connections: [dead, tried(first?.address ?? '')] }))).toEqual([
      `virtual-ip-unreachable ${VIRTUAL_IP}`,
    ]);
    const allDead = seen({ connections: [dead, ...TASKS.map(({ address }) => tried(address, 'timed out'))] });
    expect(kinds(allDead)).toEqual([
      `address-unreachable ${VIRTUAL_IP}`,
      'address-unreachable 10.0.1.3',
      'address-unreachable 10.0.1.4',
    ]);
    expect(causes(allDead, byVirtualIp)).toMatch(/this very node.*another node/s);
    expect(causes(seen({ connections: [dead] }), { ...byVirtualIp, tasks: [] })).toMatch(/no task runs/);
  });

  it('by a port on which nobody listens', () => {
    expect(kinds(seen({ connections: [tried('10.0.1.3', 'Connection refused')] }))).toEqual([
      'port-closed 10.0.1.3',
    ]);
  });

  it('not by a node that was not probed from', () => {
    expect(kinds(seen({ addresses: [], error: 'it is down' }))).toEqual([]);
  });

  it('just when the answer is another set, whatever it is', () => {
    const address = fc.integer({ min: 2, max: 6 }).map((last) => `10.0.1.${last}`);
    const set = fc.uniqueArray(address, { maxLength: 4 });
    fc.assert(
      fc.property(set, set, (expected, answered) => {
        const answer = { ...byTasks, addresses: expected };
        const isSame =
          new Set([...expected, ...answered]).size === expected.length && expected.length === answered.length;
        expect(kinds(seen({ addresses: answered }), answer).length === 0).toBe(isSame);
      }),
    );
  });
});

describe('a question', () => {
  it('is a name that is data to every program that it comes to', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[-\w.$`;|&{}()<>*? \n]*$/));
    fc.assert(
      fc.property(anything, (name) => {
        if (checkProbe({ name, port: null }).length === 0) expect(name).toMatch(/^[a-z0-9_][a-z0-9_.-]*$/i);
      }),
    );
    for (const name of ['my-web', 'tasks.my_web', 'my-web.1.k1x2', 'A.b']) {
      expect(checkProbe({ name, port: 80 })).toEqual([]);
    }
  });
});
