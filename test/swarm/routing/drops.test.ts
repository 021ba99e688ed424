import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ROUTER_LABEL } from '../../../src/domain/route-network.ts';
import { Load, type LoadReport } from '../../support/routing/load.ts';
import { OPENS_WITHIN_MS, RouterBed } from '../../support/routing/router-bed.ts';

// What an application must do itself, or no router can help it:
// - it has a health check, so that a task is RUNNING only once it answers;
// - on SIGTERM it finishes the requests that are running, and tells WebSockets to go elsewhere (1001) after a while;
// - `stopGracePeriod` is longer than both of these take;
// - it has another task while one is replaced: two of them, or the update order `start-first`.
// `echo-task.ts` does so. It closes its port at once when it is told to stop, so that a request that a router sends it too
// late is seen as a failure here.

const LINGER_MS = 1_500;
const SERVICE = 'shop';
const HOST = 'shop.example.com';
const CLIENTS = 8;
const SOCKETS = 20;
const RELOADS = 5;
const NEWEST_ANSWERS_MS = 1_000;

let bed: RouterBed;
beforeAll(async () => {
  bed = await RouterBed.open(inject('engine'), { networks: { edge: { [ROUTER_LABEL]: '' } } });
  await bed.echoes.start(SERVICE, {
    networks: ['edge'],
    listen: [8080],
    replicas: 2,
    labels: { 'swarmplane.http.shop.host': HOST, 'swarmplane.http.shop.port': '8080' },
    more: {
      env: { ECHO_LINGER_MS: `${LINGER_MS}` },
      stopGracePeriod: 10_000,
      updateConfig: { parallelism: 1, order: 'stop-first' },
    },
  });
  await bed.untilApplied('shop');
}, OPENS_WITHIN_MS);
afterAll(() => bed?.close(), OPENS_WITHIN_MS);

describe('under load no request fails and no WebSocket breaks', () => {
  it('while a service scales up and down', async () => {
    const report = await underLoad(async () => {
      for (const replicas of [4, 1, 3]) await bed.echoes.scale(SERVICE, replicas);
    });
    expectNothingLost(report);
    expect(Object.keys(report.byTask).length).toBeGreaterThanOrEqual(4);
  });

  it.each(['stop-first', 'start-first'])('while it is updated, %s', async (order) => {
    const before = bed.echoes.tasks(SERVICE).map(({ id }) => id);
    const report = await underLoad(() => bed.echoes.roll(SERVICE, { order }));
    expectNothingLost(report);
    const after = bed.echoes.tasks(SERVICE).map(({ id }) => id);
    expect(before.filter((id) => after.includes(id))).toEqual([]);
    for (const id of [...before, ...after]) expect(report.byTask[id], id).toBeGreaterThan(0);
    // Those of the old tasks were told to go elsewhere, and did.
    expect(report.sockets.goneAway).toBeGreaterThan(0);
  });

  it('while routers reload', async () => {
    const { reloads } = await bed.router(() => true);
    const report = await underLoad(async () => {
      for (let count = 0; count < RELOADS; count++) {
        await bed.server.rest
          .post('/v1/routes')
          .set('Prefer', 'wait=20')
          .send({
            name: `other-${count}`,
            hosts: [`${count}.example.com`],
            backends: [{ service: SERVICE, port: 8080 }],
          })
          .expect(201);
      }
    });
    for (let count = 0; count < RELOADS; count++) {
      await bed.server.rest.delete(`/v1/routes/other-${count}`).expect(204);
    }
    expectNothingLost(report);
    expect(report.sockets).toMatchObject({ opened: SOCKETS, goneAway: 0 });
    await bed.router((router) => router.reloads >= reloads + RELOADS);
  });

  it('but for what a task was doing that is killed', async () => {
    const [task] = bed.echoes.tasks(SERVICE);
    const report = await underLoad(async () => {
      await bed.docker.send('POST', `/containers/${task?.containerId}/kill`);
      await bed.echoes.replaced(SERVICE, task?.id ?? '');
    });
    // Each client has one request that is running.
    expect(report.failed, report.failures.join('\n')).toBeLessThanOrEqual(CLIENTS);
    expect(report.sockets.broken.filter((socket) => socket.task !== task?.id)).toEqual([]);
  });
});

async function underLoad(change: () => Promise<unknown>): Promise<LoadReport> {
  const load = new Load(bed.network, {
    port: bed.door.ports.http,
    host: HOST,
    path: '/',
    clients: CLIENTS,
    sockets: SOCKETS,
  });
  await load.started;
  await change();
  await bed.echoes.settled(SERVICE);
  // The newest task is to have its turn, too.
  await pass(NEWEST_ANSWERS_MS);
  const report = await load.stop();
  console.log(
    `${report.requests} requests, ${report.sockets.messages} messages on ${report.sockets.opened} WebSockets`,
  );
  return report;
}

function expectNothingLost({ requests, failed, failures, sockets }: LoadReport): void {
  expect(failed, failures.join('\n')).toBe(0);
  expect(sockets.broken).toEqual([]);
  expect(requests).toBeGreaterThan(0);
  expect(sockets.messages).toBeGreaterThan(0);
}
