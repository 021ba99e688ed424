import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ROUTER_LABEL } from '../../../src/domain/route-network.ts';
import type { Router } from '../../../src/routers/routers.types.ts';
import { makeCertificate } from '../../support/certificate-maker.ts';
import { eventually } from '../../support/eventually.ts';
import { OPENS_WITHIN_MS, RouterBed } from '../../support/routing/router-bed.ts';

const HOST = 'shop.example.com';
/** On which the agent tells how it is. */
const HEALTH_PORT = 7401;
/** The issue says ten minutes; nothing in a router depends on how long it is, beyond the first seconds. */
const AWAY_MS = 10_000;
const DAY_MS = 86_400_000;

let bed: RouterBed;
beforeAll(async () => {
  bed = await RouterBed.open(inject('engine'), {
    networks: { edge: { [ROUTER_LABEL]: '' } },
    tcpPorts: [HEALTH_PORT],
  });
  await bed.echoes.start('shop', {
    networks: ['edge'],
    listen: [8080],
    labels: { 'swarmplane.http.shop.host': HOST, 'swarmplane.http.shop.port': '8080' },
  });
  await bed.untilApplied('shop');
}, OPENS_WITHIN_MS);
afterAll(() => bed?.close(), OPENS_WITHIN_MS);

const isServed = async (): Promise<true | undefined> => {
  const answer = await bed.door.ask({ host: HOST }).catch(() => null);
  return answer?.status === 200 || undefined;
};
const hasProblem =
  (kind: string) =>
  ({ problems }: Router): boolean =>
    problems.some((problem) => problem.kind === kind);
const isWell = ({ state, problems }: Router): boolean => state === 'ok' && problems.length === 0;

it('a route whose port is taken has a status that says so, and all else goes on', async () => {
  const route = {
    name: 'taken',
    protocol: 'tcp',
    listen: HEALTH_PORT,
    backends: [{ service: 'shop', port: 8080 }],
  };
  await bed.server.rest.post('/v1/routes').send(route).expect(201);
  const { problems, nack } = await bed.router(hasProblem('route-unserved'));
  expect(problems[0]?.detail).toContain(`port ${HEALTH_PORT} of this router is taken`);
  expect(nack).toBeNull();
  expect(await isServed()).toBe(true);
  await bed.server.rest.delete('/v1/routes/taken').expect(204);
  await bed.router(isWell);
});

it('a certificate that is out of date has a status that says so', async () => {
  const { certificate: chain, key } = makeCertificate({
    commonName: 'old',
    names: [HOST],
    notBefore: new Date(Date.now() - 2 * DAY_MS),
    notAfter: new Date(Date.now() - DAY_MS),
  });
  const body = { name: 'old', chain, key };
  await bed.server.rest.post('/v1/certificates').send(body).expect(400);
  await bed.server.rest
    .post('/v1/certificates')
    .send({ ...body, force: true })
    .expect(201);
  await bed.router(hasProblem('certificate-expired'));
  expect(await isServed()).toBe(true);
  await bed.server.rest.delete('/v1/certificates/old').expect(204);
  await bed.router(isWell);
});

it('without the server, requests go on, also across a restart of the router', async () => {
  const container = await bed.container();
  await bed.server.close();
  try {
    for (const endsAt = performance.now() + AWAY_MS; performance.now() < endsAt; await pass(100)) {
      expect(await isServed()).toBe(true);
    }
    await bed.docker.send('POST', `/containers/${container}/kill`);
    await eventually('Swarm has started another router', async () => {
      const now = await bed.container().catch(() => container);
      return now !== container || undefined;
    });
    await eventually('the other one serves what was good last', isServed);
  } finally {
    await bed.startServer();
  }
  await bed.router(isWell);
});
