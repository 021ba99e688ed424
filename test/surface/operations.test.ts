import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { askedBy } from '../../src/api/asker.ts';
import { createApp } from '../../src/app.ts';
import type { Problem } from '../../src/api/error-table.ts';
import type { Page } from '../../src/api/page.ts';
import type { Plan } from '../../src/api/plan.types.ts';
import { newToken } from '../../src/auth/token-format.ts';
import type { Network } from '../../src/domain/network.ts';
import type { Service } from '../../src/domain/service.ts';
import { NetworkReplacement } from '../../src/operations/network-replacement.service.ts';
import { OperationRunner } from '../../src/operations/operation-runner.ts';
import { OperationsService } from '../../src/operations/operations.service.ts';
import type { Operation } from '../../src/operations/operations.types.ts';
import { ClusterState } from '../../src/swarm/cluster-state.ts';
import { ITSELF, principalWith } from '../../src/domain/role.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { EventReader } from '../support/event-stream.ts';
import { matching } from '../support/matching.ts';
import { MortalGateway, type Death } from '../support/mortal-gateway.ts';
import { Subscription } from '../support/subscription.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

/** Short, so that a server that died is missed soon; far longer than a write takes. */
const LEASE_MS = 150;
const WITHIN_MS = 15_000;
const QUICK = { parallelism: 0, monitor: 1 };

let surface: Surface | undefined;
afterEach(async () => {
  await surface?.close();
  surface = undefined;
});

async function start(swarm = new FakeSwarm()): Promise<Surface> {
  surface = await startSurface({ swarm });
  return surface;
}

/** Two services of which one has an alias, and a global one, on the network `old`. */
async function furnish({ rest, swarm }: Surface): Promise<void> {
  await rest
    .post('/v1/networks')
    .send({ name: 'old', labels: { team: 'green' }, attachable: true, options: { mtu: '1400' } })
    .expect(201);
  const on = (aliases: string[]): unknown => [{ network: 'old', aliases }];
  const common = { image: 'nginx', updateConfig: QUICK };
  await rest
    .post('/v1/services')
    .send({ ...common, name: 'web', replicas: 2, networks: on(['front']) })
    .expect(201);
  await rest
    .post('/v1/services')
    .send({ ...common, name: 'db', networks: on([]) })
    .expect(201);
  await rest
    .post('/v1/services')
    .send({ ...common, name: 'agent', mode: 'global', networks: on([]) })
    .expect(201);
  await swarm.settled();
}

async function begin({ rest }: Surface, input: Record<string, unknown> = {}): Promise<Operation> {
  return bodyOf<Operation>(await rest.post('/v1/networks/old/replace').send(input).expect(202));
}

const now = ({ app }: Pick<Surface, 'app'>, id: string): Operation =>
  askedBy(ITSELF, () => app.get(OperationsService, { strict: false }).get(id));

/** The operation once it does not go on by itself. */
async function over({ app }: Surface, id: string): Promise<Operation> {
  let last: Operation | undefined;
  const operations = app.get(OperationsService, { strict: false });
  for await (const operation of askedBy(ITSELF, () => operations.follow(id))) last = operation;
  return last as Operation;
}

const networksOf = (swarm: FakeSwarm): Record<string, string[]> => {
  const names = new Map(swarm.all('network').map(({ id, name }) => [id, name]));
  return Object.fromEntries(
    swarm
      .all('service')
      .map(({ name, networks }) => [name, networks.map(({ networkId }) => names.get(networkId) ?? '?')]),
  );
};
const networkNames = (swarm: FakeSwarm): string[] =>
  swarm
    .all('network')
    .map(({ name }) => name)
    .sort();

describe('replacing a network', () => {
  it('makes a new one, moves each service over, and removes the old one', async () => {
    const { rest, swarm, state } = await start();
    await furnish(surface as Surface);
    const before = bodyOf<Network>(await rest.get('/v1/networks/old').expect(200));
    // Any two services share a network at any time.
    const apart: string[] = [];
    state.subscribe(() => {
      const attached = state.services
        .all()
        .map(({ networks }) => new Set(networks.map(({ networkId }) => networkId)));
      for (const one of attached) {
        for (const other of attached) if (![...one].some((id) => other.has(id))) apart.push('apart');
      }
    });

    const begun = await begin(surface as Surface, { encrypted: true, labels: { tier: 'a' } });
    expect(begun).toMatchObject({
      type: 'replace-network',
      state: 'running',
      over: false,
      revocable: true,
      network: { id: before.id, name: 'old' },
      replacement: { id: null, name: 'old-2' },
      order: 'attach-first',
      percent: 0,
      message: null,
    });
    expect(begun.steps.map(({ action, serviceName, network }) => [action, serviceName, network])).toEqual([
      ['create-network', null, 'new'],
      ['attach', 'agent', 'new'],
      ['attach', 'db', 'new'],
      ['attach', 'web', 'new'],
      ['detach', 'agent', 'old'],
      ['detach', 'db', 'old'],
      ['detach', 'web', 'old'],
      ['remove-network', null, 'old'],
    ]);

    const ended = await over(surface as Surface, begun.id);
    expect(ended).toMatchObject({ state: 'succeeded', over: true, revocable: false, percent: 100 });
    expect(ended.steps.map(({ state }) => state)).toEqual(ended.steps.map(() => 'done'));
    expect(apart).toEqual([]);
    expect(networkNames(swarm)).toEqual(['ingress', 'old-2']);
    const after = bodyOf<Network>(await rest.get('/v1/networks/old-2').expect(200));
    expect(after).toMatchObject({
      id: ended.replacement.id,
      encrypted: true,
      attachable: true,
      labels: { team: 'green', tier: 'a', 'swarmplane.operation': begun.id },
      options: expect.objectContaining({ mtu: '1400' }) as unknown,
    });
    expect(after.subnets).not.toEqual(before.subnets);
    expect(networksOf(swarm)).toEqual({ web: ['old-2'], db: ['old-2'], agent: ['old-2'] });
    const web = bodyOf<Service>(await rest.get('/v1/services/web').expect(200));
    expect(web.networks).toEqual([{ networkId: after.id, aliases: ['front'], driverOptions: {} }]);
  });

  it('switches in one update where that is asked for, and always with jobs', async () => {
    const { swarm } = await start();
    await furnish(surface as Surface);
    const begun = await begin(surface as Surface, { order: 'switch', name: 'other' });
    expect(begun.steps.map(({ action }) => action)).toEqual([
      'create-network',
      'move',
      'move',
      'move',
      'remove-network',
    ]);
    expect(await over(surface as Surface, begun.id)).toMatchObject({ state: 'succeeded' });
    expect(networksOf(swarm)).toEqual({ web: ['other'], db: ['other'], agent: ['other'] });
  });

  it('tells its progress as server-sent events and in GraphQL', async () => {
    const { address, adminToken, swarm } = await start();
    const here = surface as Surface;
    await furnish(here);
    // So that there are many signs of life.
    here.app.get(OperationRunner, { strict: false }).leaseMs = 50;
    swarm.holdTasks();
    const { replaceNetwork } = await here.data<{ replaceNetwork: Operation }>(
      `mutation { replaceNetwork(id: "old", input: { internal: true, order: SWITCH }) { id state type order steps { action state } } }`,
    );
    expect(replaceNetwork).toMatchObject({ state: 'RUNNING', type: 'REPLACE_NETWORK', order: 'SWITCH' });
    const { id } = replaceNetwork;
    const reader = await EventReader.open(`http://${address}/v1/operations/${id}`, {
      Authorization: `Bearer ${adminToken}`,
      Accept: 'text/event-stream',
    });
    const subscription = new Subscription<{ operation: Operation }>(
      `ws://${address}/graphql`,
      { Authorization: `Bearer ${adminToken}` },
      'subscription ($id: ID!) { operation(id: $id) { id state over percent } }',
      { id },
    );
    expect((await subscription.next()).operation).toMatchObject({ id, state: 'RUNNING', over: false });
    const { version } = now(here, id);
    const isLater = await here.state.until(
      () => now(here, id).version > version + 20 || undefined,
      WITHIN_MS,
    );
    expect(isLater).toBe(true);
    swarm.releaseTasks();
    let last: Operation | undefined;
    const told: string[] = [];
    const percents: number[] = [];
    while (!last?.over) {
      const block = await reader.event();
      expect(block.event).toBe('operation');
      last = JSON.parse(block.data ?? '') as Operation;
      percents.push(last.percent);
      told.push(JSON.stringify({ ...last, version: 0, updatedAt: '' }));
    }
    await reader.end();
    expect(new Set(told).size).toBe(told.length);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(last).toMatchObject({ state: 'succeeded', percent: 100 });
    let subscribed = (await subscription.next()).operation;
    while (!subscribed.over) subscribed = (await subscription.next()).operation;
    expect(subscribed).toMatchObject({ state: 'SUCCEEDED', percent: 100 });
    await subscription.close();
    const metrics = await here.rest.get('/metrics').expect(200);
    expect(metrics.text).toContain('swarmplane_operations{state="succeeded"} 1');
    const asked = await here.data<{ operation: Operation; operations: { nodes: Operation[] } }>(
      `query ($id: ID!) { operation(id: $id) { state percent replacement { name } } operations(filter: { network: "old" }) { nodes { id } } }`,
      { id },
    );
    expect(asked).toMatchObject({
      operation: { state: 'SUCCEEDED', percent: 100, replacement: { name: 'old-2' } },
      operations: { nodes: [{ id }] },
    });
  });

  it('plans without writing anything', async () => {
    const { rest, swarm } = await start();
    await furnish(surface as Surface);
    const calls = swarm.gateway.calls.length;
    const plan = bodyOf<Plan>(
      await rest.post('/v1/networks/old/replace?dryRun=true').send({ encrypted: true }).expect(200),
    );
    expect(plan).toMatchObject({
      action: 'replace',
      kind: 'network',
      name: 'old',
      changes: [
        { pointer: '/name', before: 'old', after: 'old-2' },
        { pointer: '/encrypted', before: false, after: true },
      ],
      tasks: { restarted: 8 },
    });
    expect(plan.virtualIps).toHaveLength(3);
    expect(swarm.gateway.calls.slice(calls).filter((call) => /^(create|update|remove)/.test(call))).toEqual(
      [],
    );
    expect(bodyOf<Page<Operation>>(await rest.get('/v1/operations').expect(200)).items).toEqual([]);
  });

  it('unsets what is null', async () => {
    const { rest } = await start();
    await furnish(surface as Surface);
    const nulls = { labels: null, options: null, attachable: null, subnets: null, name: null, order: null };
    const plan = bodyOf<Plan>(
      await rest.post('/v1/networks/old/replace?dryRun=true').send(nulls).expect(200),
    );
    expect(plan.changes).toEqual([
      { pointer: '/name', before: 'old', after: 'old-2' },
      { pointer: '/labels/team', before: 'green', after: null },
      { pointer: '/options/mtu', before: '1400', after: null },
      { pointer: '/attachable', before: true, after: false },
    ]);
  });

  it('is refused where it cannot work, with nothing done', async () => {
    const { rest, swarm } = await start();
    await furnish(surface as Surface);
    await rest.post('/v1/networks').send({ name: 'taken' }).expect(201);
    const refused = async (input: object, status: number, network = 'old'): Promise<Problem> =>
      bodyOf<Problem>(await rest.post(`/v1/networks/${network}/replace`).send(input).expect(status));
    expect(await refused({}, 404, 'none')).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refused({}, 409, 'ingress')).toMatchObject({ code: 'CONFLICT' });
    expect(await refused({ name: 'old' }, 400)).toMatchObject({ errors: [{ pointer: '/name' }] });
    expect(await refused({ name: 'taken' }, 409)).toMatchObject({ code: 'NAME_TAKEN' });
    expect(await refused({ driver: 'bridge' }, 400)).toMatchObject({ errors: [{ pointer: '/driver' }] });
    expect(await refused({ order: 'sideways' }, 400)).toMatchObject({ errors: [{ pointer: '/order' }] });
    expect(await refused({ subnets: [{ subnet: '10.0.0.0/24' }] }, 409)).toMatchObject({
      errors: [{ pointer: '/subnets/0/subnet' }],
    });
    expect(await refused({ subnets: [{ subnet: '10.99.0.0/29' }] }, 409)).toMatchObject({
      errors: [{ pointer: '/subnets', detail: matching(/room for 6 addresses, and \d+ are in use/) }],
    });
    await rest.post('/v1/networks/old/replace').set('If-Match', '"1"').send({}).expect(412);
    const { id = '' } = swarm.all('network').find(({ name }) => name === 'old') ?? {};
    const { taskId } = swarm.joinByHand(id);
    await swarm.settled();
    expect(await refused({}, 409)).toMatchObject({
      code: 'IN_USE',
      detail: matching(/docker network disconnect/),
    });
    swarm.leaveByHand(taskId);
    await swarm.settled();
    expect(networkNames(swarm)).toEqual(['ingress', 'old', 'taken']);

    const viewer = await (surface as Surface).tokenFor('viewer');
    await (surface as Surface).as(viewer).post('/v1/networks/old/replace').send({}).expect(403);
    swarm.holdTasks();
    const { id: operation } = await begin(surface as Surface);
    expect(await refused({}, 409)).toMatchObject({
      code: 'IN_PROGRESS',
      detail: matching(new RegExp(operation)),
    });
    await rest.delete(`/v1/operations/${operation}`).expect(409);
    await rest.post(`/v1/operations/${operation}/resume`).send({}).expect(409);
    await (surface as Surface).as(viewer).post(`/v1/operations/${operation}/revoke`).expect(403);
    await (surface as Surface).as(viewer).get(`/v1/operations/${operation}`).expect(200);
    swarm.releaseTasks();
    expect(await over(surface as Surface, operation)).toMatchObject({ state: 'succeeded' });
    await rest.post(`/v1/operations/${operation}/revoke`).expect(409);
    await rest.get('/v1/operations/nonsense').expect(404);
    await rest.delete(`/v1/operations/${operation}`).expect(204);
    await rest.get(`/v1/operations/${operation}`).expect(404);
  });

  it('takes along a service that came late', async () => {
    const { rest, swarm } = await start();
    await furnish(surface as Surface);
    swarm.holdTasks();
    const { id } = await begin(surface as Surface, { order: 'switch' });
    await rest
      .post('/v1/services')
      .send({ name: 'late', image: 'nginx', networks: [{ network: 'old' }], updateConfig: QUICK })
      .expect(201);
    swarm.releaseTasks();
    const ended = await over(surface as Surface, id);
    expect(ended.state).toBe('succeeded');
    expect(ended.steps.at(-2)).toMatchObject({ action: 'move', serviceName: 'late', state: 'done' });
    expect(networksOf(swarm)['late']).toEqual(['old-2']);
  });

  it('passes over a service that is deleted meanwhile', async () => {
    const { rest, swarm } = await start();
    await furnish(surface as Surface);
    swarm.holdTasks();
    const { id } = await begin(surface as Surface);
    await rest.delete('/v1/services/web').expect(204);
    swarm.releaseTasks();
    const ended = await over(surface as Surface, id);
    expect(ended.state).toBe('succeeded');
    expect(ended.steps.filter(({ serviceName }) => serviceName === 'web')).toMatchObject([
      { state: 'skipped', message: 'The service has been deleted.' },
      { state: 'skipped' },
    ]);
  });

  it('stops at what goes wrong, says why, and goes on when it is mended', async () => {
    const { rest, swarm } = await start();
    await furnish(surface as Surface);
    swarm.holdTasks();
    const { id } = await begin(surface as Surface);
    // Somebody joins the old network by hand: it cannot be removed.
    const { id: old = '' } = swarm.all('network').find(({ name }) => name === 'old') ?? {};
    const { taskId } = swarm.joinByHand(old);
    swarm.releaseTasks();
    const stopped = await over(surface as Surface, id);
    expect(stopped).toMatchObject({ state: 'stopped', over: true, revocable: true });
    expect(stopped.message).toMatch(/docker network disconnect.*resume the operation/);
    expect(stopped.steps.at(-1)).toMatchObject({ action: 'remove-network', state: 'failed' });
    // Without the removal there is no end: this step cannot be passed over.
    await rest.post(`/v1/operations/${id}/resume`).send({ skip: true }).expect(409);
    swarm.leaveByHand(taskId);
    await swarm.settled();
    await rest.post(`/v1/operations/${id}/resume`).send({}).expect(202);
    expect(await over(surface as Surface, id)).toMatchObject({ state: 'succeeded' });
    expect(networkNames(swarm)).toEqual(['ingress', 'old-2']);
  });

  it('goes on after the engine was away for a while', async () => {
    const { swarm } = await start();
    await furnish(surface as Surface);
    swarm.holdTasks();
    const { id } = await begin(surface as Surface);
    swarm.fail('engine-unreachable');
    swarm.releaseTasks();
    await new Promise((resolve) => setTimeout(resolve, 50));
    swarm.recover();
    expect(await over(surface as Surface, id)).toMatchObject({ state: 'succeeded' });
  });
});

describe('revoking the replacement of a network', () => {
  it.each([
    ['attach-first', 1],
    ['switch', 1],
    ['attach-first', 4],
  ])('takes all back, with %s and after %i steps', async (order, steps) => {
    const { rest, swarm, state } = await start();
    const here = surface as Surface;
    await furnish(here);
    const before = networksOf(swarm);
    const aliases = state.services.named('web')[0]?.networks;
    if (steps === 1) swarm.holdTasks();
    const { id } = await begin(here, { order });
    const reached = await state.until(() => {
      const done = now(here, id).steps.filter(({ state }) => state === 'done').length;
      if (done < steps) return undefined;
      swarm.holdTasks();
      return true;
    }, WITHIN_MS);
    expect(reached).toBe(true);
    const revoked = bodyOf<Operation>(await rest.post(`/v1/operations/${id}/revoke`).expect(202));
    expect(revoked).toMatchObject({ state: 'revoking', revocable: false });
    await rest.post(`/v1/operations/${id}/revoke`).expect(409);
    swarm.releaseTasks();
    const ended = await over(here, id);
    expect(ended).toMatchObject({ state: 'revoked', over: true, percent: 100 });
    expect(networksOf(swarm)).toEqual(before);
    expect(networkNames(swarm)).toEqual(['ingress', 'old']);
    expect(state.services.named('web')[0]?.networks).toEqual(aliases);
  });

  it('is planned without anything written', async () => {
    const { rest, swarm } = await start();
    await furnish(surface as Surface);
    swarm.holdTasks();
    const { id } = await begin(surface as Surface);
    const plan = bodyOf<Plan>(await rest.post(`/v1/operations/${id}/revoke?dryRun=true`).expect(200));
    expect(plan).toMatchObject({ action: 'update', kind: 'operation', id });
    expect(plan.changes).toContainEqual({ pointer: '/state', before: 'running', after: 'revoking' });
    swarm.releaseTasks();
    expect(await over(surface as Surface, id)).toMatchObject({ state: 'succeeded' });
  });
});

/** A server without a surface, whose writes can be its last. */
class Server {
  private constructor(
    readonly mortal: MortalGateway,
    readonly app: NestFastifyApplication,
  ) {}

  static async start(swarm: FakeSwarm, death: Death | null): Promise<Server> {
    const mortal = new MortalGateway(swarm.gateway, death);
    const ports = { gateway: mortal.gateway, source: swarm.source };
    const app = await createApp(ports, { adminToken: newToken() }, pino({ level: 'silent' }));
    app.get(OperationRunner, { strict: false }).leaseMs = LEASE_MS;
    await app.init();
    const server = new Server(mortal, app);
    await server.state.until(() => server.state.hasSynced || undefined, WITHIN_MS);
    return server;
  }

  get state(): ClusterState {
    return this.app.get(ClusterState, { strict: false });
  }

  get operations(): OperationsService {
    return this.app.get(OperationsService, { strict: false });
  }

  operation(id: string): Operation {
    return now(this, id);
  }

  /** The operation once it is over; undefined when the server died before. */
  async over(id: string): Promise<Operation | undefined> {
    const isOver = this.state.until(() => this.operation(id).over || undefined, WITHIN_MS);
    await Promise.race([isOver, this.mortal.died]);
    const operation = this.operation(id);
    return operation.over ? operation : undefined;
  }
}

describe('an operation whose server is killed', () => {
  const servers: Server[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map(({ app }) => app.close()));
  });
  const server = async (swarm: FakeSwarm, death: Death | null): Promise<Server> => {
    const started = await Server.start(swarm, death);
    servers.push(started);
    return started;
  };

  /** A furnished swarm on which an operation was begun that nobody is at. */
  async function begun(goal: 'replace' | 'revoke'): Promise<{ swarm: FakeSwarm; id: string }> {
    const swarm = new FakeSwarm();
    const here = await start(swarm);
    await furnish(here);
    await here.close();
    surface = undefined;
    const { app } = await server(swarm, { at: 2, side: 'before' });
    const by = principalWith('operator', { id: 'somebody' });
    await app
      .get(NetworkReplacement, { strict: false })
      .replace('old', { encrypted: true }, null, by)
      .apply(by)
      .catch(() => undefined);
    const id = swarm.all('config')[0]?.name.split('.').at(-1) ?? '';
    if (goal === 'revoke') {
      // So far that there is something to take back: both networks have services.
      const first = await server(swarm, null);
      const reached = await first.state.until(
        () => first.operation(id).steps.filter(({ state }) => state === 'done').length >= 3 || undefined,
        WITHIN_MS,
      );
      expect(reached).toBe(true);
      await first.operations.revoke(id, null).apply(ITSELF);
      await first.app.close();
    }
    return { swarm, id };
  }

  const expectDone = (swarm: FakeSwarm, goal: 'replace' | 'revoke', ended: Operation | undefined): void => {
    const name = goal === 'replace' ? 'old-2' : 'old';
    expect(ended).toMatchObject({ state: goal === 'replace' ? 'succeeded' : 'revoked', percent: 100 });
    expect(networkNames(swarm)).toEqual(['ingress', name]);
    expect(networksOf(swarm)).toEqual({ web: [name], db: [name], agent: [name] });
    const web = swarm.all('service').find((service) => service.name === 'web');
    expect(web?.networks[0]?.aliases).toEqual(['front']);
  };

  describe.each(['replace', 'revoke'] as const)('to %s', (goal) => {
    it('is finished by the next one, wherever it was', { timeout: 240_000 }, async () => {
      const whole = await begun(goal);
      const survivor = await server(whole.swarm, null);
      expectDone(whole.swarm, goal, await survivor.over(whole.id));
      const writes = survivor.mortal.writes.length;
      expect(writes).toBeGreaterThan(goal === 'replace' ? 20 : 5);

      for (let at = 1; at <= writes; at++) {
        for (const side of ['before', 'after'] as const) {
          const { swarm, id } = await begun(goal);
          const first = await server(swarm, { at, side });
          await Promise.race([first.mortal.died, first.over(id)]);
          const second = await server(swarm, null);
          const ended = await second.over(id);
          expectDone(swarm, goal, ended);
          await Promise.all(servers.splice(0).map(({ app }) => app.close()));
        }
      }
    });

    it('is finished although every server dies after a few writes', { timeout: 120_000 }, async () => {
      const { swarm, id } = await begun(goal);
      let ended: Operation | undefined;
      for (let lives = 0; lives < 60 && !ended; lives++) {
        const one = await server(swarm, { at: 3, side: 'after' });
        ended = await one.over(id);
        await Promise.all(servers.splice(0).map(({ app }) => app.close()));
      }
      expectDone(swarm, goal, ended);
    });
  });

  it('is left to the server that is at it as long as that lives', async () => {
    const { swarm, id } = await begun('replace');
    swarm.holdTasks();
    const first = await server(swarm, null);
    await first.state.until(
      () => first.operation(id).steps[1]?.message?.startsWith('Waits') || undefined,
      WITHIN_MS,
    );
    const second = await server(swarm, null);
    await new Promise((resolve) => setTimeout(resolve, 3 * LEASE_MS));
    expect(second.mortal.writes).toEqual([]);
    expect(first.operation(id).over).toBe(false);
    // One that is stopped in an orderly way lets go of it at once.
    await first.app.close();
    servers.splice(servers.indexOf(first), 1);
    swarm.releaseTasks();
    expectDone(swarm, 'replace', await second.over(id));
  });
});
