import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldChanges } from '../../../src/domain/field-changes.ts';
import { mergePatch } from '../../../src/domain/merge-patch.ts';
import { completeSpec, type Partly } from '../../../src/domain/service-defaults.ts';
import {
  planWarnings,
  portChanges,
  specChanges,
  taskEffects,
  virtualIpChanges,
} from '../../../src/domain/service-plan.ts';
import type { PublishedPort, ServiceSpec } from '../../../src/domain/service.ts';
import { specOf } from '../../../src/domain/service-spec.ts';
import { validServiceSpec } from '../../factories/arbitrary.ts';
import { node, service, serviceSpec, task } from '../../factories/domain.ts';

const nodes = [
  node({ id: 'n1', labels: { zone: 'a' } }),
  node({ id: 'n2', labels: { zone: 'b' } }),
  node({ id: 'n3', availability: 'drain' }),
];
const running = [1, 2, 3].map((slot) => task({ id: `t${slot}`, slot, nodeId: slot === 1 ? 'n1' : 'n2' }));
const around = { tasks: running, nodes };
const counts = (before: Partly<ServiceSpec>, after: Partly<ServiceSpec>, more: object = {}) => {
  const { restarted, added, removed } = taskEffects(
    { before: serviceSpec({ replicas: 3, ...before }), after: serviceSpec({ replicas: 3, ...after }) },
    { ...around, ...more },
  );
  return [restarted, added, removed];
};

describe('specChanges', () => {
  it('is empty just when the spec is the same', () => {
    fc.assert(
      fc.property(validServiceSpec, validServiceSpec, fc.boolean(), (before, other, same) => {
        const after = same ? structuredClone(before) : other;
        const effects = taskEffects({ before, after }, around);
        const changes = specChanges({ before, after });
        expect(changes.length === 0).toBe(fieldChanges(before, after).length === 0);
        if (changes.length === 0) expect(effects).toMatchObject({ restarted: 0, added: 0, removed: 0 });
      }),
    );
  });

  it('is empty for a patch that says what is so already', () => {
    fc.assert(
      fc.property(validServiceSpec, (spec) => {
        const after = completeSpec(mergePatch(spec, spec) as Partly<ServiceSpec>);
        expect(specChanges({ before: spec, after })).toEqual([]);
      }),
    );
  });

  it('makes the one of the other', () => {
    fc.assert(
      fc.property(validServiceSpec, validServiceSpec, (before, after) => {
        const made = structuredClone(before) as unknown as Record<string, unknown>;
        for (const { pointer, after: value } of specChanges({ before, after })) set(made, pointer, value);
        // Unset and gone are the same to both.
        expect(fieldChanges(made, after)).toEqual([]);
      }),
    );
  });

  it('of a new service are what it sets, and of one that goes nothing', () => {
    const after = serviceSpec({ replicas: 2, env: { A: '1' }, resources: { limits: { nanoCpus: 5 } } });
    expect(specChanges({ before: null, after })).toEqual(
      expect.arrayContaining([
        { pointer: '/name', before: null, after: 'web' },
        { pointer: '/image', before: null, after: 'nginx' },
        { pointer: '/replicas', before: null, after: 2 },
        { pointer: '/env', before: null, after: { A: '1' } },
        { pointer: '/resources', before: null, after: { limits: { nanoCpus: 5 } } },
      ]),
    );
    expect(specChanges({ before: null, after })).toHaveLength(5);
    expect(specChanges({ before: serviceSpec(), after: null })).toEqual([]);
  });
});

describe('taskEffects', () => {
  it.each([
    [{ labels: { a: '1' } }, [0, 0, 0]],
    [{ updateConfig: { parallelism: 2 } }, [0, 0, 0]],
    [{ rollbackConfig: { parallelism: 2 } }, [0, 0, 0]],
    [{ image: 'nginx:2' }, [3, 0, 0]],
    [{ ports: [{ targetPort: 80 }] }, [3, 0, 0]],
    [{ endpointMode: 'dnsrr' }, [3, 0, 0]],
    [{ forceUpdate: 1 }, [3, 0, 0]],
    [{ replicas: 5 }, [0, 2, 0]],
    [{ replicas: 1 }, [0, 0, 2]],
    [{ replicas: 0 }, [0, 0, 3]],
    [{ replicas: 5, image: 'nginx:2' }, [3, 2, 0]],
    [{ replicas: 2, image: 'nginx:2' }, [2, 0, 1]],
    [{ placement: { maxReplicas: 9 } }, [0, 0, 0]],
    [{ placement: { constraints: ['node.labels.zone == b'] } }, [1, 0, 0]],
    [{ placement: { constraints: ['node.labels.zone == c'] } }, [3, 0, 0]],
    [{ placement: { constraints: ['node.labels.zone == b'] }, env: { A: '1' } }, [3, 0, 0]],
    // Swarm excuses the tasks that keep their nodes from the ports, too.
    [{ placement: { constraints: ['node.labels.zone == b'] }, ports: [{ targetPort: 80 }] }, [1, 0, 0]],
  ] as [Partly<ServiceSpec>, number[]][])('of a change to %j', (after, expected) => {
    expect(counts({}, after)).toEqual(expected);
  });

  it('counts a task that waits for a node as replaced by another placement', () => {
    const tasks = [...running.slice(0, 2), task({ id: 't3', slot: 3, nodeId: null, state: 'pending' })];
    expect(counts({}, { placement: { constraints: ['node.role == worker'] } }, { tasks })).toEqual([1, 0, 0]);
  });

  it('counts places, not tasks, and no task that has ended or is told to', () => {
    const tasks = [
      ...running,
      task({ id: 't1b', slot: 1, state: 'starting' }),
      task({ id: 't4', slot: 4, state: 'failed', desiredState: 'shutdown' }),
      task({ id: 't5', slot: 5, desiredState: 'shutdown' }),
    ];
    expect(counts({}, { image: 'nginx:2' }, { tasks })).toEqual([3, 0, 0]);
  });

  it('goes by what a task was made of where that is not the spec before', () => {
    const older = serviceSpec({ replicas: 3, placement: { maxReplicas: 7 } });
    const madeOf = () => older;
    const ports = [{ targetPort: 80 }];
    expect(counts({}, { ports }, { madeOf })).toEqual([0, 0, 0]);
    expect(counts({}, { ports, placement: { maxReplicas: 7 } }, { madeOf })).toEqual([3, 0, 0]);
    // Back to what some tasks still are.
    const image = 'nginx:2';
    expect(counts({ image }, {}, { madeOf: () => serviceSpec({ replicas: 3 }) })).toEqual([0, 0, 0]);
    expect(counts({ image }, { image, labels: { a: '1' } }, { madeOf: () => serviceSpec() })).toEqual([
      3, 0, 0,
    ]);
  });

  it('of a global service is by its nodes', () => {
    const tasks = [task({ id: 'a', slot: null, nodeId: 'n1' }), task({ id: 'b', slot: null, nodeId: 'n2' })];
    const global = (before: Partly<ServiceSpec>, after: Partly<ServiceSpec>) =>
      counts(
        { mode: 'global', replicas: null, ...before },
        { mode: 'global', replicas: null, ...after },
        { tasks },
      );
    const onlyB = { placement: { constraints: ['node.labels.zone == b'] } };
    expect(global({}, { image: 'nginx:2' })).toEqual([2, 0, 0]);
    expect(global({}, onlyB)).toEqual([0, 0, 1]);
    expect(global({}, { ...onlyB, image: 'nginx:2' })).toEqual([1, 0, 1]);
    const one = { tasks: tasks.slice(1), nodes };
    const before = serviceSpec({ mode: 'global', replicas: null, ...onlyB });
    const after = serviceSpec({ mode: 'global', replicas: null });
    expect(taskEffects({ before, after }, one)).toMatchObject({ restarted: 0, added: 1, removed: 0 });
  });

  it('of a job is another run, whatever was written', () => {
    const job = { mode: 'replicated-job', replicas: null, totalCompletions: 5, maxConcurrent: 2 } as const;
    expect(counts(job, { ...job, labels: { a: '1' } })).toEqual([0, 5, 3]);
    expect(counts(job, job)).toEqual([0, 0, 0]);
    const globalJob = { mode: 'global-job', replicas: null } as const;
    expect(counts(globalJob, { ...globalJob, labels: { a: '1' } }, { tasks: [] })).toEqual([0, 2, 0]);
  });

  it('of a create and a delete are all of them', () => {
    const spec = serviceSpec({ replicas: 4 });
    expect(taskEffects({ before: null, after: spec }, { tasks: [], nodes })).toMatchObject({ added: 4 });
    expect(taskEffects({ before: spec, after: null }, around)).toMatchObject({ removed: 3, added: 0 });
  });

  it('never restarts more than there is, and says why it does', () => {
    fc.assert(
      fc.property(validServiceSpec, validServiceSpec, (before, other) => {
        const after = { ...other, mode: before.mode };
        const { restarted, added, removed, reasons } = taskEffects({ before, after }, around);
        expect(restarted + removed).toBeLessThanOrEqual(running.length);
        expect(Math.min(restarted, added, removed)).toBeGreaterThanOrEqual(0);
        if (restarted > 0) expect(reasons.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('virtualIpChanges', () => {
  const given = [{ networkId: 'a', address: '10.0.0.2' }];
  const on = (...ids: string[]) => ids.map((networkId) => ({ networkId, aliases: [], driverOptions: {} }));

  it.each([
    [{ networks: on('a') }, []],
    [{ networks: on('a', 'b') }, ['added b null']],
    [{ networks: on('b') }, ['removed a 10.0.0.2', 'added b null']],
    [{ networks: on('a'), endpointMode: 'dnsrr' }, ['removed a 10.0.0.2']],
    [{ networks: on('a'), ports: [{ targetPort: 80 }] }, ['added ingress null']],
    [{ networks: on('a'), ports: [{ targetPort: 80, publishMode: 'host' }] }, []],
  ] as [Partly<ServiceSpec>, string[]][])('of %j', (after, expected) => {
    const changes = virtualIpChanges({ before: serviceSpec(), after: serviceSpec(after) }, given, 'ingress');
    expect(changes.map(({ change, networkId, address }) => `${change} ${networkId} ${address}`)).toEqual(
      expected,
    );
  });

  it('of a delete gives all of them back', () => {
    expect(virtualIpChanges({ before: serviceSpec(), after: null }, given, 'ingress')).toEqual([
      { networkId: 'a', change: 'removed', address: '10.0.0.2' },
    ]);
  });
});

describe('portChanges', () => {
  const port = (more: Partial<PublishedPort> = {}): PublishedPort => ({
    targetPort: 80,
    publishedPort: 8080,
    protocol: 'tcp',
    publishMode: 'ingress',
    ...more,
  });
  const told = (open: PublishedPort[], after: PublishedPort[]): string[] =>
    portChanges(open, after).map(
      (one) => `${one.change} ${one.publishedPort}:${one.targetPort}/${one.publishMode}`,
    );

  it('opens and closes what differs', () => {
    expect(told([port()], [port()])).toEqual([]);
    expect(told([port()], [])).toEqual(['closed 8080:80/ingress']);
    expect(told([port()], [port({ publishedPort: 8081 })])).toEqual([
      'closed 8080:80/ingress',
      'opened 8081:80/ingress',
    ]);
    expect(told([port()], [port({ publishMode: 'host' })])).toHaveLength(2);
    expect(told([], [port({ publishedPort: null })])).toEqual(['opened null:80/ingress']);
  });

  it('leaves a port open that Swarm chose', () => {
    expect(told([port({ publishedPort: 30_000 })], [port({ publishedPort: null })])).toEqual([]);
    expect(told([port({ publishedPort: 30_000 })], [port({ publishedPort: null }), port()])).toEqual([
      'opened 8080:80/ingress',
    ]);
  });
});

describe('planWarnings', () => {
  const warned = (after: Partly<ServiceSpec>, isUpdating = false): string => {
    const change = { before: serviceSpec({ replicas: 3 }), after: serviceSpec({ replicas: 3, ...after }) };
    return planWarnings(change, taskEffects(change, around), { ...around, isUpdating }).join(' ');
  };

  it('speaks of an update under way, of no place to go, and of a gap', () => {
    expect(warned({ labels: { a: '1' } })).toBe('');
    expect(warned({ labels: { a: '1' } }, true)).toContain('under way');
    expect(warned({ placement: { constraints: ['node.labels.zone == x'] } })).toContain('No node');
    expect(warned({ image: 'b', updateConfig: { parallelism: 0 } })).toContain('nothing answers');
    expect(warned({ image: 'b', updateConfig: { parallelism: 0, order: 'start-first' } })).toBe('');
    expect(warned({ image: 'b' })).toBe('');
  });
});

describe('specOf', () => {
  it('is what can be written of a service, and all of it', () => {
    fc.assert(
      fc.property(validServiceSpec, (spec) => {
        expect(specOf(service(spec))).toEqual(spec);
      }),
    );
  });
});

/** Puts a value at a JSON pointer; null takes what is there away. */
function set(target: Record<string, unknown>, pointer: string, value: unknown): void {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() ?? '';
  const parent = keys.reduce((part, key) => part[key] as Record<string, unknown>, target);
  if (value === null) delete parent[last];
  else Object.defineProperty(parent, last, { value, enumerable: true, configurable: true, writable: true });
}
