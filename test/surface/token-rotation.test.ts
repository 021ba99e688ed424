import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import type { Page } from '../../src/api/page.ts';
import type { Plan } from '../../src/api/plan.types.ts';
import type { CreatedToken, Token } from '../../src/auth/auth.types.ts';
import { newToken } from '../../src/auth/token-format.ts';
import { EVERYTHING } from '../../src/domain/access/scope.ts';
import { EventReader } from '../support/event-stream.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';
import { grant } from '../support/team.ts';

let surface: Surface;
beforeEach(async () => {
  surface = await startSurface();
});
afterEach(() => surface.close());

const create = async (more: object = {}): Promise<CreatedToken> =>
  bodyOf<CreatedToken>(
    await surface.rest
      .post('/v1/tokens')
      .send({ name: 'ci', role: 'viewer', ...more })
      .expect(201),
  );

const rotate = async (id: string, body: object = {}): Promise<CreatedToken> =>
  bodyOf<CreatedToken>(await surface.rest.post(`/v1/tokens/${id}/rotate`).send(body).expect(200));

const statusOf = async (token: string): Promise<number> => (await surface.as(token).get('/v1/me')).status;

describe('a token that is rotated', () => {
  it('has another secret at once, and stays who it is', async () => {
    const { token: first, ...before } = await create({ scope: { stacks: ['pay'] } });
    await grant(surface, 'ci', before, 'operator', { stacks: ['pay'] });
    const { token: second, ...after } = await rotate(before.id, { overlapSeconds: 60 });
    expect(second).not.toBe(first);
    const { version: _, previousExpiresAt, ...same } = after;
    expect(same).toEqual({
      ...before,
      version: undefined,
      previousExpiresAt: undefined,
      rotations: 1,
      lastUsedAt: same.lastUsedAt,
    });
    expect(Math.abs(Date.parse(previousExpiresAt ?? '') - Date.now() - 60_000)).toBeLessThan(10_000);
    for (const token of [first, second]) {
      const me = bodyOf<object>(await surface.as(token).get('/v1/me').expect(200));
      expect(me).toMatchObject({ id: before.id, name: 'ci', rights: expect.any(Array) as unknown });
    }
    expect(JSON.stringify(surface.swarm.all('config'))).not.toContain(second);
    const { items } = bodyOf<Page<Token>>(await surface.rest.get('/v1/tokens').expect(200));
    expect(items).toMatchObject([{ id: before.id, previousExpiresAt }]);
  });

  it('gives the secret before an hour unless told otherwise', async () => {
    const { id } = await create();
    const { previousExpiresAt } = await rotate(id);
    expect(Math.abs(Date.parse(previousExpiresAt ?? '') - Date.now() - 3_600_000)).toBeLessThan(10_000);
  });

  it('has two secrets at most: the one before the last is gone at once', async () => {
    const { id, token: first } = await create();
    const { token: second } = await rotate(id);
    const { token: third } = await rotate(id);
    expect([await statusOf(first), await statusOf(second), await statusOf(third)]).toEqual([401, 200, 200]);
    const { token: last } = await rotate(id, { overlapSeconds: 0 });
    expect([await statusOf(second), await statusOf(third), await statusOf(last)]).toEqual([401, 401, 200]);
    await surface.rest.delete(`/v1/tokens/${id}`).expect(204);
    expect(await statusOf(last)).toBe(401);
  });

  it('ends what its former secret has opened when that ends, and nothing else', async () => {
    const { id, token: first } = await create();
    const open = (token: string): Promise<EventReader> =>
      EventReader.open(`http://${surface.address}/v1/events?kinds=node`, {
        Authorization: `Bearer ${token}`,
      });
    const former = await open(first);
    const socket = await surface.subscribe('subscription { nodeChanged { type } }', {}, first);
    const { token: second } = await rotate(id, { overlapSeconds: 1 });
    const present = await open(second);
    expect((await former.event()).event).toBe('unauthenticated');
    await former.end();
    expect(await socket.closing()).toMatchObject({ code: 4401 });
    expect(await statusOf(first)).toBe(401);
    surface.swarm.changeNode(surface.swarm.all('node')[0]?.id ?? '', { labels: { after: 'all' } });
    expect((await present.event()).event).toBe('node.updated');
    present.close();
  });

  it('says until when its former secret proves who somebody is', async () => {
    const { id, token: first } = await create({ expiresAt: '2099-01-01T00:00:00Z' });
    const { previousExpiresAt, token: second } = await rotate(id);
    expect((await surface.as(first).get('/v1/me')).body).toMatchObject({ expiresAt: previousExpiresAt });
    expect((await surface.as(second).get('/v1/me')).body).toMatchObject({
      expiresAt: '2099-01-01T00:00:00.000Z',
    });
    const { token: third, id: short } = await create({
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
    });
    const { expiresAt } = await rotate(short);
    expect((await surface.as(third).get('/v1/me')).body).toMatchObject({ expiresAt });
  });

  it('is planned without a secret, and rotated by GraphQL, too', async () => {
    const { id, token } = await create();
    const plan = bodyOf<Plan>(
      await surface.rest.post(`/v1/tokens/${id}/rotate?dryRun=true`).send({}).expect(200),
    );
    expect(plan).toMatchObject({ action: 'update', kind: 'token', id, name: 'ci' });
    expect(plan.changes.map(({ pointer }) => pointer)).toEqual(['/rotations']);
    expect(JSON.stringify(plan)).not.toContain('swp_');
    const { rotateToken } = await surface.data<{ rotateToken: CreatedToken }>(
      'mutation ($id: ID!) { rotateToken(id: $id, input: { overlapSeconds: 0 }) { id token scope { all } } }',
      { id },
    );
    expect(rotateToken).toMatchObject({ id, scope: { all: true } });
    expect([await statusOf(token), await statusOf(rotateToken.token)]).toEqual([401, 200]);
  });

  it.each([
    [{ overlapSeconds: -1 }, '/overlapSeconds'],
    [{ overlapSeconds: 2_592_001 }, '/overlapSeconds'],
    [{ overlapSeconds: 1.5 }, '/overlapSeconds'],
    [{ overlap: 1 }, '/overlap'],
  ])('is not by %j', async (body, pointer) => {
    const { id } = await create();
    const response = await surface.rest.post(`/v1/tokens/${id}/rotate`).send(body).expect(400);
    expect(bodyOf<Problem>(response).errors?.map((error) => error.pointer)).toContain(pointer);
  });

  it('is one that is there', async () => {
    await surface.rest.post('/v1/tokens/none/rotate').send({}).expect(404);
  });
});

describe('a token of before', () => {
  it('that says neither scope nor rotation is as it was, and can be rotated', async () => {
    const { id, token } = await create();
    const config = surface.state.configs.named(`swarmplane.token.${id}`)[0];
    const {
      scope: _scope,
      rotation: _rotation,
      previous: _previous,
      ...old
    } = JSON.parse(config?.labels['swarmplane.document'] ?? '') as Record<string, unknown>;
    await surface.swarm.gateway.updateConfig(config?.id ?? '', config?.version ?? 0, {
      'swarmplane.document': JSON.stringify(old),
    });
    await surface.state.until(
      () =>
        (surface.state.configs.get(config?.id ?? '')?.version ?? 0) > (config?.version ?? 0)
          ? true
          : undefined,
      5_000,
    );
    expect((await surface.as(token).get('/v1/me').expect(200)).body).toMatchObject({ id, role: 'viewer' });
    const { items } = bodyOf<Page<Token>>(await surface.rest.get('/v1/tokens').expect(200));
    expect(items).toMatchObject([{ id, scope: EVERYTHING, previousExpiresAt: null }]);
    const { token: second } = await rotate(id);
    expect([await statusOf(token), await statusOf(second)]).toEqual([200, 200]);
  });

  it.each([
    { scope: { all: 'true' } },
    { scope: 'all' },
    { role: 'root' },
    { expiresAt: 'never' },
    { previous: { sha256: 7, expiresAt: '2099-01-01T00:00:00Z' } },
    { rotation: 'often' },
  ])('that somebody has broken by %j proves nobody', async (more) => {
    const { id, token } = await create();
    const config = surface.state.configs.named(`swarmplane.token.${id}`)[0];
    const kept = JSON.parse(config?.labels['swarmplane.document'] ?? '') as object;
    await surface.swarm.gateway.updateConfig(config?.id ?? '', config?.version ?? 0, {
      'swarmplane.document': JSON.stringify({ ...kept, ...more }),
    });
    await surface.state.until(
      () =>
        (surface.state.configs.get(config?.id ?? '')?.version ?? 0) > (config?.version ?? 0)
          ? true
          : undefined,
      5_000,
    );
    expect([await statusOf(token), await statusOf(newToken())]).toEqual([401, 401]);
    expect(bodyOf<Page<Token>>(await surface.rest.get('/v1/tokens').expect(200)).total).toBe(0);
  });
});

describe('the role of a token', () => {
  it('is for the objects of its scope, and for none when it has no role', async () => {
    const scoped = await create({ role: 'operator', scope: { labels: ['team=pay'] } });
    expect(scoped).toMatchObject({ role: 'operator', scope: { all: false, labels: ['team=pay'] } });
    const me = await surface.as(scoped.token).get('/v1/me').expect(200);
    expect(me.body).toMatchObject({ role: null });
    await surface.as(scoped.token).get('/v1/services').expect(200);
    await surface.as(scoped.token).get('/v1/swarm').expect(403);
    const none = await create({ role: null });
    await surface.as(none.token).get('/v1/services').expect(403);
  });
});
