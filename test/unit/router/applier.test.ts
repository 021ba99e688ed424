import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RouterConfig } from '../../../src/domain/router-config.ts';
import { Applier } from '../../../src/router/applier.ts';
import { Problems } from '../../../src/router/problems.ts';
import { routedRoute, routedServer, routerConfig } from '../../factories/router-config.ts';
import { diskFull, FakeProxy, portTaken, refused, structureOf } from '../../fakes/fake-proxy.ts';

/** A configuration of a structure, with servers. */
const config = (version: number, structure: string, ...tasks: string[]): RouterConfig =>
  routerConfig({
    version,
    routes: [
      routedRoute(
        { hosts: [`${structure}.example.com`] },
        tasks.map((id) => routedServer({ id })),
      ),
    ],
  });

const tasksOf = (served: RouterConfig | null): string[] | undefined =>
  served?.routes[0]?.servers.map(({ id }) => id);

describe('Applier', () => {
  let proxy: FakeProxy;
  let problems: Problems;
  let applied: number[];
  let applier: Applier;

  const begin = (good: RouterConfig | null = null): void => {
    proxy = new FakeProxy();
    problems = new Problems(() => {});
    applied = [];
    const listener = {
      applied: ({ version }: RouterConfig) => void applied.push(version),
      changed: () => {},
    };
    applier = new Applier(proxy, good, problems, listener, { info: () => {}, warn: () => {} });
  };
  /** Lets time pass, and everything that is due happen. */
  const pass = async (ms = 5): Promise<void> => {
    await vi.advanceTimersByTimeAsync(ms);
  };
  const kinds = (): string[] => problems.all().map(({ kind }) => kind);

  beforeEach(() => {
    vi.useFakeTimers();
    begin();
  });
  afterEach(async () => {
    const stopped = applier.stop();
    await pass(60_000);
    await stopped;
    vi.useRealTimers();
  });

  it('starts HAProxy with the first configuration and changes servers by command, at once', async () => {
    applier.want(config(1, 'a', 't1'));
    await pass();
    expect(applied).toEqual([1]);
    for (const version of [2, 3, 4]) {
      applier.want(config(version, 'a', `t${version}`));
      await pass();
      expect(tasksOf(proxy.served)).toEqual([`t${version}`]);
    }
    expect(applied).toEqual([1, 2, 3, 4]);
    expect(applier.status).toMatchObject({
      reloads: 0,
      runtimeChanges: 3,
      nack: null,
      applied: { version: 4 },
    });
    expect(proxy.count('load')).toBe(1);
  });

  it('merges what comes while it is busy: the last state wins', async () => {
    applier.want(config(1, 'a'));
    await pass();
    proxy.takes.change = 50;
    for (let version = 2; version < 100; version++) applier.want(config(version, 'a', `t${version}`));
    await pass(200);
    expect(tasksOf(proxy.served)).toEqual(['t99']);
    expect(applied).toEqual([1, 99]);
    expect(proxy.count('change')).toBeLessThanOrEqual(3);
  });

  it('says nothing twice', async () => {
    const first = config(1, 'a');
    applier.want(first);
    await pass();
    applier.want(first);
    applier.want({ ...first, version: 2 });
    await pass();
    expect(applied).toEqual([1, 2]);
    expect(proxy.count('load')).toBe(1);
    expect(applier.status.runtimeChanges).toBe(0);
  });

  it('reloads for structure at once, and then once a second, while servers change all the time', async () => {
    applier.want(config(1, 's0', 't'));
    await pass(5_000);
    let version = 1;
    for (let tick = 0; tick < 100; tick++) {
      applier.want(config(++version, `s${Math.floor(tick / 5)}`, `t${tick}`));
      await pass(5);
      expect(tasksOf(proxy.served), 'servers never wait for a reload').toEqual([`t${tick}`]);
      await pass(95);
    }
    await pass(2_000);
    const loads = proxy.done.filter(({ what }) => what === 'load').map(({ at }) => at);
    const gaps = loads.slice(1).map((at, index) => at - (loads[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
    expect(loads.length).toBeGreaterThan(8);
    expect(applier.status.applied?.version).toBe(version);
    expect(applier.status.lastReloadReasons).toEqual(['The routes are others.']);
  });

  it('changes servers while the next structure is checked, and loads it with the newest ones', async () => {
    applier.want(config(1, 'a', 't1'));
    await pass(5_000);
    proxy.takes.check = 300;
    applier.want(config(2, 'b', 't2'));
    await pass(100);
    applier.want(config(3, 'b', 't3'));
    await pass(100);
    expect(tasksOf(proxy.served)).toEqual(['t3']);
    expect(applied).toEqual([1]);
    await pass(150);
    expect(applied).toEqual([1, 3]);
    expect(proxy.count('check')).toBe(2);
    expect(proxy.count('load')).toBe(2);
  });

  it('does not reload for a structure that was taken back meanwhile', async () => {
    applier.want(config(1, 'a', 't1'));
    await pass(5_000);
    proxy.takes.check = 300;
    applier.want(config(2, 'b', 't1'));
    await pass(100);
    applier.want(config(3, 'a', 't3'));
    await pass(5_000);
    expect(proxy.count('load')).toBe(1);
    expect(applied).toEqual([1, 3]);
  });

  describe.each(['plan', 'check', 'load'] as const)('when HAProxy refuses at the %s', (by) => {
    beforeEach(async () => {
      applier.want(config(1, 'a', 't1'));
      await pass(5_000);
      proxy.refusal = (asked, at) =>
        at === by && structureOf(asked).includes('bad') ? refused('unknown keyword') : null;
    });

    it('says so, goes on with the last good one and the newest servers, and does not try it again', async () => {
      const bad = config(2, 'bad', 't2');
      applier.want(bad);
      await pass(2_000);
      expect(applier.status.nack).toMatchObject({ version: 2, hash: bad.hash, reason: 'unknown keyword' });
      expect(applier.status.applied?.version).toBe(1);
      expect(tasksOf(proxy.served)).toEqual(['t2']);
      const tries = proxy.count('check');
      applier.want({ ...bad, version: 3 });
      await pass(60_000);
      expect(proxy.count('check')).toBe(tries);
    });

    it('says that the nack is gone when the servers go back to what is served', async () => {
      applier.want(config(2, 'bad', 't2'));
      await pass(2_000);
      applied = [];
      applier.want(config(1, 'a', 't1'));
      await pass();
      expect(applied).toEqual([1]);
      expect(applier.status.nack).toBeNull();
    });

    it('takes the next one, and the nack is gone', async () => {
      applier.want(config(2, 'bad', 't2'));
      await pass(2_000);
      applier.want(config(3, 'b', 't3'));
      await pass(2_000);
      expect(applier.status).toMatchObject({ nack: null, applied: { version: 3 } });
      expect(tasksOf(proxy.served)).toEqual(['t3']);
    });
  });

  it('reloads when a command failed', async () => {
    applier.want(config(1, 'a', 't1'));
    await pass(5_000);
    proxy.refusal = (_, at) => (at === 'change' ? new Error('No such server.') : null);
    applier.want(config(2, 'a', 't2'));
    await pass();
    proxy.refusal = () => null;
    await pass(2_000);
    expect(applier.status).toMatchObject({
      applied: { version: 2 },
      reloads: 1,
      lastReloadReasons: ['A command has failed.'],
    });
    expect(tasksOf(proxy.served)).toEqual(['t2']);
  });

  it('starts HAProxy again at once when it died, and then less and less often', async () => {
    applier.want(config(1, 'a', 't1'));
    await pass(60_000);
    proxy.isRunning = false;
    applier.wake();
    await pass();
    expect(proxy.isRunning).toBe(true);
    expect(applier.status.reloads).toBe(0);

    proxy.refusal = (_, at) => (at === 'load' ? refused('out of memory') : null);
    proxy.isRunning = false;
    const before = proxy.count('check');
    applier.wake();
    await pass(60_000);
    expect(kinds()).toEqual(['haproxy-down']);
    expect(proxy.count('check') - before).toBeGreaterThan(10);
    expect(proxy.count('check') - before).toBeLessThan(25);
    proxy.refusal = () => null;
    await pass(5_000);
    expect(kinds()).toEqual([]);
    expect(proxy.isRunning).toBe(true);
  });

  it('falls back to what was good before the start', async () => {
    const good = config(1, 'a', 't1');
    begin(good);
    proxy.refusal = (asked) => (structureOf(asked).includes('bad') ? refused('bad') : null);
    applier.want(config(2, 'bad', 't2'));
    await pass(1_000);
    expect(structureOf(proxy.served!)).toBe(structureOf(good));
    expect(tasksOf(proxy.served)).toEqual(['t2']);
    expect(applier.status).toMatchObject({ nack: { version: 2 }, applied: null });
  });

  it('tries a port again that was taken, without blaming the configuration for ever', async () => {
    applier.want(config(1, 'a', 't1'));
    await pass(5_000);
    proxy.refusal = (_, at) => (at === 'check' ? portTaken('5432 is taken.') : null);
    applier.want(config(2, 'b', 't2'));
    await pass(20_000);
    expect(kinds()).toEqual(['port-taken']);
    expect(applier.status.nack?.reason).toBe('5432 is taken.');
    expect(tasksOf(proxy.served)).toEqual(['t2']);
    proxy.refusal = () => null;
    await pass(5_000);
    expect(kinds()).toEqual([]);
    expect(applier.status).toMatchObject({ nack: null, applied: { version: 2 } });
  });

  it('goes on by commands alone while the disk is full', async () => {
    applier.want(config(1, 'a', 't1'));
    await pass(5_000);
    proxy.refusal = (_, at) => (at === 'check' ? diskFull() : null);
    applier.want(config(2, 'b', 't2'));
    await pass();
    applier.want(config(3, 'b', 't3'));
    await pass(60_000);
    expect(tasksOf(proxy.served)).toEqual(['t3']);
    expect(kinds()).toEqual(['disk-full']);
    expect(applier.status.nack).toBeNull();
    proxy.refusal = () => null;
    await pass(5_000);
    expect(kinds()).toEqual([]);
    expect(applier.status.applied?.version).toBe(3);
  });

  it('writes the files after changes by command, together', async () => {
    applier.want(config(1, 'a', 't1'));
    await pass(5_000);
    for (let version = 2; version < 12; version++) {
      applier.want(config(version, 'a', `t${version}`));
      await pass(10);
    }
    expect(proxy.count('keep')).toBe(0);
    await pass(1_000);
    expect(proxy.done.filter(({ what }) => what === 'keep')).toMatchObject([{ version: 11 }]);
  });

  it('comes to the newest configuration whatever happens on the way', async () => {
    const event = fc.record({
      structure: fc.constantFrom('a', 'b', 'c', 'bad'),
      task: fc.constantFrom('t1', 't2', 't3'),
      after: fc.constantFrom(0, 1, 40, 700, 1_500),
      trouble: fc.constantFrom('none', 'none', 'none', 'command', 'death', 'disk', 'slow'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 25 }), async (events) => {
        begin();
        let version = 0;
        let last = config(0, 'a');
        for (const { structure, task, after, trouble } of [
          ...events,
          { structure: 'c', task: 't9', after: 0, trouble: 'none' },
        ]) {
          proxy.takes.check = trouble === 'slow' ? 400 : 0;
          proxy.refusal = (asked, at) => {
            if (trouble === 'command' && at === 'change') return new Error('failed');
            if (trouble === 'disk' && at === 'check') return diskFull();
            return at === 'check' && structureOf(asked).includes('bad') ? refused('bad') : null;
          };
          if (trouble === 'death') proxy.isRunning = false;
          last = config(++version, structure, task);
          applier.want(last);
          await pass(after);
        }
        await pass(30_000);
        expect(applier.status).toMatchObject({ applied: { hash: last.hash }, nack: null });
        expect(proxy.served?.routes).toEqual(last.routes);
        expect(kinds()).toEqual([]);
        const loads = proxy.done.filter(({ what }) => what === 'load').length;
        expect(loads).toBeLessThanOrEqual(events.length * 4 + 35);
        const stopped = applier.stop();
        await pass(10_000);
        await stopped;
      }),
      { numRuns: 60 },
    );
  });
});
