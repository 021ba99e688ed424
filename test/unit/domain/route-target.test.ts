import { describe, expect, it } from 'vitest';
import type { RouterReach } from '../../../src/domain/route-network.ts';
import { targetOf, type RouteSurroundings } from '../../../src/domain/route-target.ts';
import type { Network } from '../../../src/domain/network.ts';
import type { Service } from '../../../src/domain/service.ts';
import type { Task } from '../../../src/domain/task.ts';
import { network, service, task } from '../../factories/domain.ts';
import { routeSpec } from '../../factories/route.ts';

const EDGE = network({ id: 'n-edge', name: 'edge', labels: { 'io.swarmplane.router': '' } });
const AREA = network({ id: 'n-area', name: 'area', labels: { 'io.swarmplane.router': '' } });
const BACK = network({ id: 'n-back', name: 'back' });
const on = (...networks: Network[]) =>
  networks.map(({ id }) => ({ networkId: id, aliases: [], driverOptions: {} }));

const WEB = service({ id: 's-web', name: 'web', networks: on(EDGE, BACK) });
const TASK = task({
  serviceId: 's-web',
  addresses: [
    { networkId: EDGE.id, address: '10.1.0.5' },
    { networkId: BACK.id, address: '10.2.0.5' },
  ],
});

const around = (
  services: readonly Service[] = [WEB],
  tasks: readonly Task[] = [TASK],
  reach: RouterReach | null = null,
): RouteSurroundings => ({
  service: (reference) => services.find(({ id, name }) => id === reference || name === reference),
  network: (id) => [EDGE, AREA, BACK].find((one) => one.id === id),
  tasksOf: (id) => tasks.filter(({ serviceId }) => serviceId === id),
  reach,
});

describe('targetOf', () => {
  it('reaches running tasks over a network of the routers, and drains those that are to stop', () => {
    const tasks = [
      TASK,
      { ...TASK, id: 'leaving', desiredState: 'shutdown' as const },
      { ...TASK, id: 'starting', state: 'starting' as const },
      { ...TASK, id: 'over', state: 'complete' as const, desiredState: 'shutdown' as const },
    ];
    const { servers, waits, trouble, networks } = targetOf(routeSpec(), null, around([WEB], tasks));
    expect(servers.map(({ id, address, state }) => [id, address, state])).toEqual([
      ['leaving', '10.1.0.5', 'drain'],
      ['task1', '10.1.0.5', 'ready'],
    ]);
    expect([waits, trouble, networks]).toEqual([false, null, [EDGE.id]]);
  });

  it('reaches them over the network that the route names', () => {
    const { servers } = targetOf(routeSpec({ network: 'back' }), null, around());
    expect(servers.map(({ address }) => address)).toEqual(['10.2.0.5']);
    const elsewhere = targetOf(routeSpec({ network: 'area' }), null, around());
    expect(elsewhere).toMatchObject({
      waits: true,
      trouble: expect.stringContaining('/networks/area') as string,
    });
  });

  it('chooses the first network by name that all routers are on', () => {
    const web = { ...WEB, networks: on(EDGE, AREA) };
    const tasks = [{ ...TASK, addresses: [...TASK.addresses, { networkId: AREA.id, address: '10.3.0.5' }] }];
    const chosen = (networks: string[] | null): string | undefined =>
      targetOf(
        routeSpec(),
        null,
        around([web], tasks, networks && { networks: new Set(networks), ports: new Set() }),
      ).servers[0]?.address;
    expect(chosen(null)).toBe('10.3.0.5');
    expect(chosen([EDGE.id, AREA.id])).toBe('10.3.0.5');
    expect(chosen([EDGE.id])).toBe('10.1.0.5');
    expect(chosen([])).toBeUndefined();
  });

  it('says how routers come to a network that they are not on', () => {
    const trouble = (name: string): string | null =>
      targetOf(
        routeSpec({ network: name }),
        null,
        around([WEB], [TASK], { networks: new Set(), ports: new Set() }),
      ).trouble;
    expect(trouble('edge')).toContain('Not all routers are on');
    expect(trouble('back')).toContain('PUT /v1/services/{service}/networks/back');
  });

  it('has the virtual IP as its one server while a task runs', () => {
    const web = { ...WEB, virtualIps: [{ networkId: EDGE.id, address: '10.1.0.2' }] };
    const vip = routeSpec({ upstream: 'vip' });
    expect(targetOf(vip, null, around([web])).servers).toEqual([
      { id: 's-web', service: 'web', address: '10.1.0.2', port: 8080, weight: 100, state: 'ready' },
    ]);
    expect(targetOf(vip, null, around([web], [])).waits).toBe(true);
    const dnsrr = targetOf(vip, null, around([{ ...web, endpointMode: 'dnsrr' }]));
    expect(dnsrr.refusal).toContain('dnsrr');
  });

  it('takes the only port that is published, and is refused where there is none or several', () => {
    const port = (...targets: number[]): number | string | null | undefined => {
      const ports = targets.map((targetPort) => ({
        targetPort,
        publishedPort: null,
        protocol: 'tcp' as const,
        publishMode: 'ingress' as const,
      }));
      const spec = routeSpec({ backends: [{ service: 'web', port: null, weight: 1 }] });
      const { servers, refusal } = targetOf(spec, null, around([{ ...WEB, ports }]));
      return refusal ?? servers[0]?.port;
    };
    expect(port(80)).toBe(80);
    expect(port()).toContain('publishes none');
    expect(port(80, 81)).toContain('publishes 2');
  });

  it('goes on without a backend that is gone, and is refused without any', () => {
    const backends = [
      { service: 'web', port: 80, weight: 9 },
      { service: 'canary', port: 80, weight: 1 },
    ];
    const part = targetOf(routeSpec({ backends }), null, around());
    expect(part).toMatchObject({
      refusal: null,
      waits: false,
      trouble: expect.stringContaining('canary') as string,
    });
    expect(part.servers).toHaveLength(1);
    expect(targetOf(routeSpec({ backends }), null, around([])).refusal).toContain('"web"');
  });

  it.each([
    ['another service', {}, {}, true],
    ['one of its stack', { 'com.docker.stack.namespace': 'a' }, { 'com.docker.stack.namespace': 'a' }, false],
    [
      'one of another stack',
      { 'com.docker.stack.namespace': 'a' },
      { 'com.docker.stack.namespace': 'b' },
      true,
    ],
    ['one that consents', {}, { 'swarmplane.backend-for': 'x, web' }, false],
    ['one that consents to others', {}, { 'swarmplane.backend-for': 'website' }, true],
  ])('of labels may not lead to %s without leave', (_, own, theirs, isRefused) => {
    const other = { ...WEB, id: 's-other', name: 'other', labels: theirs };
    const spec = routeSpec({ backends: [{ service: 'other', port: 80, weight: 1 }] });
    const { refusal } = targetOf(spec, { id: 's-web', name: 'web', labels: own }, around([WEB, other]));
    expect(refusal !== null).toBe(isRefused);
    expect(targetOf(spec, null, around([WEB, other])).refusal).toBeNull();
  });

  it('waits where no router listens on its port', () => {
    const spec = routeSpec({ protocol: 'tcp', hosts: [], listen: 5432 });
    const reach = (...ports: number[]): RouterReach => ({
      networks: new Set([EDGE.id]),
      ports: new Set(ports),
    });
    expect(targetOf(spec, null, around([WEB], [TASK], reach(80))).waits).toBe(true);
    expect(targetOf(spec, null, around([WEB], [TASK], reach(80, 5432))).waits).toBe(false);
    expect(targetOf(spec, null, around()).waits).toBe(false);
  });
});
