import { createPrivateKey, randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { newToken } from '../../src/auth/token-format.ts';
import type { Problem } from '../../src/api/error-table.ts';
import type { Certificate } from '../../src/certificates/certificates.types.ts';
import { openKey } from '../../src/proxy/sealed-key.ts';
import { RouterConfigs } from '../../src/routers/router-configs.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { keyPair, makeCertificate } from '../support/certificate-maker.ts';
import { bodyOf, startSurface, Surface } from '../support/surface.ts';

const DAY_MS = 24 * 3600 * 1000;
const certificateKey = randomBytes(32);

let swarm: FakeSwarm;
let surface: Surface;
beforeEach(async () => {
  swarm = new FakeSwarm();
  surface = await startSurface({ swarm, certificateKey });
});
afterEach(() => surface.close());

const rootOf = makeCertificate({ commonName: 'Root' });
const shop = makeCertificate({ commonName: 'shop', names: ['Shop.example.com', '*.shop.example.com'] });

async function create(name: string, made = shop, more: object = {}): Promise<Certificate> {
  const input = { name, chain: made.certificate, key: made.key, ...more };
  return bodyOf<Certificate>(await surface.rest.post('/v1/certificates').send(input).expect(201));
}

async function refusal(input: object): Promise<Problem> {
  const rest = await surface.rest.post('/v1/certificates').send({ name: 'refused', ...input });
  const { errors } = await surface.graphql(
    'mutation ($input: CreateCertificateInput!) { createCertificate(input: $input) { id } }',
    { input: { name: 'refused', ...input } },
  );
  const problem = bodyOf<Problem>(rest);
  expect(rest.status, rest.text).toBe(400);
  expect(errors[0]?.extensions.code).toBe(problem.code);
  return problem;
}

const served = () => surface.app.get(RouterConfigs, { strict: false }).of(null).certificates;

describe('a certificate', () => {
  it('tells what it says, and is sealed for the routers', async () => {
    const made = await create('shop');
    expect(made).toMatchObject({
      name: 'shop',
      names: ['*.shop.example.com', 'shop.example.com'],
      issuer: 'CN=shop',
      keyType: 'ec-prime256v1',
      state: 'ok',
      problem: null,
      outranked: [],
      createdBy: 'admin',
    });
    expect(made.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    const [sealed, ...others] = served();
    expect(others).toEqual([]);
    expect(sealed).toMatchObject({ id: made.id, names: made.names, expiresAt: made.expiresAt });
    expect(sealed?.chain).toBe(shop.certificate);
    const opened = openKey(sealed?.sealedKey ?? '', made.id, certificateKey);
    expect(createPrivateKey(opened).equals(shop.keys.privateKey)).toBe(true);
  });

  it('is read by id, prefix and name, listed with filters, the same over both surfaces', async () => {
    const made = await create('shop');
    for (const reference of [made.id, made.id.slice(0, 6), 'shop']) {
      const response = await surface.rest.get(`/v1/certificates/${reference}`).expect(200);
      expect(response.body).toEqual(made);
    }
    await create('other', makeCertificate({ commonName: 'o', names: ['other.example.com'] }));
    const list = await surface.rest.get('/v1/certificates?host=SHOP.example.com&state=ok').expect(200);
    expect(list.body).toMatchObject({ items: [made], total: 1 });
    const { certificates, certificate } = await surface.data<Record<string, unknown>>(
      '{ certificates(filter: { name: "shop" }) { nodes { id names state } totalCount } certificate(id: "other") { name state } }',
    );
    expect(certificates).toEqual({ nodes: [{ id: made.id, names: made.names, state: 'OK' }], totalCount: 1 });
    expect(certificate).toEqual({ name: 'other', state: 'OK' });
  });

  it('is replaced by version, and replacing it by the same writes nothing', async () => {
    const made = await create('shop');
    const same = await surface.rest
      .put('/v1/certificates/shop')
      .send({ chain: shop.certificate, key: shop.key })
      .expect(200);
    expect(same.body).toEqual(made);
    const renewed = makeCertificate({ commonName: 'shop', names: ['shop.example.com'] });
    const input = { chain: renewed.certificate, key: renewed.key };
    const plan = await surface.rest.put('/v1/certificates/shop?dryRun=true').send(input).expect(200);
    expect(plan.body).toMatchObject({
      action: 'update',
      kind: 'certificate',
      name: 'shop',
      version: made.version,
    });
    await surface.rest.put('/v1/certificates/shop').set('If-Match', '"1"').send(input).expect(412);
    const after = await surface.rest
      .put('/v1/certificates/shop')
      .set('If-Match', `"${made.version}"`)
      .send(input)
      .expect(200);
    expect(bodyOf<Certificate>(after).names).toEqual(['shop.example.com']);
    expect(bodyOf<Certificate>(after).version).toBeGreaterThan(made.version);
    expect(served()[0]?.chain).toBe(renewed.certificate);
  });

  it('is forgotten', async () => {
    const made = await create('shop');
    await surface.rest.delete('/v1/certificates/shop').expect(204);
    await surface.rest.get(`/v1/certificates/${made.id}`).expect(404);
    expect(served()).toEqual([]);
  });

  it('is made once by the same idempotency key, and its name is its own', async () => {
    const input = { name: 'shop', chain: shop.certificate, key: shop.key };
    const post = () => surface.rest.post('/v1/certificates').set('Idempotency-Key', 'k');
    const first = await post().send(input).expect(201);
    const second = await post().send(input).expect(201);
    expect(second.body).toEqual(first.body);
    expect(second.headers['idempotency-replayed']).toBe('true');
    await post()
      .send({ ...input, name: 'another' })
      .expect(422);
    const taken = await surface.rest.post('/v1/certificates').send(input).expect(409);
    expect(bodyOf<Problem>(taken).detail).toContain('PUT /v1/certificates/shop');
  });

  it('of several with one name: the one that became valid last serves it, and the other says so', async () => {
    const at = (days: number): Date => new Date(Date.now() - days * DAY_MS);
    const old = await create(
      'old',
      makeCertificate({ commonName: 'a', names: ['a.com', 'b.com'], notBefore: at(9) }),
    );
    const young = await create(
      'young',
      makeCertificate({ commonName: 'a', names: ['a.com'], notBefore: at(1) }),
    );
    const shown = await surface.rest.get('/v1/certificates/old').expect(200);
    expect(bodyOf<Certificate>(shown).outranked).toEqual([{ name: 'a.com', by: young.id }]);
    expect(Object.fromEntries(served().map(({ id, names }) => [id, names]))).toEqual({
      [old.id]: ['b.com'],
      [young.id]: ['a.com'],
    });
    await surface.rest.delete('/v1/certificates/young').expect(204);
    expect(served().map(({ names }) => names)).toEqual([['a.com', 'b.com']]);
  });

  it('says when it comes to its end, in its state, as a metric, and to who has subscribed', async () => {
    const subscription = await surface.subscribe<{
      certificateChanged: { type: string; object: Certificate };
    }>('subscription { certificateChanged { type object { name state } } }');
    const notAfter = new Date(Date.now() + 10 * DAY_MS);
    await create('soon', makeCertificate({ commonName: 'a', names: ['a.com'], notAfter }));
    expect(await subscription.next()).toEqual({
      certificateChanged: { type: 'ADDED', object: { name: 'soon', state: 'EXPIRING' } },
    });
    const { text } = await surface.rest.get('/metrics').expect(200);
    const [, seconds] =
      /swarmplane_certificate_expires_in_seconds\{[^}]*name="soon"\} (\S+)/.exec(text) ?? [];
    expect(Number(seconds) / 24 / 3600).toBeCloseTo(10, 1);
  });

  it('that has expired, or is not valid yet, is refused unless that is forced', async () => {
    for (const [validity, words] of [
      [{ notAfter: new Date(Date.now() - DAY_MS) }, 'has expired'],
      [{ notBefore: new Date(Date.now() + DAY_MS) }, 'is not valid before'],
    ] as const) {
      const made = makeCertificate({
        commonName: 'a',
        names: ['a.com'],
        notBefore: new Date(0),
        ...validity,
      });
      const problem = await refusal({ chain: made.certificate, key: made.key });
      expect(problem.errors?.[0]).toMatchObject({ pointer: '/chain' });
      expect(problem.detail).toContain(words);
      await create(`forced-${words.length}`, made, { force: true });
    }
  });

  it('is refused, saying why, when it could not be served', async () => {
    const leaf = makeCertificate({ commonName: 'leaf', names: ['a.com'], issuer: rootOf });
    const weak = makeCertificate({ commonName: 'weak', names: ['a.com'], keys: keyPair(1024) });
    const nameless = makeCertificate({ commonName: 'a.com' });
    const encrypted = shop.keys.privateKey.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'x',
    }) as string;
    const good = { chain: shop.certificate, key: shop.key };
    for (const [input, pointer, words] of [
      [{ ...good, key: leaf.key }, '/key', 'not the key of CN=shop'],
      [{ chain: leaf.certificate + rootOf.certificate, key: rootOf.key }, '/key', 'the key of certificate 2'],
      [{ chain: rootOf.certificate + leaf.certificate, key: rootOf.key }, '/chain', 'was not issued by'],
      [{ chain: leaf.certificate + shop.certificate, key: leaf.key }, '/chain', 'was not issued by'],
      [{ chain: weak.certificate, key: weak.key }, '/key', 'rsa-1024'],
      [{ chain: nameless.certificate, key: nameless.key }, '/chain', 'no DNS name'],
      [{ ...good, key: encrypted }, '/key', 'openssl pkey'],
      [{ ...good, key: 'nonsense' }, '/key', 'PEM'],
      [{ ...good, chain: 'nonsense' }, '/chain', 'PEM'],
      [{ ...good, chain: shop.certificate.replace(/\n.{20}/, '\nAAAA') }, '/chain', 'cannot be read'],
      [{ ...good, chain: shop.certificate.repeat(9) }, '/chain', 'at most'],
    ] as const) {
      const problem = await refusal(input);
      expect(
        problem.errors?.map((error) => error.pointer),
        words,
      ).toContain(pointer);
      expect(problem.errors?.map(({ detail }) => detail).join(' ')).toContain(words);
    }
    await create(
      'chained',
      leaf.certificate ? { ...leaf, certificate: leaf.certificate + rootOf.certificate } : leaf,
    );
  });

  it('that was sealed with another key is said to be, and is kept from the routers', async () => {
    const made = await create('shop');
    const other = await startSurface({ swarm, certificateKey: randomBytes(32) });
    try {
      const shown = await other.rest.get('/v1/certificates/shop').expect(200);
      expect(shown.body).toMatchObject({ id: made.id, state: 'unusable', names: made.names });
      expect(bodyOf<Certificate>(shown).problem).toContain('SWARMPLANE_CERTIFICATE_KEY');
      expect(other.app.get(RouterConfigs, { strict: false }).of(null).certificates).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('never shows its key: not in an answer, an error, a plan, a metric, a log, or what the swarm keeps', async () => {
    let log = '';
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        log += chunk.toString();
        done();
      },
    });
    const token = newToken();
    const own = new FakeSwarm();
    const app = await createApp(
      own.ports,
      { adminToken: token, certificateKey },
      pino({ level: 'trace' }, sink),
    );
    await app.listen({ host: '127.0.0.1', port: 0 });
    const other = new Surface(own, app, token);
    await other.state.until(() => other.state.hasSynced || undefined, 5_000);
    // Any line of the key's text would give it away.
    const canaries = shop.key.split('\n').filter((line) => line.length > 40);
    expect(canaries.length).toBeGreaterThan(0);
    const { key } = shop;
    const answers = [
      await other.rest.post('/v1/certificates?dryRun=true').send({ name: 'a', chain: shop.certificate, key }),
      await other.rest.post('/v1/certificates').send({ name: 'a', chain: shop.certificate, key }),
      await other.rest.post('/v1/certificates').send({ name: 'a', chain: shop.certificate, key }),
      await other.rest.post('/v1/certificates').send({ name: 'b', chain: rootOf.certificate, key }),
      await other.rest.post('/v1/certificates').send({ name: 'b', chain: key, key: `${key}x` }),
      await other.rest.post('/v1/certificates').send({ name: key, chain: 1, key: [key] }),
      await other.rest.put('/v1/certificates/a').send({ chain: shop.certificate, key, [key]: 1 }),
      await other.rest.post('/graphql').send({
        query: `mutation ($key: String!) { createCertificate(input: { name: "c", chain: "", key: $key }) { id } }`,
        variables: { key },
      }),
      await other.rest.get('/v1/certificates'),
      await other.rest.get('/metrics'),
    ];
    await other.close();
    const everything = [...answers.map(({ text }) => text), log, JSON.stringify(own.all('config'))];
    // What is refused as the name of a field is said again: that is the client's own doing.
    everything.splice(6, 1);
    for (const canary of canaries) for (const text of everything) expect(text).not.toContain(canary);
    expect(answers.map(({ status }) => status)).toEqual([200, 201, 409, 400, 400, 400, 400, 200, 200, 200]);
  });

  it('that somebody broke in the swarm takes nothing else along', async () => {
    await create('shop');
    await swarm.gateway.createConfig('swarmplane.certificate.broken', {
      'swarmplane.document': '{"name":"broken","chain":5}',
    });
    await surface.state.until(() => surface.state.configs.named('swarmplane.certificate.broken')[0], 5_000);
    const list = await surface.rest.get('/v1/certificates').expect(200);
    expect(list.body).toMatchObject({ total: 1 });
    expect(served()).toHaveLength(1);
  });
});
