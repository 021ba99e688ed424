import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import type { Node } from '../../src/domain/node.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { containing } from '../support/matching.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

let surface: Surface;
let swarm: FakeSwarm;
beforeEach(async () => {
  swarm = new FakeSwarm([{ hostname: 'alpha' }, { hostname: 'beta', labels: { zone: 'b', old: '1' } }]);
  surface = await startSurface({ swarm });
});
afterEach(() => surface.close());

const stored = (hostname: string): Node => {
  const node = swarm.all('node').find((each) => each.hostname === hostname);
  if (!node) throw new Error(`There is no node ${hostname}.`);
  return node;
};

const patch = (hostname: string, change: object, query = '') =>
  surface.rest.patch(`/v1/nodes/${hostname}${query}`).send(change);

/** Makes another manager, and waits until it is one. */
async function promote(hostname: string): Promise<void> {
  await patch(hostname, { role: 'manager' }).expect(200);
  await swarm.settled();
}

describe('a node', () => {
  it('is changed by a JSON Merge Patch', async () => {
    const { version } = stored('beta');
    const response = await patch('beta', {
      availability: 'pause',
      labels: { old: null, disk: 'ssd' },
    }).expect(200);
    const node = bodyOf<Node>(response);
    expect(node).toMatchObject({
      role: 'worker',
      availability: 'pause',
      labels: { zone: 'b', disk: 'ssd' },
    });
    expect(node.version).toBeGreaterThan(version);
    expect(response.headers['etag']).toContain(`"${node.version}`);
    expect((await surface.rest.get('/v1/nodes/beta').expect(200)).body).toEqual(node);
    await patch('beta', { labels: null }).expect(200);
    expect(stored('beta')).toMatchObject({ availability: 'pause', labels: {} });
  });

  it('is changed by GraphQL in the same way', async () => {
    const { updateNode } = await surface.data<{ updateNode: unknown }>(
      `mutation ($input: UpdateNodeInput!) { updateNode(id: "beta", input: $input) { role availability labels } }`,
      { input: { availability: 'DRAIN', labels: { old: null } } },
    );
    expect(updateNode).toEqual({ role: 'WORKER', availability: 'DRAIN', labels: { zone: 'b' } });
  });

  it('loses its tasks when it is drained', async () => {
    await surface.rest.post('/v1/services').send({ name: 'web', image: 'nginx', replicas: 2 }).expect(201);
    await swarm.settled();
    await patch('beta', { availability: 'drain' }).expect(200);
    await swarm.settled();
    const response = await surface.rest.get('/v1/tasks?node=beta&desiredState=running').expect(200);
    expect(bodyOf<{ total: number }>(response).total).toBe(0);
  });

  it('is changed only as it was read, with If-Match', async () => {
    const response = await surface.rest.get('/v1/nodes/beta').expect(200);
    const etag = String(response.headers['etag']);
    const first = await patch('beta', { labels: { a: '1' } })
      .set('If-Match', etag)
      .expect(200);
    const second = await patch('beta', { labels: { a: '2' } })
      .set('If-Match', etag)
      .expect(412);
    expect(second.body).toMatchObject({ code: 'STALE' });
    await patch('beta', { labels: { a: '3' } })
      .set('If-Match', String(first.headers['etag']))
      .expect(200);
    const { errors } = await surface.graphql(
      'mutation ($etag: String) { updateNode(id: "beta", input: {}, ifMatch: $etag) { id } }',
      { etag },
    );
    expect(errors[0]?.extensions).toMatchObject({ code: 'STALE', status: 412 });
    expect(stored('beta').labels).toMatchObject({ a: '3' });
  });

  it('loses no change of several at once', async () => {
    const keys = ['a', 'b', 'c', 'd'];
    await Promise.all(keys.map((key) => patch('beta', { labels: { [key]: '1' } }).expect(200)));
    expect(Object.keys(stored('beta').labels).toSorted()).toEqual([...keys, 'old', 'zone']);
  });
});

describe('the role of a node', () => {
  it('is for admins alone; the rest is for operators, too', async () => {
    const operator = surface.as(await surface.tokenFor('operator'));
    await operator.patch('/v1/nodes/beta').send({ availability: 'pause', labels: {} }).expect(200);
    for (const role of ['manager', 'worker', null]) {
      const response = await operator.patch('/v1/nodes/beta').send({ role }).expect(403);
      expect(response.body).toMatchObject({
        code: 'FORBIDDEN',
        detail: containing('You may not update the swarm'),
      });
    }
    const { errors } = await surface.graphql(
      'mutation { updateNode(id: "beta", input: { role: MANAGER }, force: true) { id } }',
      {},
      await surface.tokenFor('operator'),
    );
    expect(errors[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', status: 403 });
    expect(stored('beta').role).toBe('worker');
  });

  it('is taken some time after it was given', async () => {
    const promoted = await patch('beta', { role: 'manager' }).expect(200);
    expect(promoted.body).toMatchObject({ role: 'manager' });
    await swarm.settled();
    const shown = await surface.rest.get('/v1/swarm').expect(200);
    expect(shown.body).toMatchObject({
      quorum: { managers: 2, reachable: 2, needed: 2, healthy: true, tolerates: 0 },
    });
  });

  it('can be taken from the leader when there is another manager', async () => {
    await promote('beta');
    await patch('alpha', { role: 'worker' }).expect(200);
    await swarm.settled();
    const response = await surface.rest.get('/v1/swarm').expect(200);
    expect(response.body).toMatchObject({
      leaderId: stored('beta').id,
      quorum: { managers: 1, tolerates: 0 },
    });
  });

  it('is kept where the quorum needs it, unless forced as far as Swarm allows', async () => {
    swarm.addNode({ hostname: 'gamma' });
    await promote('beta');
    await promote('gamma');
    const { manager } = stored('gamma');
    if (!manager) throw new Error('gamma is no manager.');
    swarm.changeNode(stored('gamma').id, { manager: { ...manager, reachability: 'unreachable' } });
    await swarm.settled();
    const before = stored('beta');

    const refused = bodyOf<Problem>(await patch('beta', { role: 'worker' }).expect(409));
    expect(refused).toMatchObject({ code: 'CONFLICT', errors: [{ pointer: '/role' }] });
    expect(refused.detail).toMatch(/no quorum: 1 reachable, 2 needed/);
    expect(swarm.gateway.calls.filter((call) => call === 'updateNode')).toHaveLength(2);

    // Forced, it is Swarm's own say, which sees the same here.
    const forced = bodyOf<Problem>(await patch('beta', { role: 'worker' }, '?force=true').expect(409));
    expect(forced.detail).toContain('loss of quorum');
    expect(stored('beta')).toEqual(before);

    // The one that is not reachable can go.
    await patch('gamma', { role: 'worker' }).expect(200);
    await patch('beta', { availability: 'drain' }).expect(200);
  });

  it.each(['?force=maybe', '?dryRun=maybe'])('is not changed with %s', async (query) => {
    const response = await patch('beta', { role: 'manager' }, query).expect(400);
    expect(response.body).toMatchObject({ code: 'INVALID' });
    expect(stored('beta').role).toBe('worker');
  });
});
