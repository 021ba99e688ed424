import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from '../../src/api/page.ts';
import type { Config, Secret } from '../../src/secrets/stored-files.types.ts';
import type { Service } from '../../src/services/services.types.ts';
import { containing } from '../support/matching.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

const TOP_SECRET = 'correct horse battery staple';
const ENCODED = Buffer.from(TOP_SECRET).toString('base64');
const CREDENTIALS = Buffer.from(JSON.stringify({ username: 'me', password: TOP_SECRET })).toString(
  'base64url',
);

let surface: Surface;
beforeAll(async () => {
  surface = await startSurface();
});
afterAll(() => surface.close());

const make = async <T>(path: string, body: object): Promise<T> =>
  bodyOf<T>(await surface.rest.post(path).send(body).expect(201));

describe.each(['secret', 'config'] as const)('a %s', (kind) => {
  const path = `/v1/${kind}s`;
  const type = kind === 'secret' ? 'Secret' : 'Config';

  it('is made of text or of base64, shown, listed by name, and deleted', async () => {
    const first = await surface.rest
      .post(path)
      .send({ name: 'b-text', text: TOP_SECRET, labels: { tier: 'front' } })
      .expect(201);
    const created = bodyOf<Secret>(first);
    expect(created).toMatchObject({ name: 'b-text', labels: { tier: 'front' }, templating: null });
    expect(first.headers['etag']).toBe(`"${created.version}"`);
    await make(path, { name: 'a-data', data: ENCODED, templating: 'golang' });

    const list = bodyOf<Page<Secret>>(await surface.rest.get(path).expect(200));
    expect(list).toMatchObject({
      total: 2,
      items: [{ name: 'a-data', templating: 'golang' }, { name: 'b-text' }],
    });
    const filtered = await surface.rest.get(`${path}?label=tier=front`).expect(200);
    expect(bodyOf<Page<Secret>>(filtered).items.map(({ name }) => name)).toEqual(['b-text']);
    for (const reference of [created.id, created.id.slice(0, 12), 'b-text']) {
      const shown = await surface.rest.get(`${path}/${reference}`).expect(200);
      expect(shown.body).toEqual(created);
    }
    const [page] = bodyOf<Page<Secret>>(await surface.rest.get(`${path}?limit=1`).expect(200)).items;
    expect(page?.name).toBe('a-data');

    await surface.rest.delete(`${path}/b-text`).set('If-Match', '"999"').expect(412);
    await surface.rest.delete(`${path}/b-text`).expect(204);
    await surface.rest.get(`${path}/b-text`).expect(404);
    await surface.rest.delete(`${path}/a-data`).expect(204);
  });

  it('is the same over GraphQL', async () => {
    const fields = `id version name labels templating createdAt updatedAt ${kind === 'config' ? 'data' : ''}`;
    const { created } = await surface.data<{ created: Secret }>(
      `mutation ($input: Create${type}Input!) { created: create${type}(input: $input) { ${fields} } }`,
      { input: { name: 'graph', text: TOP_SECRET } },
    );
    expect((await surface.rest.get(`${path}/graph`).expect(200)).body).toEqual(created);
    const read = await surface.data(
      `{ one: ${kind}(id: "graph") { ${fields} } all: ${kind}s { totalCount nodes { name } } }`,
    );
    expect(read).toEqual({ one: created, all: { totalCount: 1, nodes: [{ name: 'graph' }] } });
    expect(await surface.data(`mutation { deleted: delete${type}(id: "graph") }`)).toEqual({
      deleted: created.id,
    });
  });

  it('is planned without being written, and without what is in it', async () => {
    const input = { name: 'planned', text: TOP_SECRET };
    const created = await surface.rest.post(`${path}?dryRun=true`).send(input).expect(200);
    expect(created.body).toMatchObject({ action: 'create', kind, id: null, name: 'planned' });
    expect(created.text).not.toContain(ENCODED);
    await surface.rest.get(`${path}/planned`).expect(404);
    const { preview } = await surface.data<{ preview: Secret }>(
      `mutation ($input: Create${type}Input!) { preview: create${type}(input: $input, dryRun: true) { id name } }`,
      { input },
    );
    expect(preview).toEqual({ id: '', name: 'planned' });
    await make(path, input);
    const deleted = await surface.rest.delete(`${path}/planned?dryRun=true`).expect(200);
    expect(deleted.body).toMatchObject({ action: 'delete', kind, name: 'planned' });
    await surface.rest.delete(`${path}/planned`).expect(204);
  });

  it('has a name of its own', async () => {
    await make(path, { name: 'taken', text: 'x' });
    const again = await surface.rest.post(path).send({ name: 'taken', text: 'y' }).expect(409);
    expect(again.body).toMatchObject({ code: 'NAME_TAKEN' });
  });

  it('is kept while a service uses it, and the services are named', async () => {
    const file = await make<Secret>(path, { name: 'used', text: 'x' });
    const service = await make<Service>('/v1/services', {
      name: `uses-${kind}`,
      image: 'nginx',
      [`${kind}s`]: [
        { [kind]: 'used' },
        { [kind]: file.id, target: '/etc/other', uid: '7', gid: '8', mode: 0o400 },
      ],
    });
    const own = { [`${kind}Id`]: file.id, [`${kind}Name`]: 'used' };
    expect(service).toMatchObject({
      [`${kind}s`]: [
        { ...own, target: 'used', uid: '0', gid: '0', mode: 0o444 },
        { ...own, target: '/etc/other', uid: '7', gid: '8', mode: 0o400 },
      ],
    });
    const refusal = await surface.rest.delete(`${path}/used`).expect(409);
    expect(refusal.body).toMatchObject({
      code: 'IN_USE',
      detail: containing(`"uses-${kind}"`),
      usedBy: [{ kind: 'service', id: service.id, name: `uses-${kind}` }],
    });
    await surface.rest
      .patch(`/v1/services/${service.id}`)
      .send({ [`${kind}s`]: [] })
      .expect(200);
    await surface.rest.delete(`${path}/used`).expect(204);
  });
});

describe('what is in a secret', () => {
  it('never comes back, whatever is asked or goes wrong', async () => {
    const answers = [
      await surface.rest.post('/v1/secrets').send({ name: 'key', text: TOP_SECRET }).expect(201),
      await surface.rest.post('/v1/secrets').send({ name: 'key', text: TOP_SECRET }).expect(409),
      await surface.rest.post('/v1/secrets').send({ name: 'bad name', text: TOP_SECRET }).expect(400),
      await surface.rest
        .post('/v1/secrets')
        .send({ name: 'both', text: TOP_SECRET, data: ENCODED })
        .expect(400),
      await surface.rest
        .post('/v1/secrets')
        .send({ name: 'odd', data: `${ENCODED}!` })
        .expect(400),
      await surface.rest.get('/v1/secrets').expect(200),
      await surface.rest.get('/v1/secrets/key').expect(200),
    ];
    for (const { text } of answers) {
      expect(text).not.toContain(TOP_SECRET);
      expect(text).not.toContain(ENCODED);
    }
    const { errors } = await surface.graphql('{ secret(id: "key") { data } }');
    expect(errors).not.toEqual([]);
  });
});

describe('what is in a config', () => {
  it('comes back as base64', async () => {
    await make('/v1/configs', { name: 'app.conf', text: 'listen 80;' });
    const config = bodyOf<Config>(await surface.rest.get('/v1/configs/app.conf').expect(200));
    expect(Buffer.from(config.data, 'base64').toString()).toBe('listen 80;');
  });

  it('that is one of ours is not shown', async () => {
    await surface.tokenFor('viewer');
    const list = bodyOf<Page<Config>>(await surface.rest.get('/v1/configs?limit=1000').expect(200));
    expect(list.items.filter(({ name }) => name.startsWith('swarmplane.'))).toEqual([]);
    const [own] = surface.swarm.all('config');
    await surface.rest.delete(`/v1/configs/${own?.id}`).expect(404);
  });
});

describe('the credentials of a registry', () => {
  const create = (name: string, more: object = {}) =>
    surface.rest.post('/v1/services').send({ name, image: 'registry.example/app:1', ...more });
  const gateway = () => surface.swarm.gateway;

  it('go to the engine with the write that brings them, and nowhere else', async () => {
    gateway().credentials.length = 0;
    const created = await create('with').set('X-Registry-Auth', CREDENTIALS).expect(201);
    const changed = await surface.rest
      .patch('/v1/services/with')
      .set('X-Registry-Auth', CREDENTIALS)
      .send({ env: { A: '1' } })
      .expect(200);
    await create('without').expect(201);
    expect(gateway().credentials).toEqual([CREDENTIALS, CREDENTIALS, undefined]);
    const { text } = await surface.rest.get('/v1/services').expect(200);
    for (const answer of [created.text, changed.text, text]) expect(answer).not.toContain(CREDENTIALS);
  });

  it('go with a mutation, too', async () => {
    gateway().credentials.length = 0;
    await surface.rest
      .post('/graphql')
      .set('X-Registry-Auth', CREDENTIALS)
      .send({ query: 'mutation { createService(input: { name: "graph", image: "app:1" }) { id } }' })
      .expect(200);
    expect(gateway().credentials).toEqual([CREDENTIALS]);
  });

  it.each(['not base64!', Buffer.from('[]').toString('base64url'), 'e30x'])(
    'are refused as %s',
    async (header) => {
      const response = await create('refused').set('X-Registry-Auth', header).expect(400);
      expect(response.body).toMatchObject({ code: 'INVALID', detail: containing('X-Registry-Auth must be') });
      expect(response.text).not.toContain(header);
    },
  );
});

describe('resolving an image', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const create = (name: string, more: object) =>
    surface.rest.post('/v1/services').send({ name, image: 'app:2', ...more });

  beforeAll(() => {
    surface.swarm.gateway.registry.set('app:2', {
      digest,
      platforms: [{ os: 'linux', architecture: 'arm64' }],
    });
  });

  it('writes the digest and the platforms', async () => {
    const service = bodyOf<Service>(await create('resolved', { resolveImage: 'try' }).expect(201));
    expect(service.image).toBe(`app:2@${digest}`);
    expect(service.placement.platforms).toEqual([{ os: 'linux', architecture: 'arm64' }]);
    expect(service).not.toHaveProperty('resolveImage');
  });

  it('is not done unless asked for', async () => {
    const service = bodyOf<Service>(await create('as-given', {}).expect(201));
    expect(service.image).toBe('app:2');
  });

  it('that fails fails nothing unless it is required', async () => {
    const tried = bodyOf<Service>(
      await create('tried', { image: 'gone:1', resolveImage: 'try' }).expect(201),
    );
    expect(tried.image).toBe('gone:1');
    const required = await create('required', { image: 'gone:1', resolveImage: 'require' }).expect(400);
    expect(required.body).toMatchObject({ errors: [{ pointer: '/image' }] });
  });

  it('of a change keeps what else is said of the placement', async () => {
    await create('changed', { placement: { constraints: ['node.role == manager'] } }).expect(201);
    const service = bodyOf<Service>(
      await surface.rest
        .patch('/v1/services/changed')
        .send({ image: 'app:2', resolveImage: 'require' })
        .expect(200),
    );
    expect(service.image).toBe(`app:2@${digest}`);
    expect(service.placement).toMatchObject({
      constraints: ['node.role == manager'],
      platforms: [{ architecture: 'arm64' }],
    });
  });
});
