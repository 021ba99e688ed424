import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KINDS } from '../../src/domain/object.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { bodyOf, startSurface, type Rest, type Surface } from '../support/surface.ts';

let swarm: FakeSwarm;
let surface: Surface;

beforeEach(async () => {
  swarm = new FakeSwarm([{ hostname: 'm' }]);
  surface = await startSurface({ swarm });
});
afterEach(() => surface.close());

const LABEL = 'swarmplane.idempotency';
const KEY = '7d0c1f2e-key-of-a-client';

/** The kinds of object whose creates can be repeated. */
const CREATES = [
  { kind: 'service', path: '/v1/services', input: { name: 'web', image: 'nginx', env: { A: '1', B: '2' } } },
  {
    kind: 'network',
    path: '/v1/networks',
    input: { name: 'web', options: { a: '1', b: '2' }, attachable: true },
  },
  { kind: 'secret', path: '/v1/secrets', input: { name: 'web', text: 'hush', templating: 'golang' } },
  { kind: 'config', path: '/v1/configs', input: { name: 'web', text: 'listen 80;', templating: 'golang' } },
] as const;

type Created = (typeof CREATES)[number]['kind'];

const all = (kind: Created): readonly { name: string; labels: Readonly<Record<string, string>> }[] =>
  kind === 'secret' || kind === 'config' ? [...swarm.gateway.files[kind].values()] : swarm.all(kind);
const everything = (): string =>
  JSON.stringify([...KINDS.map((kind) => swarm.all(kind)), all('secret'), all('config')]);

describe.each(CREATES)('a create of a $kind with a key', ({ kind, path, input }) => {
  const send = (rest: Rest, body: object = input, key = KEY) =>
    rest.post(path).set('Idempotency-Key', key).send(body);
  const count = (): number => all(kind).filter(({ name }) => name === 'web').length;
  const graphql = `create${kind[0]?.toUpperCase()}${kind.slice(1)}`;
  const type = `${graphql[0]?.toUpperCase()}${graphql.slice(1)}Input`;
  const mutation = `mutation ($input: ${type}!, $key: String) { ${graphql}(input: $input, idempotencyKey: $key) { id } }`;

  it('answers the same again, and writes nothing', async () => {
    const first = await send(surface.rest).expect(201);
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    await swarm.settled();
    const before = everything();
    // The order of keys says nothing, and null says as much as leaving out.
    const turned = Object.fromEntries([...Object.entries(input).reverse(), ['labels', null]]);
    for (const body of [input, turned]) {
      const again = await send(surface.rest, body).expect(201);
      expect(again.headers['idempotency-replayed']).toBe('true');
      expect(again.headers['etag']).toBeDefined();
      expect(bodyOf<{ id: string }>(again).id).toBe(bodyOf<{ id: string }>(first).id);
    }
    const { [graphql]: same } = await surface.data<Record<string, { id: string }>>(mutation, {
      input,
      key: KEY,
    });
    expect(same?.id).toBe(bodyOf<{ id: string }>(first).id);
    expect(everything()).toBe(before);
  });

  it('keeps no key, only hashes, with the object itself', async () => {
    const response = await send(surface.rest).expect(201);
    const mark = all(kind).find(({ name }) => name === 'web')?.labels[LABEL];
    expect(mark).toMatch(/^[\w-]{22}\.[\w-]{22}$/);
    expect(everything()).not.toContain(KEY);
    // Of a secret it stays there: it says something of what is in it.
    const shown = bodyOf<{ labels: Record<string, string> }>(response).labels;
    expect(shown[LABEL]).toBe(kind === 'secret' ? undefined : mark);
  });

  it('is refused with another body, over both surfaces', async () => {
    await send(surface.rest).expect(201);
    await swarm.settled();
    const before = everything();
    for (const body of [
      { ...input, name: 'other' },
      { ...input, labels: { l: '1' } },
    ]) {
      const refused = await send(surface.rest, body).expect(422);
      expect(refused.body).toMatchObject({ code: 'KEY_REUSED', status: 422 });
      const { errors } = await surface.graphql(mutation, { input: body, key: KEY });
      expect(errors[0]?.extensions).toMatchObject({ code: 'KEY_REUSED', status: 422 });
    }
    expect(everything()).toBe(before);
  });

  it('makes another object with another key, if the name allows', async () => {
    await send(surface.rest).expect(201);
    await send(surface.rest, input, 'another').expect(409);
    await send(surface.rest, { ...input, name: 'web2' }, 'another').expect(201);
  });

  it('makes it anew once it was deleted', async () => {
    const first = await send(surface.rest).expect(201);
    await surface.rest.delete(`${path}/web`).expect(204);
    const second = await send(surface.rest).expect(201);
    expect(second.headers).not.toHaveProperty('idempotency-replayed');
    expect(bodyOf<{ id: string }>(second).id).not.toBe(bodyOf<{ id: string }>(first).id);
  });

  it('under way is not begun again, and makes one object whatever comes at once', async () => {
    const responses = await Promise.all(Array.from({ length: 5 }, () => send(surface.rest)));
    expect(count()).toBe(1);
    for (const { status, headers, body } of responses) {
      expect([201, 409]).toContain(status);
      if (status !== 409) continue;
      expect(body).toMatchObject({ code: 'IN_PROGRESS' });
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    expect(
      responses.filter(({ status, headers }) => status === 201 && !headers['idempotency-replayed']),
    ).toHaveLength(1);
  });

  it('sent to two servers at once makes one object, which both answer', async () => {
    const other = await startSurface({ swarm });
    try {
      const [one, two] = await Promise.all([send(surface.rest), send(other.rest)]);
      expect([one.status, two.status], `${one.text} ${two.text}`).toEqual([201, 201]);
      expect(bodyOf<{ id: string }>(one).id).toBe(bodyOf<{ id: string }>(two).id);
      expect(count()).toBe(1);
    } finally {
      await other.close();
    }
  });

  it('is planned as it would be answered', async () => {
    const planned = await send(surface.rest).query({ dryRun: 'true' }).expect(200);
    expect(planned.body).toMatchObject({ action: 'create', id: null });
    expect(count()).toBe(0);
    const made = await send(surface.rest).expect(201);
    const again = await send(surface.rest).query({ dryRun: 'true' }).expect(200);
    expect(again.body).toMatchObject({ action: 'none', id: bodyOf<{ id: string }>(made).id, changes: [] });
    await send(surface.rest, { ...input, name: 'other' })
      .query({ dryRun: 'true' })
      .expect(422);
  });

  it('whose answer was lost is found by the next one', async () => {
    swarm.source.holdStream();
    swarm.fail('unknown-outcome', { effect: 'write', applied: true });
    const lost = send(surface.rest).then((response) => response);
    while (count() === 0) await turn();
    swarm.recover();
    swarm.source.releaseStream();
    expect((await lost).status).toBe(201);
    const again = await send(surface.rest).expect(201);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(count()).toBe(1);
  });
});

describe('a secret that was created with a key', () => {
  const send = (text: string) =>
    surface.rest.post('/v1/secrets').set('Idempotency-Key', KEY).send({ name: 'web', text });

  it('is not taken for another one of the same name', async () => {
    await send('hush').expect(201);
    await send('hush hush').expect(422);
  });

  it('lets nobody try what is in it: its mark is not shown, nor found, nor the same under another key', async () => {
    await send('hush').expect(201);
    const [mark = ''] = all('secret').map(({ labels }) => labels[LABEL]);
    for (const path of ['/v1/secrets', '/v1/secrets/web']) {
      expect((await surface.rest.get(path).expect(200)).text).not.toContain(mark);
    }
    const found = await surface.rest
      .get('/v1/secrets')
      .query({ label: `${LABEL}=${mark}` })
      .expect(200);
    expect(found.body).toMatchObject({ total: 0 });
    const plan = await send('hush').query({ dryRun: 'true' }).expect(200);
    expect(plan.text).not.toContain(mark);
    await surface.rest.delete('/v1/secrets/web').expect(204);
    await surface.rest
      .post('/v1/secrets')
      .set('Idempotency-Key', 'another')
      .send({ name: 'web', text: 'hush' })
      .expect(201);
    const [other = ''] = all('secret').map(({ labels }) => labels[LABEL]);
    expect(other.split('.')[1]).not.toBe(mark.split('.')[1]);
  });
});
