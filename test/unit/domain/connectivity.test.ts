import { describe, expect, it } from 'vitest';
import { failuresOf, type ConnectivityCheck, type PairCheck } from '../../../src/domain/connectivity.ts';
import { prerequisitesOf, type PrerequisiteFacts } from '../../../src/domain/prerequisites.ts';
import { node as aNode } from '../../factories/domain.ts';

const STARTED_AT = '2026-06-07T21:00:00.000Z';
const NOW = '2026-06-07T22:00:00.000Z';
const IDS = ['a', 'b', 'c'];

const pair = (fromNodeId: string, toNodeId: string, more: Partial<PairCheck> = {}): PairCheck => ({
  fromNodeId,
  toNodeId,
  status: more.failedStep ? 'failed' : 'ok',
  failedStep: null,
  address: '10.0.9.2',
  roundTripMs: 0.2,
  ports: [],
  ...more,
});

/** Three nodes; what `change` says of a pair is so, and all else is well. */
function run(
  change: (from: string, to: string, encrypted: boolean) => Partial<PairCheck>,
  kinds: readonly boolean[] = [false],
): ConnectivityCheck {
  return {
    startedAt: STARTED_AT,
    durationMs: 2_000,
    dataPathPort: 4789,
    nodes: IDS.map((nodeId) => ({ nodeId, nodeHostname: `host-${nodeId}`, error: null })),
    checks: kinds.map((encrypted) => ({
      encrypted,
      mtu: 1450,
      pairs: IDS.flatMap((from) => IDS.map((to) => pair(from, to, change(from, to, encrypted)))),
    })),
  };
}

/** Whatever has to do with `c` and another node. */
const withC = (from: string, to: string): boolean => from !== to && (from === 'c' || to === 'c');
const told = (check: ConnectivityCheck): string[] =>
  failuresOf(check).map(({ kind, encrypted, nodeIds }) =>
    [kind, encrypted ? 'encrypted' : 'plain', ...nodeIds].join(' '),
  );

describe('the failures of a check', () => {
  it('are none where all is well', () => {
    expect(told(run(() => ({})))).toEqual([]);
  });

  it('name each pair once, with the first step that fails', () => {
    for (const [failedStep, kind] of [
      ['name', 'names'],
      ['reply', 'packets'],
      ['size', 'size'],
    ] as const) {
      const check = run((from, to) => (withC(from, to) ? { failedStep } : {}));
      expect(told(check)).toEqual([`${kind} plain a c`, `${kind} plain b c`]);
    }
  });

  it('are of the encryption where the same pair works without', () => {
    const onlyEncrypted = run(
      (from, to, encrypted) => (encrypted && withC(from, to) ? { failedStep: 'reply' } : {}),
      [false, true],
    );
    expect(told(onlyEncrypted)).toEqual(['encryption encrypted a c', 'encryption encrypted b c']);
    expect(failuresOf(onlyEncrypted)[0]?.cause).toMatch(/ESP/);
    const both = run((from, to) => (withC(from, to) ? { failedStep: 'reply' } : {}), [false, true]);
    expect(new Set(failuresOf(both).map(({ kind }) => kind))).toEqual(new Set(['packets']));
  });

  it('are of one node where it cannot reach itself, or take part', () => {
    expect(told(run((from, to) => (from === 'c' && to === 'c' ? { failedStep: 'reply' } : {})))).toEqual([
      'packets plain c',
    ]);
    const check = run((from, to) => (from === 'c' || to === 'c' ? { status: 'unknown' } : {}));
    const nodes = check.nodes.map((node) =>
      node.nodeId === 'c' ? { ...node, error: 'No such image' } : node,
    );
    expect(told({ ...check, nodes })).toEqual(['node plain c']);
  });

  it('tell of ports of nodes, although packets pass', () => {
    const closed = { ports: [{ port: 7946, connected: false, error: 'timed out' }] };
    expect(told(run((from, to) => (from === 'a' && to === 'c' ? closed : {})))).toEqual(['port plain a c']);
  });
});

const node = (id: string, isManager: boolean, more: object = {}) =>
  aNode({
    id,
    hostname: `host-${id}`,
    state: 'ready',
    manager: isManager ? { leader: id === 'a', reachability: 'reachable', address: '192.0.2.1:2377' } : null,
    ...more,
  });

const statuses = (facts: Partial<PrerequisiteFacts>): Record<string, string> =>
  Object.fromEntries(
    prerequisitesOf({
      nodes: [node('a', true), node('b', false), node('c', false)],
      dataPathPort: 4789,
      stateAsOf: NOW,
      check: null,
      ...facts,
    }).map(({ nodeId, prerequisites }) => [
      nodeId,
      prerequisites.map(({ port, protocol, status }) => `${port}/${protocol} ${status}`).join(', '),
    ]),
  );
const line = (...words: string[]): string =>
  ['2377/tcp', '7946/tcp', '7946/udp', '4789/udp'].map((port, index) => `${port} ${words[index]}`).join(', ');

describe('prerequisites', () => {
  it('are unknown before a check, but for the management', () => {
    expect(statuses({})).toEqual({
      a: line('ok', 'unknown', 'unknown', 'unknown'),
      b: line('ok', 'unknown', 'unknown', 'unknown'),
      c: line('ok', 'unknown', 'unknown', 'unknown'),
    });
  });

  it('are unknown in a swarm of one', () => {
    expect(statuses({ nodes: [node('a', true)] })).toEqual({
      a: line('unknown', 'unknown', 'unknown', 'unknown'),
    });
  });

  it('do not take a machine that is off, or a manager that is not reached, for a port that is closed', () => {
    const down = node('b', false, { state: 'down' });
    const lost = node('c', true, {
      manager: { leader: false, reachability: 'unreachable', address: '192.0.2.3:2377' },
    });
    const told = statuses({ nodes: [node('a', true), down, lost] });
    expect(told['b']).toMatch(/^2377\/tcp unknown/);
    expect(told['c']).toMatch(/^2377\/tcp unknown/);
  });

  it('of the node that nothing reaches are blocked, and of the others not', () => {
    const check = run((from, to) => (withC(from, to) ? { failedStep: 'reply' } : {}));
    expect(statuses({ check })).toMatchObject({
      a: line('ok', 'unknown', 'unknown', 'ok'),
      c: line('ok', 'unknown', 'unknown', 'blocked'),
    });
  });

  it('of gossip by UDP are blocked only where no name arrives although TCP is open', () => {
    const unheard = (connected: boolean) =>
      run((from, to) => ({
        ...(withC(from, to) ? { failedStep: 'name' as const } : {}),
        ports: from === to ? [] : [{ port: 7946, connected, error: null }],
      }));
    expect(statuses({ check: unheard(true) })).toMatchObject({
      b: line('ok', 'ok', 'unknown', 'ok'),
      c: line('ok', 'ok', 'blocked', 'unknown'),
    });
    expect(statuses({ check: unheard(false) })['c']).toBe(line('ok', 'unknown', 'unknown', 'unknown'));
  });

  it('of a port that containers cannot open are blocked only where they can open others', () => {
    const ports = (to: string, connected: boolean) => [
      { port: 7946, connected: connected && to !== 'c', error: null },
    ];
    const some = run((from, to) => (from === to ? {} : { ports: ports(to, true) }));
    expect(statuses({ check: some })).toMatchObject({
      b: line('ok', 'ok', 'unknown', 'ok'),
      c: line('ok', 'blocked', 'unknown', 'ok'),
    });
    const none = run((from, to) => (from === to ? {} : { ports: ports(to, false) }));
    expect(statuses({ check: none })).toMatchObject({ b: line('ok', 'unknown', 'unknown', 'ok') });
  });

  it('are unknown of a node that the check left out', () => {
    const nodes = [node('a', true), node('b', false), node('c', false), node('d', false)];
    expect(statuses({ nodes, check: run(() => ({})) })['d']).toBe(
      line('ok', 'unknown', 'unknown', 'unknown'),
    );
  });

  it('have evidence as old as what was seen', () => {
    const [first] = prerequisitesOf({
      nodes: [node('a', true), node('b', false), node('c', false)],
      dataPathPort: 4789,
      stateAsOf: NOW,
      check: run(() => ({})),
    });
    expect(first?.prerequisites.map(({ observedAt }) => observedAt)).toEqual([
      NOW,
      null,
      STARTED_AT,
      STARTED_AT,
    ]);
  });
});
