import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startServer, type OurServer } from '../../bench/kit/our-server.ts';
import { buildIfNeeded } from '../../scripts/build.ts';
import type { Page } from '../../src/api/page.ts';
import type { Network } from '../../src/networks/networks.types.ts';
import type { Operation } from '../../src/operations/operations.types.ts';
import type { Service } from '../../src/services/services.types.ts';
import type { Task } from '../../src/tasks/tasks.types.ts';
import { engineApi } from '../support/engine-api.ts';
import { EventReader } from '../support/event-stream.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';
import { bodyOf } from '../support/surface.ts';

const engine = inject('engine');
const docker = engineApi(engine.dockerHost);
const suffix = randomBytes(4).toString('hex');
const labels = { 'swarmplane.test': suffix };
const STEP_WITHIN_MS = 60_000;
/** Runs until it is told to stop, and then stops at once. */
const RUNS = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done'];
/** The same, but not on more than one network: that makes two interfaces, and the loopback. */
const PICKY = [
  'sh',
  '-c',
  '[ $(grep -c : /proc/net/dev) -le 3 ] || exit 7; trap "exit 0" TERM; while :; do sleep 0.1; done',
];
const POLICY = { parallelism: 1, monitor: 300, failureAction: 'pause', order: 'stop-first' };

/** Watched for long enough that its failure is noticed on a slow machine, too. */
const WATCHED = {
  command: PICKY,
  restartPolicy: { condition: 'none' },
  updateConfig: { ...POLICY, monitor: 5_000 },
};

let server: RealServer;
beforeAll(async () => {
  server = await startRealServer(realPorts(engine));
});
afterAll(async () => {
  const ours = `label=swarmplane.test=${suffix}`;
  for (const kind of ['services', 'networks'] as const) {
    const { items } = bodyOf<Page<{ id: string }>>(await server.rest.get(`/v1/${kind}?${ours}`).expect(200));
    for (const { id } of items) await server.rest.delete(`/v1/${kind}/${id}`);
  }
  await server.close();
});

async function furnish(name: string, services: Record<string, object>): Promise<void> {
  await server.rest.post('/v1/networks').send({ name, labels }).expect(201);
  for (const [service, more] of Object.entries(services)) {
    await server.rest
      .post('/v1/services')
      .set('Prefer', 'wait=60')
      .send({
        name: service,
        labels,
        image: 'busybox:latest',
        command: RUNS,
        updateConfig: POLICY,
        networks: [{ network: name, aliases: [`the-${service}`] }],
        ...more,
      })
      .expect(201);
  }
}

/** The operation as soon as it fits, from the stream of a server. */
async function follow(
  { url, headers }: Pick<RealServer, 'url' | 'headers'>,
  id: string,
  fits: (operation: Operation) => boolean,
): Promise<Operation> {
  const reader = await EventReader.open(`${url}/v1/operations/${id}`, {
    ...headers,
    Accept: 'text/event-stream',
  });
  try {
    const until = Date.now() + STEP_WITHIN_MS;
    while (Date.now() < until) {
      let block;
      try {
        block = await reader.event();
      } catch {
        // A step can take longer than a reader waits for an event.
        const now = (await (await fetch(`${url}/v1/operations/${id}`, { headers })).json()) as Operation;
        if (fits(now) || now.over) return now;
        continue;
      }
      const operation = JSON.parse(block.data ?? '') as Operation;
      if (fits(operation) || operation.over) return operation;
    }
    throw new Error(`The operation ${id} was not there within ${STEP_WITHIN_MS} ms.`);
  } finally {
    reader.close();
  }
}

const isAt =
  (action: string) =>
  ({ steps }: Operation): boolean =>
    steps.some((step) => step.action === action && step.state !== 'pending');

/**
 * Begins to replace a network, kills the server whenever it has come to the next action, and lets another one go on.
 * Answers the operation when it is over, and in the middle of which actions the servers died.
 */
async function replaceAmongKills(network: string): Promise<{ ended: Operation; died: string[] }> {
  const died: string[] = [];
  let one: OurServer = await startServer({ engine });
  try {
    const answer = await fetch(`${one.url}/v1/networks/${network}/replace`, {
      method: 'POST',
      headers: one.headers,
      body: JSON.stringify({ internal: true, labels: { replaced: 'yes' } }),
    });
    const begun = (await answer.json()) as Operation;
    expect(begun).toMatchObject({ state: 'running', replacement: { name: `${network}-2` } });
    for (const action of ['create-network', 'attach', 'detach', 'remove-network']) {
      const { steps } = await follow(one, begun.id, isAt(action));
      died.push(...steps.filter(({ state }) => state === 'running').map((step) => step.action));
      process.kill(one.pid, 'SIGKILL');
      await one.stop();
      one = await startServer({ engine });
    }
    return { ended: await follow(one, begun.id, () => false), died };
  } finally {
    await one.stop();
  }
}

describe('the replacement of a network of a real swarm', () => {
  it('is finished although its server is killed at each kind of step', { timeout: 240_000 }, async () => {
    const old = `test-old-${suffix}`;
    const [web, client] = [`test-web-${suffix}`, `test-client-${suffix}`];
    await furnish(old, { [web]: { replicas: 2 }, [client]: { endpointMode: 'dnsrr' } });
    const before = bodyOf<Network>(await server.rest.get(`/v1/networks/${old}`).expect(200));
    await buildIfNeeded();
    // This server must not go on with it: the others are the ones that die.
    await server.close();
    const { ended, died } = await replaceAmongKills(old).finally(async () => {
      server = await startRealServer(realPorts(engine));
    });

    expect(died).toEqual(expect.arrayContaining(['attach', 'detach']));
    expect(ended).toMatchObject({ state: 'succeeded', percent: 100, message: null });
    const networks = (await docker.get('/networks')) as { Name: string; Id: string; Internal: boolean }[];
    expect(networks.filter(({ Name }) => Name.startsWith(old))).toMatchObject([
      { Name: `${old}-2`, Id: ended.replacement.id, Internal: true },
    ]);
    const after = bodyOf<Network>(await server.rest.get(`/v1/networks/${old}-2`).expect(200));
    expect(after.subnets).not.toEqual(before.subnets);
    for (const name of [web, client]) {
      const service = bodyOf<Service>(await server.rest.get(`/v1/services/${name}`).expect(200));
      expect(service.networks).toEqual([
        { networkId: after.id, aliases: [`the-${name}`], driverOptions: {} },
      ]);
      const { items } = bodyOf<Page<Task>>(
        await server.rest.get(`/v1/tasks?service=${name}&state=running`).expect(200),
      );
      expect(items).toHaveLength(name === web ? 2 : 1);
      for (const task of items) {
        expect(task.addresses.map(({ networkId }) => networkId)).toEqual([after.id]);
      }
    }
  });

  it('stops when a service does not come up, and can be taken back', { timeout: 120_000 }, async () => {
    const old = `test-picky-${suffix}`;
    const [picky, other] = [`test-picky-${suffix}`, `test-zother-${suffix}`];
    await furnish(old, { [picky]: WATCHED, [other]: {} });
    const begun = bodyOf<Operation>(
      await server.rest.post(`/v1/networks/${old}/replace`).send({}).expect(202),
    );
    const stopped = await follow(server, begun.id, ({ over }) => over);
    expect(stopped).toMatchObject({ state: 'stopped', revocable: true });
    expect(stopped.message).toContain(`The service "${picky}" did not come up again: its rollout is`);
    expect(stopped.steps.filter(({ state }) => state === 'failed')).toMatchObject([
      { action: 'attach', serviceName: picky },
    ]);
    // The other one was not touched.
    const untouched = bodyOf<Service>(await server.rest.get(`/v1/services/${other}`).expect(200));
    expect(untouched.previousSpec).toBeNull();

    await server.rest.post(`/v1/operations/${begun.id}/revoke`).expect(202);
    const revoked = await follow(server, begun.id, ({ over }) => over);
    expect(revoked).toMatchObject({ state: 'revoked', percent: 100 });
    await server.rest.get(`/v1/networks/${old}-2`).expect(404);
    const back = bodyOf<Service>(await server.rest.get(`/v1/services/${picky}`).expect(200));
    expect(back).toMatchObject({ runningTasks: 1, networks: [{ aliases: [`the-${picky}`] }] });
  });
});
