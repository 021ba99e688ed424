import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoutedRoute, RoutedServer } from '../../src/domain/router-config.ts';
import type { RouteSpec } from '../../src/domain/route.ts';
import { pathsIn } from '../../src/proxy/settings.ts';
import { routedRoute, routedServer, routerConfig } from '../factories/router-config.ts';
import { pemOf, RunningProxy } from '../support/proxy.ts';

const server = fc.record({
  id: fc.constantFrom('aaa', 'bbb', 'ccc', 'ddd'),
  service: fc.constantFrom('web', 'web-canary'),
  address: fc.constantFrom('127.0.0.1', '127.0.0.2', '::1'),
  port: fc.constantFrom(9, 10),
  weight: fc.integer({ min: 0, max: 256 }),
  state: fc.constantFrom('ready' as const, 'drain' as const),
}) satisfies fc.Arbitrary<RoutedServer>;

const spec: fc.Arbitrary<Partial<RouteSpec>> = fc.record({
  hosts: fc.subarray(['a.test', 'b.test', 'x.a.test'], { minLength: 1 }),
  paths: fc.uniqueArray(
    fc.record({
      kind: fc.constantFrom('exact' as const, 'prefix' as const),
      value: fc.constantFrom('/x', '/x/', '/x;y/z', '/(a+b)!'),
    }),
    { maxLength: 2, selector: ({ kind, value }) => `${kind} ${value}` },
  ),
  // Most changes are of servers and hosts; these need a reload.
  methods: fc.oneof({ weight: 40, arbitrary: fc.constant([]) }, fc.constant(['GET'])),
  retries: fc.oneof({ weight: 40, arbitrary: fc.constant(1) }, fc.constant(2)),
  healthCheck: fc.oneof(
    { weight: 40, arbitrary: fc.constant(null) },
    fc.constant({ path: '/', intervalMs: 60_000, timeoutMs: 100, rise: 1, fall: 100 }),
  ),
});

/** One that is always there, so that wildcards and the default are. */
const others = routedRoute({ name: 'others', hosts: ['*.a.test', '*'] }, []);
const maybeRoute = (index: number): fc.Arbitrary<RoutedRoute | null> =>
  fc.option(
    fc.record({ spec, servers: fc.array(server, { maxLength: 4 }) }).map(({ spec: says, servers }) => {
      const unique = new Map(servers.map((each) => [`${each.id}:${each.port}`, each]));
      return routedRoute({ ...says, name: `route-${index}` }, [...unique.values()]);
    }),
    { nil: null, freq: 12 },
  );
const someRoutes = fc
  .tuple(maybeRoute(1), maybeRoute(2), maybeRoute(3))
  .map((routes) => [...routes.filter((each) => each !== null), others]);

let proxy: RunningProxy;
beforeAll(async () => {
  proxy = await RunningProxy.start(routerConfig({ routes: [] }), { accessLog: true });
});
afterAll(() => proxy.stop());

/** What HAProxy says that it is, without what has no meaning: order, ids and backends that are left without servers. */
async function stateOf(): Promise<unknown> {
  const { routes, names } = pathsIn(proxy.settings);
  const servers = await proxy.runtime.serverStates();
  return {
    servers: servers
      .filter(({ backend }) => backend.startsWith('r_'))
      .map(({ backend, server: name, address, port, weight, isInMaintenance }) =>
        [backend, name, address, port, weight, isInMaintenance].join(' '),
      )
      .sort(),
    routes: (await proxy.runtime.map(routes)).map(String).sort(),
    names: (await proxy.runtime.map(names)).map(String).sort(),
  };
}

describe('changes of a running HAProxy', () => {
  it('leave it as if it had been started with what came of them', async () => {
    let changes = 0;
    let reloads = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(someRoutes, { minLength: 2, maxLength: 6 }), async (steps) => {
        for (const routes of steps) {
          const { reloadReasons, commands } = await proxy.change(routerConfig({ routes }));
          for (const command of commands) {
            if (command.kind === 'retire') {
              expect(await proxy.runtime.remove(command.backend, command.server)).toBe(true);
            }
          }
          if (reloadReasons.length > 0) reloads += 1;
          else if (commands.length > 0) changes += 1;
        }
        const changed = await stateOf();
        await proxy.reload();
        expect(changed).toEqual(await stateOf());
      }),
      { numRuns: Number(process.env.ROUNDS ?? 20) },
    );
    expect(changes).toBeGreaterThan(3);
    expect(reloads).toBeGreaterThan(3);
  });

  it('replace many entries of a map at once', async () => {
    const route = (count: number): RoutedRoute =>
      routedRoute(
        { name: 'many', hosts: Array.from({ length: count }, (_, index) => `h${count}-${index}.test`) },
        [],
      );
    await proxy.load(routerConfig({ routes: [route(1)] }));
    const { commands, reloadReasons } = await proxy.change(routerConfig({ routes: [route(2000)] }));
    expect(reloadReasons).toEqual([]);
    expect(commands.map(({ kind }) => kind)).toEqual(['map-replace']);
    const entries = await proxy.runtime.map(pathsIn(proxy.settings).routes);
    expect(entries.length).toBe(2000);
    expect(entries.map(([host]) => host)).toContain('h2000-1999.test/');
  });

  it('tell what HAProxy refuses', async () => {
    const command = { kind: 'drain', backend: 'r_0000000000000000', server: 't_none_1' } as const;
    await expect(proxy.runtime.run([command], { settings: proxy.settings, pemOf })).rejects.toThrow(
      /refused "set server r_0000000000000000\/t_none_1 state maint": No such backend/,
    );
  });

  it('bring a server back that was retired and is still there', async () => {
    const route = routedRoute({ name: 'back' }, [routedServer({ port: 9, weight: 7 })]);
    await proxy.load(routerConfig({ routes: [route] }));
    await proxy.change(routerConfig({ routes: [{ ...route, servers: [] }] }));
    await proxy.change(
      routerConfig({ routes: [{ ...route, servers: [routedServer({ port: 9, weight: 8 })] }] }),
    );
    expect(await proxy.runtime.remove(`r_${route.id}`, 't_task1_9')).toBe(true);
    expect(await proxy.runtime.serverStates()).toMatchObject([
      { server: 't_task1_9', weight: 8, isInMaintenance: false },
    ]);
  });

  it('that can not be loaded leave HAProxy as it was', async () => {
    await proxy.load(routerConfig({ routes: [] }));
    const before = await proxy.master.processes();
    writeFileSync(pathsIn(proxy.settings).config, 'nonsense\n');
    await expect(proxy.master.reload()).rejects.toThrow(/did not load/);
    const after = await proxy.master.processes();
    expect(after.worker ?? after.oldWorkers[0]).toBe(before.worker);
    expect((await proxy.runtime.info()).get('Name')).toBe('HAProxy');
  });
});
