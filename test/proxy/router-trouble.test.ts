import { once } from 'node:events';
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pathsIn } from '../../src/proxy/settings.ts';
import { routedRoute } from '../factories/router-config.ts';
import type { FakeConfigServer } from '../fakes/fake-config-server.ts';
import { Load } from '../support/load.ts';
import { RouterFixture } from '../support/router-fixture.ts';
import type { RouterProcess } from '../support/router-process.ts';

describe('a router in trouble', () => {
  let fixture: RouterFixture;
  let server: FakeConfigServer;
  let router: RouterProcess;

  beforeEach(async () => {
    fixture = await RouterFixture.make();
    ({ server, router } = fixture);
  });
  afterEach(() => fixture.close());

  it('says what HAProxy refuses, goes on with the last good one, and does not try it again', async () => {
    router.refuseFilesWith('x-bad');
    await router.start();
    const bad = fixture.config({
      routes: [
        routedRoute({ requestHeaders: { set: { 'x-bad': 'yes' }, add: {}, remove: [] } }, [
          fixture.toTask(1),
        ]),
      ],
    });
    server.change(bad);
    const report = await server.report(({ nack }) => nack !== null);
    expect(report.nack).toMatchObject({ version: bad.version, hash: bad.hash, reason: 'it is bad here' });
    expect(report.applied?.version).toBeLessThan(bad.version);
    // The servers of a route that is there already do not wait for a better one.
    expect(await fixture.asked()).toBe(1);
    await pause(2_500);
    expect(router.output.match(/is not served/g)).toHaveLength(1);
    server.change(fixture.to(2));
    expect((await fixture.applied()).nack).toBeNull();
    expect(await fixture.asked()).toBe(2);
  });

  it('starts HAProxy again when its worker or its master is killed', async () => {
    await router.start();
    const { runtime } = fixture;
    for (const victim of ['worker', 'master'] as const) {
      const before = router.masterPid;
      process.kill(victim === 'master' ? before : Number((await runtime.info()).get('Pid')), 'SIGKILL');
      await fixture.problem('haproxy-down');
      await server.report(({ problems }) => problems.length === 0);
      await router.until(() => router.masterPid !== before, 'No new HAProxy came');
      expect(await fixture.asked()).toBe(0);
      server.reports.length = 0;
    }
  });

  it('says that its token is refused, and when that is mended', async () => {
    server.refusal = 401;
    await router.start({ ready: false });
    await router.until(async () => (await fixture.problems()).includes('unauthorized'), 'It does not say so');
    expect((await router.health('readyz')).status).toBe(503);
    server.refusal = null;
    const report = await server.report(({ applied }) => applied !== null);
    expect(report.problems).toEqual([]);
  });

  it('says that a port is taken, and has it when it is free', async () => {
    const other = createServer().listen(router.httpPort, '127.0.0.1');
    await once(other, 'listening');
    await router.start({ ready: false });
    await fixture.problem('port-taken');
    other.close();
    await server.report(({ problems, applied }) => problems.length === 0 && applied !== null);
    expect(await fixture.asked()).toBe(0);
  });

  it('keeps answering while the port of a new route is taken', async () => {
    await router.start();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const listen = (other.address() as AddressInfo).port;
    const load = new Load(router.httpPort, 4);
    const tcp = routedRoute({ name: 'tcp', protocol: 'tcp', hosts: [], listen, forwardedHeaders: false }, [
      fixture.toTask(1),
    ]);
    server.change(fixture.config({ routes: [...fixture.to(0).routes, tcp] }));
    const report = await fixture.problem('port-taken');
    expect(report.nack?.reason).toContain(String(listen));
    other.close();
    await server.report(
      ({ problems, applied }) => problems.length === 0 && applied?.hash === server.config.hash,
    );
    expect((await load.end()).failures).toEqual([]);
  });

  it('goes on by commands when the disk is full', async () => {
    await router.start();
    await fixture.applied();
    await router.until(() => existsSync(join(router.dir, 'last-good.json')), 'Nothing was kept');
    // Linux says ENOSPC to every write to this device.
    const { config } = pathsIn({ runDirectory: router.runDir });
    for (const path of [`${config}.tmp`, join(router.dir, 'last-good.next.json.tmp')]) {
      rmSync(path, { force: true });
      symlinkSync('/dev/full', path);
    }
    server.change(fixture.to(1));
    await fixture.applied();
    expect(await fixture.asked()).toBe(1);
    await fixture.problem('disk-full');
    // The way to /dev/full is gone with the first attempt: the next one succeeds.
    await server.report(({ problems, applied }) => problems.length === 0 && applied !== null);
  });
});
