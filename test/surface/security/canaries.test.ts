import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CreatedToken } from '../../../src/auth/auth.types.ts';
import type { JoinTokens } from '../../../src/cluster/cluster.types.ts';
import { LoudSwarm, MOODS } from '../../fakes/loud-swarm.ts';
import { Canaries } from '../../support/canaries.ts';
import { upgrade } from '../../support/raw-request.ts';
import { registryCredentials, secretMutations, secretWrites } from '../../support/secret-writes.ts';
import { Subscription } from '../../support/subscription.ts';
import { bodyOf, startSurface, type Rest, type Surface } from '../../support/surface.ts';

/** What is made there has no way out. Whoever may see services and routes, or plans of them, sees what is in them. */
const HIDDEN_FOR_GOOD = new Set(['/v1/secrets', '/v1/configs', '/v1/certificates']);

const canaries = new Canaries();
const directory = mkdtempSync(join(tmpdir(), 'swarmplane-canaries-'));
const swarm = new LoudSwarm();
/** All that was logged, and all that went wrong, as clients were told. */
let logged = '';
let refusals = '';
let surface: Surface;
let plans = '';

beforeAll(async () => {
  surface = await startSurface({
    swarm,
    logger: pino({ level: 'trace' }, { write: (line: string) => void (logged += line) }),
    audit: { database: { kind: 'sqlite', file: join(directory, 'a.db') }, retentionDays: 1, server: 'a' },
  });
  canaries.watch('the admin token', surface.adminToken);
});
afterAll(async () => {
  await surface.close();
  rmSync(directory, { recursive: true, force: true });
});

/** An answer, of which only what it says of failures is kept; how else it ended does not matter here. */
function take(response: Response): Response {
  const { errors } = bodyOf<{ errors?: unknown }>(response) ?? {};
  if (response.status >= 400) refusals += response.text;
  else if (errors) refusals += JSON.stringify(errors);
  return response;
}

async function overSocket(query: string, variables: Record<string, unknown>): Promise<void> {
  const subscription = new Subscription<unknown>(
    `ws://${surface.address}/graphql`,
    { Authorization: `Bearer ${surface.adminToken}` },
    query,
    variables,
  );
  const message = await subscription.message().catch((error: unknown) => String(error));
  refusals += typeof message === 'string' ? message : JSON.stringify(message.errors ?? '');
  await subscription.close();
}

describe.each(MOODS)('with the swarm in the mood "%s"', (mood) => {
  it('everything that takes a secret is asked for, over REST, GraphQL and WebSocket', async () => {
    if (mood === 'well') {
      await surface.rest.post('/v1/services').send({ name: 'kept', image: 'nginx' }).expect(201);
    }
    swarm.mood = mood;
    for (const [method, path, body] of secretWrites(canaries, mood)) {
      const header = registryCredentials(canaries, `credentials for a registry (${mood}, ${path})`);
      take(await surface.rest[method](path).set('X-Registry-Auth', header).send(body));
      if (HIDDEN_FOR_GOOD.has(path)) {
        plans += (await surface.rest[method](path).query({ dryRun: true }).send(body)).text;
      }
    }
    for (const [query, variables] of secretMutations(canaries, mood)) {
      take(await surface.rest.post('/graphql').send({ query, variables }));
      await overSocket(query, variables);
    }
    // Resolving the image fails with what is sent to the registry.
    const image = { name: 'resolved', image: 'nginx', resolveImage: true };
    take(
      await surface.rest
        .post('/v1/services')
        .set('X-Registry-Auth', registryCredentials(canaries, `an image (${mood})`))
        .send(image),
    );
    swarm.mood = 'well';
    if (mood !== 'well') expect(refusals).toContain('INTERNAL');
  });
});

describe('what proves who asks', () => {
  it('is sent well and wrong, in headers, URLs and connections', async () => {
    const made = await surface.rest.post('/v1/tokens').send({ name: 'portal', role: 'admin' }).expect(201);
    const { token } = bodyOf<CreatedToken>(made);
    canaries.watch('a token', token);
    const { worker, manager } = bodyOf<JoinTokens>(
      await surface.as(token).get('/v1/swarm/join-tokens').expect(200),
    );
    canaries.watch('the join token of workers', worker);
    canaries.watch('the join token of managers', manager);
    swarm.mood = 'bug';
    take(await surface.rest.post('/v1/swarm/join-tokens/rotate').send({ role: 'worker' }));
    swarm.mood = 'well';
    const { ticket } = bodyOf<{ ticket: string }>(
      await surface.as(token).post('/v1/events/ticket').expect(201),
    );
    canaries.watch('a ticket', ticket);

    const base64 = (text: string): string => Buffer.from(text).toString('base64url');
    const headers = [
      `Bearer ${canaries.plant('a bearer that is none')}`,
      `Bearer swp_${canaries.plant('a token that is none')}`,
      `Bearer ${base64('{"alg":"none"}')}.${base64(`{"sub":"${canaries.plant('a claim')}"}`)}.${canaries.plant('a signature')}`,
      `Basic ${base64(`me:${canaries.plant('a password')}`)}`,
      canaries.plant('a header without a scheme'),
    ];
    for (const header of headers) {
      const rest: Rest = surface.as(null).set('Authorization', header);
      take(await rest.get('/v1/services'));
      take(await rest.post('/v1/services').send({ name: 'x', image: 'nginx' }));
      take(await rest.post('/graphql').send({ query: '{ me { id } }' }));
      await upgrade(surface.address, '/graphql', { Authorization: header });
      const subscription = new Subscription<unknown>(
        `ws://${surface.address}/graphql`,
        { Authorization: header },
        'subscription { nodeChanged { type } }',
        {},
      );
      refusals += (await subscription.closing()).reason;
      await subscription.close();
    }
    for (const name of ['ticket', 'access_token', 'token', 'authorization']) {
      const query = { [name]: canaries.plant(`?${name}= by mistake`) };
      for (const path of ['/v1/services', '/v1/events', '/nothing', '/livez', '/docs', '/graphql']) {
        take(await surface.as(null).get(path).query(query));
      }
      take(await surface.rest.delete('/v1/services/none').query(query));
      take(await surface.rest.post('/v1/services').query(query).send({ name: 'x', image: 'nginx' }));
    }
  });

  it('stands in bodies that cannot be read', async () => {
    const send = (type: string, body: string) =>
      surface.rest.post('/v1/secrets').set('Content-Type', type).send(body).then(take);
    await send('application/json', `{"name":"x","text":"${canaries.plant('a body that breaks off')}`);
    await send('application/json', `${canaries.plant('a body that is no JSON')}`);
    await send('text/plain', canaries.plant('a body of another type'));
    await send('application/json', JSON.stringify({ text: canaries.plant('a large body').repeat(50_000) }));
    await send(
      'application/json',
      `{"__proto__":{"x":"${canaries.plant('a body that would be a prototype')}"}}`,
    );
    take(
      await surface.rest
        .post('/graphql')
        .type('application/json')
        .send(`{"query":"${canaries.plant('a broken query')}`),
    );
    take(
      await surface.rest
        .post('/v1/secrets')
        .set('X-Registry-Auth', canaries.plant('broken credentials'))
        .send({}),
    );
  });
});

describe('no secret is found', () => {
  /** Every byte of the database, what is not yet in its place included. */
  const kept = (): string =>
    readdirSync(directory)
      .map((file) => readFileSync(join(directory, file), 'latin1'))
      .join();

  it.each<[string, () => string | Promise<string>, RegExp]>([
    ['log, at its most talkative', () => logged, /createService.*hidden/],
    ['error', () => refusals, /UNAUTHENTICATED.*INVALID|INVALID.*UNAUTHENTICATED/s],
    ['metric', async () => (await surface.rest.get('/metrics').expect(200)).text, /swarmplane_http/],
    ['file of the audit trail', kept, /POST \/v1\/secrets/],
    [
      'page of the audit trail',
      async () => (await surface.rest.get('/v1/audit?limit=1000').expect(200)).text,
      /create/,
    ],
    ['export of the audit trail', exported, /createSecret/],
    ['plan of what is never shown again', () => plans, /changes/],
  ])('in any %s', async (_, text, shows) => {
    const all = await text();
    expect(all).toMatch(shows);
    expect(canaries.in(all)).toEqual([]);
  });

  async function exported(): Promise<string> {
    const response = await surface.rest
      .get('/v1/audit')
      .set('Accept', 'application/x-ndjson')
      .buffer(true)
      .expect(200);
    return response.text ?? String(response.body);
  }

  it('and they would be', () => {
    expect(canaries.size).toBeGreaterThan(100);
    const value = canaries.plant('a proof');
    for (const text of [value, Buffer.from(`x${value}y`).toString('base64'), `?a=${value}`]) {
      expect(canaries.in(`… ${text} …`)).toEqual(['a proof']);
    }
  });
});
