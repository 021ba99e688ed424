import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sealKey } from '../../src/proxy/sealed-key.ts';
import { certificatePath } from '../../src/proxy/settings.ts';
import { routedRoute, routeId } from '../factories/router-config.ts';
import type { FakeConfigServer } from '../fakes/fake-config-server.ts';
import { askProxy } from '../support/ask-proxy.ts';
import { makeCertificate } from '../support/certificate-maker.ts';
import { Load } from '../support/load.ts';
import { startTask } from '../support/proxy.ts';
import { RouterFixture } from '../support/router-fixture.ts';
import type { RouterProcess } from '../support/router-process.ts';

const KEY = randomBytes(32);

describe('the router agent', () => {
  let fixture: RouterFixture;
  let server: FakeConfigServer;
  let router: RouterProcess;

  beforeEach(async () => {
    fixture = await RouterFixture.make({
      SWARMPLANE_CERTIFICATE_KEY: KEY.toString('hex'),
      SWARMPLANE_TOKEN: 'canary-token',
    });
    ({ server, router } = fixture);
  });
  afterEach(() => fixture.close());

  it('serves what the server says, and its changes of servers without a reload', async () => {
    await router.start();
    expect(await fixture.asked()).toBe(0);
    expect(await fixture.asked('bar.example.com')).toBe(503);
    const master = router.masterPid;
    for (const index of [1, 2, 0]) {
      server.change(fixture.to(index));
      await fixture.applied();
      expect(await fixture.asked()).toBe(index);
    }
    const report = await server.report(({ runtimeChanges }) => runtimeChanges === 3);
    expect(report).toMatchObject({ id: 'router1', reloads: 0, nack: null, problems: [] });
    expect(report.haproxyVersion).toMatch(/^\d+\.\d+/);
    expect(router.masterPid).toBe(master);
  });

  it('drains a server, and takes out one that is gone once it has no connections', async () => {
    await router.start();
    const slow = await startTask((_, response) => {
      // HAProxy keeps a connection for the next request, and the server as long.
      response.setHeader('connection', 'close');
      setTimeout(() => response.end(), 700);
    });
    server.change(fixture.to(fixture.addTask(slow)));
    await fixture.applied();
    const answer = askProxy(router.httpPort);
    await pause(100);
    server.change(fixture.to(0));
    await fixture.applied();
    expect(await fixture.asked()).toBe(0);
    expect((await answer).status).toBe(200);
    const { runtime } = fixture;
    const names = async (): Promise<string[]> => (await runtime.serverStates()).map((each) => each.server);
    await router.until(
      async () => !(await names()).some((name) => name.includes('task3')),
      'The server stayed',
    );
    // One that comes back before it could be taken out is there again.
    server.change(fixture.to(0, 1));
    server.change(fixture.to(0));
    server.change(fixture.to(1));
    await fixture.applied();
    expect(await fixture.asked()).toBe(1);
    expect(server.reports.at(-1)?.reloads).toBe(0);
  });

  it('reloads for new routes, and says why', async () => {
    await router.start();
    const first = fixture.to(0);
    const second = fixture.config({
      routes: [
        ...first.routes,
        routedRoute({ name: 'other', hosts: ['bar.example.com'] }, [fixture.toTask(1)]),
      ],
    });
    server.change(second);
    const report = await fixture.applied();
    expect(report.reloads).toBe(1);
    expect(report.lastReloadReasons).toEqual([expect.stringContaining('other')]);
    expect([await fixture.asked(), await fixture.asked('bar.example.com')]).toEqual([0, 1]);
  });

  it('serves what it served last when it starts and no server is there, and then the newest', async () => {
    await router.start();
    await fixture.applied();
    await server.stop();
    expect(await fixture.asked()).toBe(0);
    expect(await router.end('SIGTERM')).toBe(0);
    await expect(fixture.asked()).rejects.toThrow();
    await router.start();
    expect(await fixture.asked()).toBe(0);
    await router.until(
      async () => (await fixture.problems()).includes('server-unreachable'),
      'It does not say that no server answers',
    );
    server.config = fixture.to(1);
    await server.start();
    const report = await fixture.applied();
    expect(report.problems).toEqual([]);
    expect(await fixture.asked()).toBe(1);
  });

  it('goes on while the agent is killed and started again', async () => {
    await router.start();
    await fixture.applied();
    await pause(1_200);
    const before = router.masterPid;
    await router.end('SIGKILL');
    expect(await fixture.asked()).toBe(0);
    const load = new Load(router.httpPort, 4);
    await router.start();
    await router.until(() => router.masterPid !== before, 'No new HAProxy came');
    await router.until(() => !existsSync(`/proc/${before}`), 'The old HAProxy stayed');
    const { failures, requests } = await load.end();
    expect(requests).toBeGreaterThan(0);
    expect(failures).toEqual([]);
    expect(await fixture.asked()).toBe(0);
  });

  it('lets requests end when it is told to stop, and takes no new ones', async () => {
    fixture.server.config = fixture.to(
      fixture.addTask(await startTask((_, response) => void setTimeout(() => response.end('done'), 1_000))),
    );
    await router.start();
    const answer = askProxy(router.httpPort);
    await pause(200);
    const ended = router.end('SIGTERM');
    await pause(300);
    await expect(askProxy(router.httpPort)).rejects.toThrow();
    expect(await answer).toMatchObject({ status: 200, body: 'done' });
    expect(await ended).toBe(0);
  });

  it('counts across reloads', async () => {
    await router.start();
    for (let request = 0; request < 5; request++) await fixture.asked();
    const counted = (count: number) =>
      server.report(({ stats }) => stats.routes.some(({ requests }) => requests === count));
    await counted(5);
    server.change(
      fixture.config({ routes: [routedRoute({ httpsOnly: false, retries: 2 }, [fixture.toTask(0)])] }),
    );
    await server.report(({ reloads }) => reloads === 1);
    for (let request = 0; request < 3; request++) await fixture.asked();
    const { stats } = await counted(8);
    expect(stats.routes).toMatchObject([{ route: routeId('web'), requests: 8, status2xx: 8, queued: 0 }]);
    expect(stats.servers).toMatchObject([
      { route: routeId('web'), server: 'task0', requests: 8, state: 'up' },
    ]);
  });

  it('opens certificates, serves them without a reload, and shows their keys to nobody', async () => {
    const made = makeCertificate({ commonName: 'foo.example.com', names: ['foo.example.com'] });
    const id = '0123456789abcdef';
    const certificate = {
      id,
      names: ['foo.example.com'],
      chain: made.certificate,
      sealedKey: sealKey(made.key, id, KEY),
      expiresAt: '2099-01-01T00:00:00Z',
    };
    await router.start();
    const { routes } = server.config;
    server.change(fixture.config({ routes, certificates: [certificate] }));
    expect((await fixture.applied()).reloads).toBe(0);
    const socket = connect({
      port: router.httpsPort,
      servername: 'foo.example.com',
      rejectUnauthorized: false,
    });
    await once(socket, 'secureConnect');
    expect(socket.getPeerCertificate().subject.CN).toBe('foo.example.com');
    socket.destroy();
    const file = certificatePath({ runDirectory: router.runDir }, id);
    await router.until(() => existsSync(file), 'The file of the certificate was not written');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const secret = made.key.split('\n')[1] ?? '';
    expect(secret).toMatch(/^[\w+/]{40,}$/);
    const shown = [
      router.output,
      JSON.stringify(server.reports),
      JSON.stringify(await router.health('livez')),
    ];
    for (const name of readdirSync(router.dir)) shown.push(readFileSync(join(router.dir, name), 'utf8'));
    for (const text of shown) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(KEY.toString('hex'));
      expect(text).not.toContain('canary-token');
    }

    server.change(fixture.config({ routes, certificates: [{ ...certificate, sealedKey: 'v1.x.y' }] }));
    const report = await fixture.problem('certificate-unusable');
    expect(report.problems[0]?.detail).toContain(id);
    expect(await fixture.asked()).toBe(0);
  });
});
