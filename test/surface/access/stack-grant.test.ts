import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CreatedToken } from '../../../src/auth/auth.types.ts';
import { bodyOf, startSurface, type Surface } from '../../support/surface.ts';

const STACK = 'com.docker.stack.namespace';

let surface: Surface;
let shop: ReturnType<Surface['as']>;
beforeAll(async () => {
  surface = await startSurface();
  const made = await surface.rest.post('/v1/tokens').send({ name: 'shop' }).expect(201);
  const { id, token } = bodyOf<CreatedToken>(made);
  shop = surface.as(token);
  const grants = [
    {
      name: 'shop',
      role: 'operator',
      scope: { stacks: ['shop'], hosts: ['*.shop.corp'], ports: ['8000-8099'] },
    },
    { name: 'edge', role: 'edge-user', scope: { names: ['network/edge'] } },
  ];
  const rules = [{ kinds: ['network'], verbs: ['view', 'use'] }];
  await surface.rest.post('/v1/access/roles').send({ name: 'edge-user', rules }).expect(201);
  for (const grant of grants) {
    await surface.rest
      .post('/v1/access/grants')
      .send({ ...grant, subject: { token: id } })
      .expect(201);
  }
  await surface.rest.post('/v1/networks').send({ name: 'edge' }).expect(201);
  await surface.rest.post('/v1/networks').send({ name: 'theirs' }).expect(201);
  await surface.rest.post('/v1/secrets').send({ name: 'theirs', data: 'eA==' }).expect(201);
  await surface.rest
    .post('/v1/services')
    .send({ name: 'bank', image: 'nginx', labels: { [STACK]: 'bank' } })
    .expect(201);
});
afterAll(() => surface.close());

const service = (more: object = {}) => ({
  name: 'web',
  image: 'nginx',
  labels: { [STACK]: 'shop' },
  ...more,
});

describe('a team with a grant for its stack', () => {
  it('makes its networks and services, and no others', async () => {
    const labels = { [STACK]: 'shop' };
    await shop.post('/v1/networks').send({ name: 'inner', labels }).expect(201);
    const made = await shop
      .post('/v1/services')
      .send(service({ networks: [{ network: 'inner' }, { network: 'edge' }] }));
    expect(made.status, made.text).toBe(201);
    for (const other of [{}, { [STACK]: 'bank' }]) {
      await shop.post('/v1/networks').send({ name: 'other', labels: other }).expect(403);
      await shop.post('/v1/services').send({ name: 'other', image: 'nginx', labels: other }).expect(403);
    }
    await shop.post('/v1/services/web/scale').send({ replicas: 2 }).expect(200);
    await shop.get('/v1/services/bank').expect(404);
    await shop.delete('/v1/services/bank').expect(404);
  });

  it('gives nothing away and takes nothing', async () => {
    for (const labels of [{ [STACK]: 'bank' }, { [STACK]: null }]) {
      const refused = await shop.patch('/v1/services/web').send({ labels });
      expect(refused.status, refused.text).toBe(403);
    }
  });

  it('uses what it may use: networks, ports, hosts', async () => {
    const patch = (change: object) => shop.patch('/v1/services/web?dryRun=true').send(change);
    const label = (host: string) => ({
      labels: { 'swarmplane.http.web.host': host, 'swarmplane.http.web.port': '80' },
    });
    const port = (publishedPort: number | null) => ({ ports: [{ targetPort: 80, publishedPort }] });
    expect((await patch(label('www.shop.corp'))).status).toBe(200);
    expect((await patch(port(8080))).status).toBe(200);
    for (const [change, pointer] of [
      [label('www.bank.corp'), '/labels'],
      [label('*.corp'), '/labels'],
      [port(9090), '/ports/0/publishedPort'],
      [port(null), '/ports/0/publishedPort'],
    ] as const) {
      const refused = await patch(change);
      expect(refused.status, refused.text).toBe(403);
      expect(refused.body).toMatchObject({ errors: [{ pointer }] });
    }
    // What they may not see is not there.
    expect((await patch({ networks: [{ network: 'theirs' }] })).status).toBe(400);
    expect((await patch({ secrets: [{ secret: 'theirs' }] })).status).toBe(400);
    await shop.put('/v1/services/web/networks/theirs').send({}).expect(404);
  });

  it('claims hosts of its own for routes to its own services', async () => {
    const route = (host: string, to: string) => ({
      name: `r-${to}`,
      hosts: [host],
      backends: [{ service: to, port: 80 }],
    });
    const ask = (host: string, to: string) => shop.post('/v1/routes?dryRun=true').send(route(host, to));
    expect((await ask('www.bank.corp', 'web')).status).toBe(403);
    expect((await ask('api.shop.corp', 'bank')).status).toBe(400);
    // That no router is there to serve it is another matter.
    expect([200, 409]).toContain((await ask('api.shop.corp', 'web')).status);
  });
});

describe('an idempotency key of somebody else', () => {
  it('shows nothing of what it has made', async () => {
    const input = { name: 'keyed', labels: { team: 'theirs' } };
    const ask = (rest: typeof shop) =>
      rest.post('/v1/networks').set('Idempotency-Key', 'of-an-admin').send(input);
    const made = await ask(surface.rest).expect(201);
    const { id } = bodyOf<{ id: string }>(made);
    expect(bodyOf<{ id: string }>(await ask(surface.rest)).id).toBe(id);
    const refused = await ask(shop).expect(403);
    expect(refused.text).not.toContain(id);
  });
});
