import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VisibleState } from '../../../src/api/visible-state.ts';
import { NameBook } from '../../../src/discovery/name-book.ts';
import { SwarmNames } from '../../../src/dns/swarm-names.ts';
import { ClusterState } from '../../../src/swarm/cluster-state.ts';
import { network, node, service, snapshot, task } from '../../factories/domain.ts';

const attachment = (networkId: string) => ({ networkId, aliases: [], driverOptions: {} });
let state: ClusterState;
let names: SwarmNames;

const namesOf = (known: ClusterState): SwarmNames =>
  new SwarmNames(known, new NameBook(known, new VisibleState(known)));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  state = new ClusterState();
  names = namesOf(state);
  const web = service({
    networks: [attachment('net1')],
    virtualIps: [{ networkId: 'net1', address: '10.0.9.2' }],
    ports: [
      { targetPort: 80, publishedPort: 8080, protocol: 'tcp', publishMode: 'ingress' },
      { targetPort: 80, publishedPort: 8081, protocol: 'tcp', publishMode: 'ingress' },
      { targetPort: 80, publishedPort: 8080, protocol: 'udp', publishMode: 'ingress' },
    ],
  });
  const [held, byHand] = ['10.0.9.3', '10.0.9.4'].map((address) => [{ networkId: 'net1', address }]);
  state.apply([
    {
      type: 'snapshot',
      snapshot: snapshot({
        node: [node()],
        network: [
          network({ id: 'net3', name: 'FRONT', createdAt: '2026-03-01T00:00:00Z' }),
          network({ id: 'net1', name: 'Front', createdAt: '2026-01-01T00:00:00Z' }),
          network({ id: 'net2', name: 'front', createdAt: '2026-02-01T00:00:00Z' }),
        ],
        service: [web],
        task: [
          task({ addresses: held ?? [], containerId: 'a'.repeat(64) }),
          task({
            id: 'task2',
            serviceId: null,
            serviceName: null,
            slot: null,
            addresses: byHand ?? [],
            containerId: 'b'.repeat(64),
          }),
        ],
      }),
    },
  ]);
});

afterEach(() => void vi.useRealTimers());

const find = (name: string) => names.network('front')?.find(name);
const hosts = (name: string) =>
  find(name)
    ?.endpoints()
    .map(({ protocol, port, host, address }) => `${host}:${port}/${protocol} at ${address}`);

describe('the names of the swarm, for a zone', () => {
  it('are those of the oldest of networks that differ only in case', () => {
    expect(find('web')?.addresses).toEqual(['10.0.9.2']);
    expect(names.network('FrOnT')?.find('WEB')?.addresses).toEqual(['10.0.9.2']);
    expect(names.network('nowhere')).toBeNull();
    expect(find('nobody')).toBeNull();
    expect(find('constructor')).toBeNull();
  });

  it('tell each port in the container once, with who listens there', () => {
    expect(hosts('web')).toEqual(['web.Front:80/tcp at 10.0.9.2', 'web.Front:80/udp at 10.0.9.2']);
    expect(hosts('tasks.web')).toEqual([
      'web.1.task1.Front:80/tcp at 10.0.9.3',
      'web.1.task1.Front:80/udp at 10.0.9.3',
    ]);
    expect(find('b'.repeat(12))?.addresses).toEqual(['10.0.9.4']);
    expect(hosts('b'.repeat(12))).toEqual([]);
  });

  it('are below others, for as long as they are there and a second more', () => {
    const isParent = (name: string): boolean | undefined => names.network('front')?.isParent(name);
    expect(['web', 'TASK1', '1.task1', 'tasks', 'ask1', ''].map(isParent)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    state.apply([{ type: 'remove', kind: 'task', id: 'task1' }]);
    vi.advanceTimersByTime(1_000);
    expect(['web', 'task1', '1.task1'].map(isParent)).toEqual([true, false, false]);
  });

  it('have a serial that grows', () => {
    const before = names.serial;
    state.apply([{ type: 'upsert', kind: 'network', object: network({ id: 'net1', version: 4_000 }) }]);
    expect(names.serial).toBeGreaterThan(before);
    expect(names.network('front')).not.toBeNull();
  });

  it('are not known before the swarm has been read', () => {
    const unread = new ClusterState();
    expect(namesOf(unread).ready).toBe(false);
    expect(names.ready).toBe(true);
  });
});
