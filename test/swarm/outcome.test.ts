import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CuttableSocket } from '../support/cuttable-socket.ts';
import { engineApi } from '../support/engine-api.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';
import { bodyOf } from '../support/surface.ts';

const engine = inject('engine');
const docker = engineApi(engine.dockerHost);
const suffix = randomBytes(4).toString('hex');
const name = `test-lost-${suffix}`;
const labels = { 'swarmplane.test': suffix };
let socket: CuttableSocket;
let server: RealServer;

beforeAll(async () => {
  socket = await CuttableSocket.before(engine.dockerHost.replace(/^unix:\/\//, ''));
  server = await startRealServer(realPorts({ ...engine, dockerHost: `unix://${socket.path}` }));
  // What the server asks the engine once is asked before the answers to writes are lost.
  await server.rest.get('/v1/swarm').expect(200);
  socket.loseAnswersTo(/^(POST|DELETE) /);
});
afterAll(async () => {
  socket?.loseAnswersTo(null);
  for (const kind of ['services', 'networks']) await server?.rest.delete(`/v1/${kind}/${name}`);
  await server?.close();
  await socket?.close();
});

describe('a write whose answer the engine could not deliver', () => {
  it('is found to be made: a network, a service on it, their changes and their end', async () => {
    const network = await server.rest.post('/v1/networks').send({ name, labels }).expect(201);
    expect(network.body).toMatchObject({ name, labels });

    const input = {
      name,
      labels,
      image: 'busybox:latest',
      command: ['sleep', '600'],
      networks: [{ network: name, aliases: ['lost'] }],
      updateConfig: { parallelism: 2 },
      restartPolicy: { delay: 1_000 },
      placement: { constraints: ['node.labels.none == yes'] },
    };
    const made = await server.rest.post('/v1/services').send(input).expect(201);
    const { id } = bodyOf<{ id: string }>(made);
    const listed = (await docker.get(`/services/${id}`)) as { ID: string };
    expect(listed.ID).toBe(id);

    const patch = { labels: { a: '1' }, env: { A: '1' }, updateConfig: null, restartPolicy: { delay: null } };
    const changed = await server.rest.patch(`/v1/services/${name}`).send(patch).expect(200);
    expect(changed.body).toMatchObject({ id, env: { A: '1' }, labels: { ...labels, a: '1' } });
    const scaled = await server.rest.post(`/v1/services/${name}/scale`).send({ replicas: 3 }).expect(200);
    expect(scaled.body).toMatchObject({ replicas: 3 });
    const back = await server.rest.post(`/v1/services/${name}/rollback`).expect(200);
    expect(back.body).toMatchObject({ replicas: 1, env: { A: '1' } });
    await server.rest.delete(`/v1/services/${name}`).expect(204);
    await server.rest.get(`/v1/services/${name}`).expect(404);
    await server.rest.delete(`/v1/networks/${name}`).expect(204);
  });

  it.each(['secret', 'config'])('is found to be made: a %s, and its end', async (kind) => {
    const path = `/v1/${kind}s`;
    const made = await server.rest.post(path).send({ name, labels, text: 'x' }).expect(201);
    expect(made.body).toMatchObject({ name, labels });
    const { id } = bodyOf<{ id: string }>(made);
    expect((await docker.get(`/${kind}s/${id}`)) as { ID: string }).toMatchObject({ ID: id });
    const send = () =>
      server.rest
        .post(path)
        .set('Idempotency-Key', suffix)
        .send({ name: `${name}-key`, labels, text: 'x' });
    const first = bodyOf<{ id: string }>(await send().expect(201));
    expect((await send().expect(201)).body).toEqual(first);
    for (const one of [id, first.id]) await server.rest.delete(`${path}/${one}`).expect(204);
    await server.rest.get(`${path}/${id}`).expect(404);
  });

  it('is found to be made: a token, which then works, and its end', async () => {
    const made = await server.rest.post('/v1/tokens').send({ name, role: 'viewer' }).expect(201);
    const { id, token } = bodyOf<{ id: string; token: string }>(made);
    const me = (): Promise<number> =>
      fetch(`${server.url}/v1/me`, { headers: { Authorization: `Bearer ${token}` } }).then(
        ({ status }) => status,
      );
    expect(await me()).toBe(200);
    await server.rest.delete(`/v1/tokens/${id}`).expect(204);
    expect(await me()).toBe(401);
  });

  it('is found by the next one with the same idempotency key', async () => {
    const send = () =>
      server.rest
        .post('/v1/services')
        .set('Idempotency-Key', suffix)
        .send({ name, labels, image: 'busybox:latest', replicas: 0 });
    const first = await send().expect(201);
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    const again = await send().expect(201);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(bodyOf<{ id: string }>(again).id).toBe(bodyOf<{ id: string }>(first).id);
    await server.rest.delete(`/v1/services/${name}`).expect(204);
  });
});
