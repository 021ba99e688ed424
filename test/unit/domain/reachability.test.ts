import { describe, expect, it } from 'vitest';
import {
  firstFailure,
  firstFix,
  verdictOf,
  type ExplainStep,
  type Finding,
} from '../../../src/domain/explanation.ts';
import { resolutionOf } from '../../../src/domain/names.ts';
import type { Node } from '../../../src/domain/node.ts';
import { findingsOf, type Way } from '../../../src/domain/reachability.ts';
import { namesOfService } from '../../../src/domain/service-names.ts';
import type { Service } from '../../../src/domain/service.ts';
import type { Task } from '../../../src/domain/task.ts';
import { network, node, service, task } from '../../factories/domain.ts';

const NET = 'net1';
const on = { networks: [{ networkId: NET, aliases: [], driverOptions: {} }] };
const running = (id: string, nodeId: string, more: Partial<Task> = {}): Task =>
  task({ id, nodeId, addresses: [{ networkId: NET, address: `10.0.1.${id.length + 2}` }], ...more });

interface Setup {
  readonly net?: Parameters<typeof network>[0];
  readonly to?: Partial<Service>;
  readonly toTasks?: readonly Task[];
  readonly from?: readonly Task[];
  readonly nodes?: readonly Partial<Node>[];
  readonly port?: number;
}

function look({
  net = {},
  to = {},
  toTasks = [running('t', 'n1')],
  from,
  nodes = [],
  port,
}: Setup): Finding[] {
  const of = service({ ...on, endpointMode: 'dnsrr', ...to });
  const where = network(net);
  const claims = namesOfService(of, toTasks, NET, () => null).filter(({ name }) => name === of.name);
  const known = [{ id: 'n1' }, { id: 'n2' }, { id: 'n3' }].map((each) =>
    node({ ...each, hostname: each.id, ...nodes.find(({ id }) => id === each.id) }),
  );
  const way: Way = {
    network: where,
    source: from ? { name: 'api', service: service({ ...on, id: 'svc2', name: 'api' }), tasks: from } : null,
    to: of,
    toTasks,
    resolution: resolutionOf(where, claims, of.name),
    port: port ?? null,
    node: (id) => known.find((each) => each.id === id),
  };
  return findingsOf(way);
}

const step = (findings: readonly Finding[], name: ExplainStep): Finding | undefined =>
  findings.find((finding) => finding.step === name);

describe('the way to a service', () => {
  it('is open when everything passes', () => {
    expect(verdictOf(look({ from: [running('f', 'n2')] }))).toBe('reachable');
  });

  it('is not known over a virtual IP, which needs IPVS', () => {
    const findings = look({
      to: { endpointMode: 'vip', virtualIps: [{ networkId: NET, address: '10.0.1.2' }] },
    });
    expect(step(findings, 'path')).toMatchObject({ status: 'unknown', fix: { path: '/v1/discovery/probe' } });
    expect(verdictOf(findings)).toBe('unknown');
    expect(firstFix(findings)).toMatchObject({
      path: '/v1/discovery/probe',
      body: '{"network":"front","name":"web"}',
    });
  });

  it('is not known by a name that the last update has changed', () => {
    const before = service({ ...on, endpointMode: 'vip' });
    const findings = look({ to: { previousSpec: before } });
    expect(step(findings, 'name')).toMatchObject({ status: 'unknown', fix: { path: '/v1/discovery/probe' } });
  });

  it('has no virtual IP where Swarm had none left', () => {
    const findings = look({ to: { endpointMode: 'vip' } });
    expect(firstFailure(findings)).toMatchObject({
      step: 'endpoint-mode',
      fix: { method: 'PATCH', body: '{"endpointMode":"dnsrr"}' },
    });
  });

  it.each([
    [false, ['n1'], ['n2'], 'pass'],
    [true, ['n1'], ['n1'], 'pass'],
    [true, ['n1'], ['n2'], 'unknown'],
    [true, ['n1', 'n2'], [], 'unknown'],
  ] as const)('encrypted: %s, from %j to %j: %s', (encrypted, from, to, status) => {
    const tasks = (ids: readonly string[], prefix: string): Task[] =>
      ids.map((id, index) => running(`${prefix}${'x'.repeat(index)}`, id));
    const findings = look({
      net: { encrypted },
      ...(to.length > 0
        ? { from: tasks(from, 'f'), toTasks: tasks(to, 't') }
        : { toTasks: tasks(from, 't') }),
    });
    expect(step(findings, 'encrypted')?.status).toBe(status);
  });

  it.each(['down', 'unknown', 'disconnected'] as const)(
    'fails at nodes that are %s, when no other has a task',
    (state) => {
      const toTasks = [running('t', 'n1'), running('tt', 'n2')];
      const lost = (...ids: string[]) => ids.map((id) => ({ id, state }));
      expect(step(look({ toTasks, nodes: lost('n1') }), 'nodes')?.status).toBe('unknown');
      expect(step(look({ toTasks, nodes: lost('n1', 'n2') }), 'nodes')).toMatchObject({
        status: 'fail',
        fix: { path: '/v1/nodes/n1' },
      });
      // What a lost node wants to reach may be well.
      expect(step(look({ toTasks, from: [running('f', 'n3')], nodes: lost('n3') }), 'nodes')?.status).toBe(
        'unknown',
      );
    },
  );

  it('says which of the ports that a service publishes is meant', () => {
    const ports = [
      { targetPort: 80, publishedPort: 8080, protocol: 'tcp' as const, publishMode: 'ingress' as const },
    ];
    const evidence = (port: number): string => step(look({ to: { ports }, port }), 'port')?.evidence ?? '';
    expect(evidence(80)).toContain('publishes it (80/tcp)');
    expect(evidence(8080)).toContain('inside of its networks it is 80');
    expect(evidence(9)).toContain('publishes no such port');
  });

  it('is through a network without a way out, too', () => {
    expect(step(look({ net: { internal: true } }), 'internal')).toMatchObject({ status: 'pass' });
  });
});
