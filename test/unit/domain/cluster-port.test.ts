import { describe, expect, it } from 'vitest';
import { clusterPorts, type ClusterPort } from '../../../src/domain/cluster-port.ts';
import { reservedPorts } from '../../../src/domain/ports.ts';
import type { PublishedPort, Service, ServiceSpec } from '../../../src/domain/service.ts';
import type { Task } from '../../../src/domain/task.ts';
import { node, service, serviceSpec, task } from '../../factories/domain.ts';

const placed = (constraints: string[]): ServiceSpec['placement'] =>
  serviceSpec({ placement: { constraints } }).placement;

const NODES = ['a', 'b'].map((id) => node({ id, hostname: `host-${id}` }));

const port = (publishedPort: number | null, fields: Partial<PublishedPort> = {}): PublishedPort => ({
  targetPort: 80,
  publishedPort,
  protocol: 'tcp',
  publishMode: 'ingress',
  ...fields,
});
const host = (publishedPort: number | null): PublishedPort => port(publishedPort, { publishMode: 'host' });

const named = (name: string, ports: readonly PublishedPort[], fields: Partial<Service> = {}): Service =>
  service({ id: `id-${name}`, name, ports, publishedPorts: ports, replicas: 1, ...fields });

const list = (services: readonly Service[], tasks: readonly Task[] = []): ClusterPort[] =>
  clusterPorts({
    services,
    nodes: NODES,
    reserved: reservedPorts(4789, NODES),
    tasksOf: (id) => tasks.filter((each) => each.serviceId === id),
  });

const kinds = (found: readonly { readonly kind: string }[]): string[] => found.map(({ kind }) => kind);

describe('clusterPorts', () => {
  it('are all ports of all services, by number', () => {
    const found = list([
      named('web', [port(8080), port(443)]),
      named('dns', [port(null, { protocol: 'udp' })], {
        publishedPorts: [port(30_000, { protocol: 'udp' })],
      }),
      named('none', []),
    ]);
    expect(found.map((each) => [each.publishedPort, each.protocol, each.serviceName])).toEqual([
      [443, 'tcp', 'web'],
      [8080, 'tcp', 'web'],
      [30_000, 'udp', 'dns'],
    ]);
  });

  it('in ingress mode are open on every node, and hide the addresses of clients', () => {
    const [found] = list([named('web', [port(80)])], [task({ serviceId: 'id-web' })]);
    expect(found).toMatchObject({ serviceId: 'id-web', onEveryNode: true, tasks: [], conflicts: [] });
    expect(kinds(found?.warnings ?? [])).toEqual(['client-address']);
    expect(found?.warnings[0]?.detail).toMatch(/host mode with mode "global".*HTTP router/);
  });

  it('in host mode are open where their tasks are', () => {
    const [found] = list(
      [named('web', [host(80)], { replicas: 2 })],
      [
        task({ id: 't1', serviceId: 'id-web', nodeId: 'a' }),
        task({ id: 't2', serviceId: 'id-web', nodeId: null, state: 'pending', error: 'no suitable node' }),
        task({ id: 't3', serviceId: 'id-web', nodeId: 'b', desiredState: 'shutdown' }),
      ],
    );
    expect(found).toMatchObject({ onEveryNode: false, conflicts: [], warnings: [] });
    expect(found?.tasks).toEqual([
      { taskId: 't1', publishedPort: 80, nodeId: 'a', nodeHostname: 'host-a', state: 'running', error: null },
      {
        taskId: 't2',
        publishedPort: 80,
        nodeId: null,
        nodeHostname: null,
        state: 'pending',
        error: 'no suitable node',
      },
    ]);
  });

  it.each<[string, Partial<Service>, string[]]>([
    ['more tasks than nodes', { replicas: 3 }, ['too-few-nodes']],
    ['as many tasks as nodes', { replicas: 2 }, []],
    ['a task on each node', { mode: 'global', replicas: null }, []],
    [
      'a placement that leaves too few nodes',
      { placement: placed(['node.id == a']), replicas: 2 },
      ['too-few-nodes'],
    ],
    [
      'an update that starts first without a free node',
      { replicas: 2, updateConfig: { ...service().updateConfig, order: 'start-first' } as never },
      ['start-first'],
    ],
    [
      'an update that starts first with a free node',
      { replicas: 1, updateConfig: { ...service().updateConfig, order: 'start-first' } as never },
      [],
    ],
  ])('in host mode warn of %s', (_, fields, expected) => {
    const [found] = list([named('web', [host(80)], fields)]);
    expect(kinds(found?.warnings ?? [])).toEqual(expected);
  });

  it('that each node chooses are in nobody’s way', () => {
    const [found] = list([named('web', [host(null)], { replicas: 9 })]);
    expect(found).toMatchObject({ publishedPort: null, conflicts: [], warnings: [] });
  });

  it('that each node chooses are told with its tasks', () => {
    const open = port(32_768, { publishMode: 'host' });
    const [found] = list(
      [named('web', [host(null)])],
      [
        task({ id: 't1', serviceId: 'id-web', nodeId: 'a', openPorts: [{ ...open, protocol: 'udp' }, open] }),
        task({ id: 't2', serviceId: 'id-web', nodeId: 'b', state: 'starting' }),
      ],
    );
    expect(found?.tasks.map((each) => each.publishedPort)).toEqual([32_768, null]);
  });

  it('that Swarm needs are in conflict with it', () => {
    const [found] = list([named('web', [port(4789, { protocol: 'udp' })])]);
    expect(found?.conflicts).toMatchObject([{ kind: 'reserved', serviceId: null, serviceName: null }]);
  });

  it.each<[string, PublishedPort, PublishedPort]>([
    ['ingress and ingress', port(80), port(80)],
    ['ingress and host', port(80), host(80)],
  ])('of two services at once are in conflict: %s', (_, one, two) => {
    const found = list([named('one', [one]), named('two', [two])]);
    expect(found.map((each) => each.conflicts)).toMatchObject([
      [{ kind: 'taken', serviceId: 'id-two', serviceName: 'two' }],
      [{ kind: 'taken', serviceId: 'id-one', serviceName: 'one' }],
    ]);
  });

  it('that share a number in host mode are a warning, and a conflict of the one that waits', () => {
    const services = [named('one', [host(80)]), named('two', [host(80)])];
    expect(list(services).map((each) => [kinds(each.conflicts), kinds(each.warnings)])).toEqual([
      [[], ['shared']],
      [[], ['shared']],
    ]);
    const error = 'no suitable node (host-mode port already in use on 2 nodes)';
    const waiting = task({ serviceId: 'id-two', nodeId: null, state: 'pending', error });
    const [one, two] = list(services, [waiting]);
    expect(one?.conflicts).toEqual([]);
    expect(two?.conflicts).toMatchObject([{ kind: 'waiting', serviceName: 'one' }]);
    expect(two?.warnings).toEqual([]);
  });
});
