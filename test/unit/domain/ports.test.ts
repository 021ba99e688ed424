import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/domain/node.ts';
import {
  checkPorts,
  isSamePort,
  openNodes,
  portsOf,
  reservedPorts,
  type PortSurroundings,
} from '../../../src/domain/ports.ts';
import type { PublishedPort, Service, ServiceSpec } from '../../../src/domain/service.ts';
import type { Task } from '../../../src/domain/task.ts';
import { node, service, serviceSpec, task } from '../../factories/domain.ts';

const port = (publishedPort: number | null, fields: Partial<PublishedPort> = {}): PublishedPort => ({
  targetPort: 80,
  publishedPort,
  protocol: 'tcp',
  publishMode: 'ingress',
  ...fields,
});
const host = (publishedPort: number | null, fields: Partial<PublishedPort> = {}): PublishedPort =>
  port(publishedPort, { publishMode: 'host', ...fields });

const placed = (constraints: string[]): ServiceSpec['placement'] =>
  serviceSpec({ placement: { constraints } }).placement;

const NODES = [node({ id: 'a', hostname: 'a', labels: { zone: 'a' } }), node({ id: 'b', hostname: 'b' })];

interface World {
  readonly services?: readonly Service[];
  readonly nodes?: readonly Node[];
  readonly tasks?: readonly Task[];
}

const around = ({ services = [], nodes = NODES, tasks = [] }: World = {}): PortSurroundings => ({
  services,
  nodes,
  reserved: reservedPorts(4789, nodes),
  tasksOf: (id) => tasks.filter((each) => each.serviceId === id),
});

const other = (...ports: PublishedPort[]): Service =>
  service({ id: 'other', name: 'other', ports, publishedPorts: ports });
const on = (nodeId: string, fields: Partial<Task> = {}): Task =>
  task({ id: nodeId, serviceId: 'other', nodeId, ...fields });

const check = (
  ports: readonly PublishedPort[],
  world: World = {},
  spec: Partial<ServiceSpec> = {},
  before: readonly PublishedPort[] | null = null,
): [pointer: string, detail: string][] =>
  checkPorts(serviceSpec({ ...spec, ports }), before && { ports: before }, 'own', around(world)).map(
    ({ pointer, detail }) => [pointer, detail],
  );

describe('reservedPorts', () => {
  const keys = (dataPathPort: number, nodes: readonly Node[]): string[] =>
    reservedPorts(dataPathPort, nodes).map((reserved) => `${reserved.port}/${reserved.protocol}`);

  it('are those of management, gossip and overlay traffic', () => {
    expect(keys(4789, [])).toEqual(['2377/tcp', '7946/tcp', '7946/udp', '4789/udp']);
  });

  it('are those that the swarm was set up with', () => {
    const manager = (address: string): Node =>
      node({ manager: { leader: false, reachability: 'reachable', address } });
    expect(keys(5789, [manager('192.0.2.1:2399'), manager('[2001:db8::1]:2377'), manager('')])).toEqual([
      '2377/tcp',
      '2399/tcp',
      '7946/tcp',
      '7946/udp',
      '5789/udp',
    ]);
  });
});

describe('portsOf', () => {
  it.each<[string, PublishedPort[], PublishedPort[], (number | null)[]]>([
    ['what was asked for', [port(8080)], [port(8080)], [8080]],
    ['what Swarm chose', [port(null)], [port(30_000)], [30_000]],
    ['nothing that is not chosen yet', [port(null)], [], [null]],
    [
      'one number for each',
      [port(null), port(8080), port(null)],
      [port(8080), port(30_000), port(30_001)],
      [30_000, 8080, 30_001],
    ],
    [
      'the number of its own target and protocol',
      [port(null, { targetPort: 53, protocol: 'udp' }), port(null)],
      [port(30_000), port(30_001, { targetPort: 53, protocol: 'udp' })],
      [30_001, 30_000],
    ],
    ['no number that each node chooses', [host(null)], [host(null)], [null]],
    ['no number of another mode', [host(null)], [port(30_000)], [null]],
  ])('knows %s', (_, ports, publishedPorts, numbers) => {
    expect(portsOf({ ports, publishedPorts }).map((each) => each.publishedPort)).toEqual(numbers);
  });
});

describe('checkPorts', () => {
  it.each<[string, PublishedPort[], World, Partial<ServiceSpec>]>([
    ['a port of nobody', [port(8080), host(8081)], {}, {}],
    ['a port that Swarm chooses', [port(null), host(null)], { services: [other(port(30_000))] }, {}],
    [
      'the same number of another protocol',
      [port(80, { protocol: 'udp' })],
      { services: [other(port(80))] },
      {},
    ],
    ['a reserved number of another protocol', [port(4789), port(2377, { protocol: 'udp' })], {}, {}],
    [
      'the port of its own service',
      [port(80)],
      { services: [service({ id: 'own', ports: [port(80)] })] },
      {},
    ],
    [
      'a shared host port while a node is free',
      [host(80)],
      { services: [other(host(80))], tasks: [on('a')] },
      {},
    ],
    ['a shared host port that nobody holds', [host(80)], { services: [other(host(80))] }, {}],
    [
      'a shared host port whose tasks have ended',
      [host(80)],
      {
        services: [other(host(80))],
        tasks: [on('a', { state: 'failed' }), on('b', { desiredState: 'shutdown' })],
      },
      {},
    ],
    [
      'a shared host port kept apart by placement',
      [host(80)],
      { services: [other(host(80))], tasks: [on('b')] },
      { placement: placed(['node.labels.zone == a']) },
    ],
    [
      'a shared host port for no tasks',
      [host(80)],
      { services: [other(host(80))], tasks: [on('a'), on('b')] },
      { replicas: 0 },
    ],
  ])('lets through %s', (_, ports, world, spec) => {
    expect(check(ports, world, spec)).toEqual([]);
  });

  it.each<[string, PublishedPort[], World, Partial<ServiceSpec>, RegExp]>([
    [
      'ingress against ingress',
      [port(80)],
      { services: [other(port(80))] },
      {},
      /"other" \(other\)\. Choose/,
    ],
    [
      'ingress against a port that Swarm chose',
      [port(30_000)],
      {
        services: [service({ id: 'x', name: 'other', ports: [port(null)], publishedPorts: [port(30_000)] })],
      },
      {},
      /30000\/tcp.*"other"/,
    ],
    ['host against ingress', [host(80)], { services: [other(port(80))] }, {}, /"other"/],
    ['ingress against host', [port(80)], { services: [other(host(80))] }, {}, /"other".*in host mode/],
    [
      'host where all nodes are taken',
      [host(80)],
      { services: [other(host(80))], tasks: [on('a'), on('b', { state: 'preparing' })] },
      {},
      /every node.*80\/tcp is taken by "other".*placement/,
    ],
    [
      'host where all nodes that fit are taken',
      [host(80)],
      { services: [other(host(80))], tasks: [on('a')] },
      { placement: placed(['node.labels.zone == a']) },
      /every node/,
    ],
    ['2377/tcp', [port(2377)], {}, {}, /2377\/tcp is the port of the management/],
    ['7946/tcp', [port(7946)], {}, {}, /gossip/],
    ['7946/udp in host mode', [host(7946, { protocol: 'udp' })], {}, {}, /gossip/],
    ['4789/udp', [port(4789, { protocol: 'udp' })], {}, {}, /overlay traffic/],
  ])('refuses %s', (_, ports, world, spec, detail) => {
    const errors = check(ports, world, spec);
    expect(errors.map(([pointer]) => pointer)).toEqual(['/ports/0/publishedPort']);
    expect(errors[0]?.[1]).toMatch(detail);
  });

  it('points at each port that cannot be had, once', () => {
    const services = [other(port(80)), service({ id: 'third', name: 'third', ports: [port(80)] })];
    const errors = check([port(8080), port(80), port(7946), port(null)], { services });
    expect(errors.map(([pointer]) => pointer)).toEqual(['/ports/1/publishedPort', '/ports/2/publishedPort']);
  });

  it('does not judge again what the service has already, unless it changes', () => {
    const services = [other(port(80), host(90))];
    expect(check([port(80), host(90)], { services }, {}, [port(80), host(90)])).toEqual([]);
    expect(check([port(80, { targetPort: 81 })], { services }, {}, [port(80)])).toEqual([]);
    expect(check([host(80)], { services }, {}, [port(80)])).toHaveLength(1);
    expect(check([port(80), port(7946)], { services }, {}, [port(80)])).toHaveLength(1);
  });

  it('refuses a port in ingress mode whichever of two services comes first', () => {
    const arbitraryPort = fc.record({
      publishedPort: fc.integer({ min: 80, max: 82 }),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      publishMode: fc.constantFrom('ingress' as const, 'host' as const),
    });
    fc.assert(
      fc.property(arbitraryPort, arbitraryPort, (one, two) => {
        const [a, b] = [port(1, one), port(1, two)];
        const isRefused = check([a], { services: [other(b)] }).length > 0;
        expect(check([b], { services: [other(a)] }).length > 0).toBe(isRefused);
        const mixed = a.publishMode === 'ingress' || b.publishMode === 'ingress';
        expect(isRefused).toBe(mixed && isSamePort(a, b));
      }),
    );
  });
});

describe('openNodes', () => {
  it('are those that take tasks and meet the constraints', () => {
    const nodes = [
      node({ id: 'open' }),
      node({ id: 'drained', availability: 'drain' }),
      node({ id: 'paused', availability: 'pause' }),
      node({ id: 'down', state: 'down' }),
      node({ id: 'manager', role: 'manager' }),
    ];
    const spec = serviceSpec({ placement: { constraints: ['node.role == worker'] } });
    expect(openNodes(spec, nodes).map(({ id }) => id)).toEqual(['open']);
  });
});
