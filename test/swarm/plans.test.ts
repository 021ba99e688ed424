import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Plan } from '../../src/domain/plan.ts';
import type { ServiceSpec } from '../../src/domain/service.ts';
import { isWanted, type Task } from '../../src/domain/task.ts';
import type { WrittenService } from '../../src/services/written-service.types.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';
import { bodyOf } from '../support/surface.ts';

const engine = inject('engine');
const suffix = randomBytes(4).toString('hex');
const made: string[] = [];
const networks: string[] = [];
let server: RealServer;

/** Runs until it is told to stop, and then stops at once. */
const RUNS = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done'];
const AT_ONCE = { parallelism: 0, monitor: 1, order: 'stop-first' };
const PORT = 20_000 + Math.floor(Math.random() * 10_000);

beforeAll(async () => {
  server = await startRealServer(realPorts(engine));
  for (const letter of ['a', 'b']) {
    const response = await server.rest
      .post('/v1/networks')
      .send({ name: `test-plan-${letter}-${suffix}`, labels: { 'swarmplane.test': suffix } })
      .expect(201);
    networks.push(bodyOf<{ id: string }>(response).id);
  }
});
afterAll(async () => {
  for (const id of made) await server.rest.delete(`/v1/services/${id}`);
  for (const id of networks) await server.rest.delete(`/v1/networks/${id}?detach=true`);
  await server.close();
});

async function create(stem: string, more: object = {}): Promise<WrittenService> {
  const response = await server.rest
    .post('/v1/services')
    .set('Prefer', 'wait=30')
    .send({
      name: `test-plan-${stem}-${suffix}`,
      labels: { 'swarmplane.test': suffix },
      image: 'busybox:latest',
      command: RUNS,
      updateConfig: AT_ONCE,
      rollbackConfig: AT_ONCE,
      ...more,
    })
    .expect(201);
  const service = bodyOf<WrittenService>(response);
  made.push(service.id);
  expect(service.rollout?.state).toBe('converged');
  return service;
}

/** The tasks that Swarm wants, by the place that each has. */
function places(serviceId: string): Map<number | string, Task> {
  const wanted = server.state.tasks.by('service', serviceId).filter((task) => isWanted(task));
  return new Map(wanted.map((task) => [task.slot ?? task.nodeId ?? task.id, task]));
}

type Call = () => ReturnType<RealServer['rest']['post']>;

/** Plans a write, makes just that, and compares what was said with what Swarm did. */
async function expectPlanKept(id: string, call: Call): Promise<Plan> {
  const plan = bodyOf<Plan>(await call().query({ dryRun: 'true' }).expect(200));
  const before = places(id);
  const { virtualIps, publishedPorts } = bodyOf<WrittenService>(await server.rest.get(`/v1/services/${id}`));
  const response = await call().set('If-Match', `"${plan.version}"`).set('Prefer', 'wait=30');
  expect(response.status, response.text).toBe(200);
  const service = bodyOf<WrittenService>(response);
  expect(service.rollout).toMatchObject({ over: true });
  const after = places(id);

  const kept = [...before.keys()].filter((place) => after.has(place));
  const restarted = kept.filter((place) => before.get(place)?.id !== after.get(place)?.id).length;
  expect(
    { restarted, added: after.size - kept.length, removed: before.size - kept.length },
    JSON.stringify(plan),
  ).toEqual({
    restarted: plan.tasks.restarted,
    added: plan.tasks.added,
    removed: plan.tasks.removed,
  });
  const is = (list: readonly unknown[], one: unknown): boolean =>
    list.some((other) => JSON.stringify(other) === JSON.stringify(one));
  const moved = `${JSON.stringify(virtualIps)} became ${JSON.stringify(service.virtualIps)}`;
  expect(
    virtualIps.filter((one) => !is(service.virtualIps, one)),
    `virtual IPs that went: ${moved}`,
  ).toEqual(
    plan.virtualIps
      .filter(({ change }) => change === 'removed')
      .map(({ networkId, address }) => ({ networkId, address })),
  );
  expect(
    service.virtualIps.filter((one) => !is(virtualIps, one)).map(({ networkId }) => networkId),
    `virtual IPs that came: ${moved}`,
  ).toEqual(plan.virtualIps.filter(({ change }) => change === 'added').map(({ networkId }) => networkId));
  const opened = service.publishedPorts.filter((port) => !is(publishedPorts, port)).length;
  const closed = publishedPorts.filter((port) => !is(service.publishedPorts, port)).length;
  expect({ opened, closed }).toEqual({
    opened: plan.ports.filter(({ change }) => change === 'opened').length,
    closed: plan.ports.filter(({ change }) => change === 'closed').length,
  });
  return plan;
}

/**
 * What each field is changed to in turn, and whether that needs new tasks. Every field that can be written is here: one
 * that is left out does not compile. Null stands for those that need what this engine has not, and are left to others.
 */
const CHANGES: Readonly<
  Record<keyof ServiceSpec, readonly (readonly [value: unknown, restarts: boolean])[] | null>
> = {
  // Cannot be changed at all.
  name: null,
  mode: null,
  maxConcurrent: null,
  totalCompletions: null,
  labels: [[{ l: '1' }, false]],
  replicas: [
    [4, false],
    [2, false],
  ],
  image: [
    ['busybox', true],
    ['busybox:latest', true],
  ],
  command: [[[...RUNS, 'x'], true]],
  args: [[['y'], true]],
  env: [
    [{ A: '1' }, true],
    [{ A: '1' }, false],
    [{ A: null }, true],
  ],
  dir: [['/tmp', true]],
  user: [['0', true]],
  groups: [[['1'], true]],
  hostname: [['h', true]],
  hosts: [[['192.0.2.9 backend'], true]],
  dnsConfig: [[{ nameservers: ['192.0.2.53'], search: ['example.com'], options: ['ndots:2'] }, true]],
  init: [[true, true]],
  tty: [
    [true, true],
    [false, true],
  ],
  openStdin: [[true, true]],
  readOnly: [[true, true]],
  stopSignal: [['SIGTERM', true]],
  stopGracePeriod: [[2_000, true]],
  healthcheck: [[{ test: ['NONE'] }, true]],
  mounts: [[[{ type: 'tmpfs', target: '/scratch' }], true]],
  sysctls: [[{ 'net.ipv4.ip_unprivileged_port_start': '80' }, true]],
  ulimits: [[[{ name: 'nofile', soft: 1_024, hard: 2_048 }], true]],
  capabilityAdd: [[['CAP_NET_ADMIN'], true]],
  capabilityDrop: [[['CAP_MKNOD'], true]],
  containerLabels: [[{ c: '1' }, true]],
  resources: [[{ limits: { memoryBytes: 64 * 2 ** 20 } }, true]],
  restartPolicy: [[{ condition: 'on-failure', maxAttempts: 2 }, true]],
  updateConfig: [[{ delay: 5 }, false]],
  rollbackConfig: [[{ delay: 5 }, false]],
  logDriver: [[{ name: 'local', options: {} }, true]],
  placement: [
    [{ constraints: ['node.role == manager'] }, false],
    [{ preferences: [{ spread: 'node.labels.zone' }] }, false],
    [{ maxReplicas: 5 }, false],
  ],
  // No new tasks, for Swarm takes it that these differ from the spec in their placement alone.
  endpointMode: [
    ['dnsrr', false],
    ['vip', false],
  ],
  networks: [
    [['a', 'b'], true],
    [[], true],
    [['a'], true],
  ],
  ports: [
    [[{ targetPort: 80, publishedPort: PORT }], true],
    [[{ targetPort: 80, publishedPort: PORT + 1 }], true],
    [[{ targetPort: 80, publishedPort: PORT + 2, publishMode: 'ingress' }, { targetPort: 81 }], true],
    [[], true],
  ],
  forceUpdate: [[7, true]],
  // They are references to objects that this test does not make; Windows has the last two.
  secrets: null,
  configs: null,
  privileges: null,
  isolation: null,
  oomScoreAdj: null,
};

const FIELDS = Object.keys(CHANGES) as (keyof ServiceSpec)[];

/**
 * Nearly all the time of a change is Swarm's own waiting, so several services are changed at once: each in the fields
 * from one of these up to the next, one after the other.
 */
const FIRSTS = ['labels', 'dir', 'openStdin', 'sysctls', 'restartPolicy', 'networks'] as const;
const STRETCHES = FIRSTS.map((first, index) => {
  const next = FIRSTS[index + 1];
  return { first, fields: FIELDS.slice(FIELDS.indexOf(first), next && FIELDS.indexOf(next)) };
});

it('every field is changed in one of the services', () => {
  // Those before the first of all cannot be changed.
  const changed = FIELDS.filter((field) => CHANGES[field] !== null);
  expect(STRETCHES.flatMap(({ fields }) => fields).filter((field) => CHANGES[field] !== null)).toEqual(
    changed,
  );
});

describe.concurrent.each(STRETCHES)(
  'what a plan says of a running service, from its $first on, is what Swarm does',
  ({ first, fields }) => {
    let service: WrittenService;
    beforeAll(async () => {
      service = await create(`from-${first.toLowerCase()}`, {
        replicas: 2,
        networks: [{ network: networks[0] }],
      });
    });

    const table = fields.flatMap((field) =>
      (CHANGES[field] ?? []).map(([value, restarts]) => ({ field, value, restarts })),
    );
    it.each(table)('$field to $value', { concurrent: false }, async ({ field, value, restarts }) => {
      const wanted =
        field === 'networks'
          ? (value as string[]).map((letter) => ({ network: networks[letter === 'a' ? 0 : 1] }))
          : value;
      const plan = await expectPlanKept(service.id, () =>
        server.rest.patch(`/v1/services/${service.id}`).send({ [field]: wanted }),
      );
      expect(plan.tasks.restarted).toBe(restarts ? 2 : 0);
      for (const { pointer } of plan.changes) expect(pointer.split('/')[1]).toBe(field);
    });
  },
);

describe.concurrent('what a plan says of several changes is what Swarm does', () => {
  const running = (stem: string): Promise<WrittenService> =>
    create(stem, { replicas: 2, networks: [{ network: networks[0] }] });

  it('placement together with ports, the endpoint mode, and placement as it was', async () => {
    const { id } = await running('placement');
    const patch = (body: object): Promise<Plan> =>
      expectPlanKept(id, () => server.rest.patch(`/v1/services/${id}`).send(body));
    const ports = [{ targetPort: 80, publishedPort: PORT + 3 }];
    const first = await patch({ placement: { maxReplicas: 6 }, ports });
    expect(first.tasks.restarted).toBe(0);
    expect(first.tasks.reasons.join()).toContain('Swarm does not replace tasks whose placement has changed');
    await patch({ ports: [] });
    expect((await patch({ env: { C: '1' } })).tasks.restarted).toBe(2);
    expect((await patch({ endpointMode: 'dnsrr' })).tasks.restarted).toBe(2);
  });

  it('a restart, a rollback of it, an attachment and a detachment', async () => {
    const { id } = await running('restart');
    const path = `/v1/services/${id}`;
    const restart = await expectPlanKept(id, () => server.rest.post(`${path}/restart`));
    expect(restart.changes.map(({ pointer }) => pointer)).toEqual(['/forceUpdate']);
    await expectPlanKept(id, () => server.rest.post(`${path}/rollback`));
    const other = `${path}/networks/${networks[1]}`;
    await expectPlanKept(id, () => server.rest.put(other).send({ aliases: ['x'] }));
    await expectPlanKept(id, () => server.rest.delete(other));
  });

  it('scaling down while everything is replaced', async () => {
    const { id } = await running('scaled');
    const path = `/v1/services/${id}`;
    await expectPlanKept(id, () => server.rest.post(`${path}/scale`).send({ replicas: 3 }));
    const plan = await expectPlanKept(id, () =>
      server.rest.patch(path).send({ replicas: 1, env: { B: '2' } }),
    );
    expect(plan.tasks).toMatchObject({ restarted: 1, added: 0, removed: 2 });
  });
});

describe.concurrent('what a plan says of other services is what Swarm does', () => {
  it('a global service whose node no longer fits, and fits again', async () => {
    const { id } = await create('global', { mode: 'global' });
    const patch = (constraints: string[]): Call => {
      return () => server.rest.patch(`/v1/services/${id}`).send({ placement: { constraints } });
    };
    expect((await expectPlanKept(id, patch(['node.role == manager']))).tasks.restarted).toBe(0);
    expect((await expectPlanKept(id, patch(['node.labels.none == yes']))).tasks.removed).toBe(1);
    expect((await expectPlanKept(id, patch([]))).tasks.added).toBe(1);
    await expectPlanKept(id, () => server.rest.patch(`/v1/services/${id}`).send({ env: { A: '1' } }));
  });

  it('a job, which begins another run at every write', async () => {
    const { id } = await create('job', {
      mode: 'replicated-job',
      totalCompletions: 2,
      command: ['true'],
      restartPolicy: { condition: 'none' },
      updateConfig: null,
      rollbackConfig: null,
    });
    const runs = (): Set<number | null> =>
      new Set(server.state.tasks.by('service', id).map(({ jobIteration }) => jobIteration));
    const labels = { l: '1' };
    const patch: Call = () => server.rest.patch(`/v1/services/${id}`).send({ labels });
    const plan = bodyOf<Plan>(await patch().query({ dryRun: 'true' }).expect(200));
    expect(plan.tasks).toMatchObject({ restarted: 0, added: 2, removed: 0 });
    const before = new Set(server.state.tasks.by('service', id).map((task) => task.id));
    const first = Math.max(...[...runs()].map((run) => run ?? -1));
    await patch().set('Prefer', 'wait=30').expect(200);
    const after = server.state.tasks.by('service', id).filter((task) => !before.has(task.id));
    expect(after.filter(({ jobIteration }) => jobIteration === first + 1)).toHaveLength(2);
    // The same again is no change, so it begins no other.
    expect(bodyOf<Plan>(await patch().query({ dryRun: 'true' }).expect(200)).action).toBe('none');
    await patch().set('Prefer', 'wait=30').expect(200);
    expect(Math.max(...[...runs()].map((run) => run ?? -1))).toBe(first + 1);
  });

  it('a delete', async () => {
    const service = await create('gone', { replicas: 2, networks: [{ network: networks[0] }] });
    const path = `/v1/services/${service.id}`;
    const plan = bodyOf<Plan>(await server.rest.delete(`${path}?dryRun=true`).expect(200));
    expect(plan).toMatchObject({
      action: 'delete',
      tasks: { restarted: 0, added: 0, removed: 2 },
      virtualIps: service.virtualIps.map((one) => ({ ...one, change: 'removed' })),
    });
    await server.rest.get(path).expect(200);
    await server.rest.delete(path).set('If-Match', `"${plan.version}"`).expect(204);
  });
});
