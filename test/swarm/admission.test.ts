import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import type { Service } from '../../src/services/services.types.ts';
import { engineApi } from '../support/engine-api.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';
import { bodyOf, type Rest } from '../support/surface.ts';
import supertest from 'supertest';

const engine = inject('engine');
const docker = engineApi(engine.dockerHost);
const suffix = randomBytes(4).toString('hex');
const name = `test-admission-${suffix}`;
const path = `/v1/services/${name}`;
/** Its tasks go nowhere: what matters is what Swarm is asked for. */
const NOWHERE = {
  name,
  image: 'busybox:latest',
  labels: { 'swarmplane.test': suffix },
  placement: { constraints: ['node.labels.none==yes'] },
};
const MOUNT = { type: 'bind', source: '/srv', target: '/srv' };

let server: RealServer;
let operator: Rest;

beforeAll(async () => {
  server = await startRealServer(realPorts(engine));
  const made = await server.rest.post('/v1/tokens').send({ name, role: 'operator' }).expect(201);
  const { token } = bodyOf<{ token: string }>(made);
  operator = supertest.agent(server.url).set('Authorization', `Bearer ${token}`);
});
afterAll(async () => {
  await server.rest.delete(path);
  const { items } = bodyOf<{ items: { id: string; name: string }[] }>(await server.rest.get('/v1/tokens'));
  for (const token of items.filter((one) => one.name === name)) {
    await server.rest.delete(`/v1/tokens/${token.id}`);
  }
  await server.close();
});

const rulesOf = (answer: { status: number; body: unknown }): (string | undefined)[] => {
  expect(answer.status, JSON.stringify(answer.body)).toBe(403);
  return bodyOf<Problem>(answer).errors?.map(({ detail }) => /"([^"]+)"/.exec(detail)?.[1]) ?? [];
};
const shown = async (): Promise<Service> => bodyOf(await server.rest.get(path).expect(200));

describe('an operator of a real swarm', () => {
  it('has no bind mount by a create, an update or a rollback, and keeps what an admin has given', async () => {
    expect(rulesOf(await operator.post('/v1/services').send({ ...NOWHERE, mounts: [MOUNT] }))).toEqual([
      'mounts',
    ]);
    await operator.post('/v1/services').send(NOWHERE).expect(201);
    expect(rulesOf(await operator.patch(path).send({ mounts: [MOUNT] }))).toEqual(['mounts']);

    await server.rest
      .patch(path)
      .send({ mounts: [MOUNT] })
      .expect(200);
    await operator.post(`${path}/scale`).send({ replicas: 2 }).expect(200);
    expect(rulesOf(await operator.patch(path).send({ image: 'busybox:musl' }))).toEqual(['mounts']);
    // What the engine has written down as the spec before is the one with the mount.
    await operator.patch(path).send({ mounts: [] }).expect(200);
    expect(rulesOf(await operator.post(`${path}/rollback`))).toEqual(['mounts']);
    expect((await shown()).mounts).toEqual([]);
    await server.rest.post(`${path}/rollback`).expect(200);
    expect(await shown()).toMatchObject({ replicas: 2, mounts: [MOUNT] });
    await operator.post(`${path}/rollback`).expect(200);
    expect((await shown()).mounts).toEqual([]);
  });

  it('goes back to nothing that was set past the server', async () => {
    // Set past us, as who has the socket can.
    const { ID, Version, Spec } = (await docker.get(`/services/${name}`)) as {
      ID: string;
      Version: { Index: number };
      Spec: { TaskTemplate: { ContainerSpec: Record<string, unknown> } };
    };
    const ContainerSpec = {
      ...Spec.TaskTemplate.ContainerSpec,
      Privileges: { CredentialSpec: { File: 'a.json' } },
    };
    const TaskTemplate = { ...Spec.TaskTemplate, ContainerSpec };
    await docker.send('POST', `/services/${ID}/update?version=${Version.Index}`, { ...Spec, TaskTemplate });
    await server.state.until(() => server.state.services.get(ID)?.privileges ?? undefined, 10_000);
    await operator
      .patch(path)
      .send({ privileges: null, labels: { later: '1' } })
      .expect(200);
    expect(rulesOf(await operator.post(`${path}/rollback`))).toEqual(['privileges']);
    expect(rulesOf(await operator.post(`${path}/rollback?dryRun=true`))).toEqual(['privileges']);
  });
});
