import { PassThrough } from 'node:stream';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { newToken } from '../../src/auth/token-format.ts';
import type { JoinTokens } from '../../src/cluster/cluster.types.ts';
import { DomainError } from '../../src/domain/errors.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

const QUERY = '{ joinTokens { worker manager command { worker manager } } }';

let surface: Surface;
let swarm: FakeSwarm;
beforeAll(async () => {
  swarm = new FakeSwarm([{ hostname: 'alpha' }, { hostname: 'beta' }]);
  surface = await startSurface({ swarm });
});
afterAll(() => surface.close());

const get = async (): Promise<JoinTokens> =>
  bodyOf<JoinTokens>(await surface.rest.get('/v1/swarm/join-tokens').expect(200));

describe('join tokens', () => {
  it('are shown with the command that uses them, and are to be stored nowhere', async () => {
    const response = await surface.rest.get('/v1/swarm/join-tokens').expect(200);
    const { worker, manager } = await swarm.gateway.joinTokens();
    expect(response.body).toEqual({
      worker,
      manager,
      command: {
        worker: `docker swarm join --token ${worker} 192.0.2.1:2377`,
        manager: `docker swarm join --token ${manager} 192.0.2.1:2377`,
      },
    });
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.headers).not.toHaveProperty('etag');
    const compressed = await surface.rest.get('/v1/swarm/join-tokens').set('Accept-Encoding', 'gzip');
    expect(compressed.headers).not.toHaveProperty('content-encoding');
    expect((await surface.data<{ joinTokens: unknown }>(QUERY)).joinTokens).toEqual(response.body);
  });

  it.each(['worker', 'manager'] as const)('of a %s are replaced, and only those', async (role) => {
    const other = role === 'worker' ? 'manager' : 'worker';
    const before = await get();
    const response = await surface.rest.post('/v1/swarm/join-tokens/rotate').send({ role }).expect(200);
    const after = bodyOf<JoinTokens>(response);
    expect(response.headers['cache-control']).toBe('no-store');
    expect(after[role]).not.toBe(before[role]);
    expect(after[other]).toBe(before[other]);
    expect(await get()).toEqual(after);
    // What was asked before is not answered from memory.
    expect((await surface.data<{ joinTokens: unknown }>(QUERY)).joinTokens).toEqual(after);

    const { rotateJoinToken } = await surface.data<{ rotateJoinToken: JoinTokens }>(
      `mutation { rotateJoinToken(role: ${role.toUpperCase()}) { worker manager } }`,
    );
    expect(rotateJoinToken[role]).not.toBe(after[role]);
    expect(rotateJoinToken[other]).toBe(after[other]);
  });

  it('are rotated although the swarm is changed meanwhile', async () => {
    const before = await get();
    const rotations = [0, 1, 2].map(() =>
      surface.rest.post('/v1/swarm/join-tokens/rotate').send({ role: 'worker' }).expect(200),
    );
    const after = await Promise.all(rotations);
    expect(after.map((response) => bodyOf<JoinTokens>(response).worker)).not.toContain(before.worker);
  });

  it.each(['viewer', 'operator'] as const)('are no business of a %s', async (role) => {
    const token = await surface.tokenFor(role);
    const secrets = Object.values(await swarm.gateway.joinTokens());
    const answers = await Promise.all([
      surface.as(token).get('/v1/swarm/join-tokens').expect(403),
      surface.as(token).post('/v1/swarm/join-tokens/rotate').send({ role: 'worker' }).expect(403),
      surface.as(token).get('/v1/swarm').expect(200),
      surface.as(token).post('/graphql').send({ query: QUERY }),
      surface
        .as(token)
        .post('/graphql')
        .send({ query: 'mutation { rotateJoinToken(role: WORKER) { worker } }' }),
    ]);
    for (const { text } of answers) for (const secret of secrets) expect(text).not.toContain(secret);
    expect(Object.values(await swarm.gateway.joinTokens())).toEqual(secrets);
  });

  it('are in no log, metric or error', async () => {
    const log = new PassThrough();
    const lines: string[] = [];
    log.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
    const adminToken = newToken();
    const app = await createApp(swarm.ports, { adminToken }, pino({ level: 'trace' }, log));
    try {
      await app.listen({ host: '127.0.0.1', port: 0 });
      const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
      const rest = supertest.agent(`http://127.0.0.1:${port}`).set('Authorization', `Bearer ${adminToken}`);
      const before = bodyOf<JoinTokens>(await rest.get('/v1/swarm/join-tokens').expect(200));
      const after = bodyOf<JoinTokens>(
        await rest.post('/v1/swarm/join-tokens/rotate').send({ role: 'manager' }).expect(200),
      );
      const texts = [(await rest.get('/metrics').expect(200)).text];
      swarm.fail(new DomainError('internal', 'It failed.', { cause: new Error('the engine fails') }));
      texts.push((await rest.get('/v1/swarm/join-tokens').expect(500)).text);
      swarm.recover();
      expect(lines.join('')).toContain('the engine fails');
      for (const secret of [before.worker, before.manager, after.manager]) {
        expect([...texts, ...lines].join('')).not.toContain(secret);
      }
    } finally {
      swarm.recover();
      await app.close();
    }
  });
});
