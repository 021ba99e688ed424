import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { WrittenService } from '../../src/services/written-service.types.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';
import { bodyOf } from '../support/surface.ts';

const engine = inject('engine');
const suffix = randomBytes(4).toString('hex');
const name = `test-safe-${suffix}`;
const labels = { 'swarmplane.test': suffix };
let servers: RealServer[] = [];

beforeAll(async () => {
  servers = [await startRealServer(realPorts(engine)), await startRealServer(realPorts(engine))];
});
afterAll(async () => {
  for (const kind of ['services', 'networks']) await servers[0]?.rest.delete(`/v1/${kind}/${name}`);
  for (const server of servers) await server.close();
});

const [one, other] = [() => servers[0] as RealServer, () => servers[1] as RealServer];
const service = (more: object): object => ({ name, labels, image: 'busybox:latest', ...more });

describe('waiting for a real service', () => {
  it('tells the reason that a task gives when it cannot be', async () => {
    const crashes = {
      command: ['sh', '-c', 'exit 3'],
      replicas: 1,
      restartPolicy: { condition: 'none' },
    };
    const failed = await one()
      .rest.post('/v1/services')
      .set('Prefer', 'wait=30')
      .send(service(crashes))
      .expect(201);
    expect(bodyOf<WrittenService>(failed).rollout).toMatchObject({
      state: 'failed',
      over: true,
      message: 'task: non-zero exit (3)',
    });

    const nowhere = { placement: { constraints: ['node.labels.none == yes'] }, command: ['sleep', '60'] };
    const waiting = await one()
      .rest.patch(`/v1/services/${name}`)
      .set('Prefer', 'wait=2')
      .send(nowhere)
      .expect(202);
    expect(bodyOf<WrittenService>(waiting).rollout).toMatchObject({
      state: 'converging',
      over: false,
      message: 'no suitable node (scheduling constraints not satisfied on 1 node)',
    });
    await one().rest.delete(`/v1/services/${name}`).expect(204);
  });
});

describe('a create with a key, sent to two servers of a real swarm at once', () => {
  it.each([
    ['/v1/networks', { name, labels }],
    ['/v1/services', service({ replicas: 0 })],
  ])('at %s makes one object, which both answer', async (path, input) => {
    const send = (server: RealServer) =>
      server.rest.post(path).set('Idempotency-Key', `${suffix}-both`).send(input);
    const [first, second] = await Promise.all([send(one()), send(other())]);
    expect([first.status, second.status], `${first.text} ${second.text}`).toEqual([201, 201]);
    expect(bodyOf<{ id: string }>(first).id).toBe(bodyOf<{ id: string }>(second).id);
    const { items } = bodyOf<{ items: unknown[] }>(await one().rest.get(`${path}?name=${name}`).expect(200));
    expect(items).toHaveLength(1);
    await one().rest.delete(`${path}/${name}`).expect(204);
    await other().state.until(() => (other().state.of('service').named(name)[0] ? undefined : true), 5_000);
  });
});
