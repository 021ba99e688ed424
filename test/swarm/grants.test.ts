import { randomBytes } from 'node:crypto';
import supertest from 'supertest';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import type { CreatedToken } from '../../src/auth/auth.types.ts';
import { EventReader } from '../support/event-stream.ts';
import { eventually } from '../support/eventually.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';
import { Subscription } from '../support/subscription.ts';
import { bodyOf, type Rest } from '../support/surface.ts';

const name = `test-grants-${randomBytes(4).toString('hex')}`;
const GRANT = `/v1/access/grants/${name}`;
const ROLE = `/v1/access/roles/${name}`;
/** Streams end within a second of what ends them; the goal is five. */
const ENDS_WITHIN_MS = 5_000;

// Two servers on one swarm: what is written through one is in force on the other.
let one: RealServer;
let other: RealServer;
let member: CreatedToken;

beforeAll(async () => {
  const engine = inject('engine');
  one = await startRealServer(realPorts(engine));
  other = await startRealServer(realPorts(engine));
});
afterAll(async () => {
  await one?.close();
  await other?.close();
});
beforeEach(async () => {
  member = bodyOf<CreatedToken>(await one.rest.post('/v1/tokens').send({ name }).expect(201));
  await on(other).get('/v1/me', 200);
});
afterEach(async () => {
  for (const path of [GRANT, ROLE, `/v1/tokens/${member.id}`]) await one.rest.delete(path);
});

const as = (server: RealServer, token: string): Rest =>
  supertest.agent(server.url).set('Authorization', `Bearer ${token}`);

/** What a server answers whoever holds the token, as soon as it has heard of it. */
const on = (server: RealServer, token = member.token) => ({
  get: (path: string, status: number): Promise<unknown> =>
    eventually(`${path} answers ${status}`, async () => {
      const answer = await as(server, token).get(path);
      return answer.status === status ? answer : undefined;
    }),
});

const grant = (role: string, scope: object = { all: true }) =>
  one.rest
    .post('/v1/access/grants')
    .send({ name, subject: { token: member.id }, role, scope })
    .expect(201);

describe('a grant', () => {
  it('that one server makes, changes and takes away is in force on the other', async () => {
    await on(other).get('/v1/networks', 403);
    await grant('viewer');
    await on(other).get('/v1/networks', 200);
    await on(other).get('/v1/tokens', 403);
    const admin = { subject: { token: member.id }, role: 'admin', scope: { all: true } };
    await one.rest.put(GRANT).send(admin).expect(200);
    await on(other).get('/v1/tokens', 200);
    await other.rest.delete(GRANT).expect(204);
    await on(one).get('/v1/networks', 403);
  });

  it('of a role follows what the role has', async () => {
    const rules = (kind: string): object => ({ rules: [{ kinds: [kind], verbs: ['view'] }] });
    await one.rest
      .post('/v1/access/roles')
      .send({ name, ...rules('network') })
      .expect(201);
    await grant(name);
    await on(other).get('/v1/networks', 200);
    await one.rest.put(ROLE).send(rules('node')).expect(200);
    await on(other).get('/v1/networks', 403);
    await on(other).get('/v1/nodes', 200);
    const refused = await one.rest.delete(ROLE).expect(409);
    expect(bodyOf<Problem>(refused).detail).toContain(`"${name}"`);
  });

  it('of one name is made by one server only, when both try at once', async () => {
    const input = { name, subject: { token: member.id }, role: 'viewer', scope: { all: true } };
    const answers = await Promise.all(
      [one, other].map(({ rest }) => rest.post('/v1/access/grants').send(input)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it('that is taken away on one server ends the streams and sockets of the other', async () => {
    await grant('viewer');
    await on(other).get('/v1/nodes', 200);
    const headers = { Authorization: `Bearer ${member.token}` };
    const stream = await EventReader.open(`${other.url}/v1/events?kinds=node`, headers);
    const socket = new Subscription<unknown>(
      `${other.url.replace('http', 'ws')}/graphql`,
      headers,
      'subscription { nodeChanged(initial: true) { type } }',
      {},
    );
    expect(await socket.next()).toBeTruthy();
    const began = Date.now();
    await one.rest.delete(GRANT).expect(204);
    const last = await stream.event();
    expect(last.event).toBe('resync');
    expect(JSON.parse(last.data ?? 'null')).toMatchObject({ reason: 'rights-changed' });
    await stream.end();
    expect(await socket.closing()).toMatchObject({ code: 4205 });
    expect(Date.now() - began).toBeLessThan(ENDS_WITHIN_MS);
  });
});

describe('a token that one server has rotated', () => {
  it('has the new secret on the other at once, and the old one until the overlap ends', async () => {
    await grant('viewer');
    await on(other).get('/v1/nodes', 200);
    const rotated = await one.rest
      .post(`/v1/tokens/${member.id}/rotate`)
      .send({ overlapSeconds: 3 })
      .expect(200);
    const { token } = bodyOf<CreatedToken>(rotated);
    await on(other, token).get('/v1/nodes', 200);
    await on(other).get('/v1/me', 401);
    await on(other, token).get('/v1/me', 200);
  });
});
