import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoutedRoute } from '../../src/domain/router-config.ts';
import { claimsOf, matchClaim, type RoutedRequest } from '../../src/domain/route-order.ts';
import { routedRoute, routedServer, routerConfig } from '../factories/router-config.ts';
import { askProxy } from '../support/ask-proxy.ts';
import { RunningProxy, startTask } from '../support/proxy.ts';

const HOSTS = ['a.test', 'b.a.test', '*.a.test', '*.b.a.test', '*.test', 'test', '*'];
const PATHS = ['/', '/x', '/x/', '/x/y', '/x/y/', '/xy', '/x/y;z', '/x//'];
const ASKED_HOSTS = [
  'a.test',
  'b.a.test',
  'c.b.a.test',
  'd.c.b.a.test',
  'b.test',
  'test',
  'other',
  'A.Test.',
  'a.test:81',
];
const ASKED_PATHS = [...PATHS, '/x/y/z', '/x/z', '/xyz', '/other', '/x/?y=/x/y', '/x/y;z/', '/x//y', '//x'];
const METHODS = ['GET', 'POST', 'DELETE'];
const HEADERS = ['x-a', 'x-b'];
const VALUES = ['1', '2', 'a, b'];

const aRoute = fc.record({
  hosts: fc.uniqueArray(fc.constantFrom(...HOSTS), { minLength: 1, maxLength: 3 }),
  paths: fc.uniqueArray(
    fc.record({
      kind: fc.constantFrom('exact' as const, 'prefix' as const),
      value: fc.constantFrom(...PATHS),
    }),
    { maxLength: 3, selector: ({ kind, value }) => `${kind} ${value}` },
  ),
  methods: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.subarray(METHODS, { minLength: 1 })),
  headers: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    fc.uniqueArray(
      fc.record({
        name: fc.constantFrom(...HEADERS),
        value: fc.option(fc.constantFrom(...VALUES), { nil: null }),
      }),
      { maxLength: 2, selector: ({ name }) => name },
    ),
  ),
  claimedAt: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
});

const aQuestion = fc.record({
  host: fc.constantFrom(...ASKED_HOSTS),
  path: fc.constantFrom(...ASKED_PATHS),
  method: fc.constantFrom(...METHODS),
  headers: fc.dictionary(fc.constantFrom(...HEADERS), fc.constantFrom(...VALUES), { maxKeys: 2 }),
});

let task: Awaited<ReturnType<typeof startTask>>;
let proxy: RunningProxy;
beforeAll(async () => {
  task = await startTask();
  proxy = await RunningProxy.start(routerConfig({ routes: [] }));
});
afterAll(async () => {
  await proxy.stop();
  await task.stop();
});

/** As a router understands what a client has sent. */
const understood = ({
  host,
  path,
  method,
  headers,
}: typeof aQuestion extends fc.Arbitrary<infer T> ? T : never): RoutedRequest => ({
  host: host.replace(/:\d+$/, '').replace(/\.$/, ''),
  path: path.replace(/\?.*$/, ''),
  method,
  headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
});

describe('the choice of a route', () => {
  it('is that of the model, for any routes and requests', async () => {
    let matched = 0;
    let conditional = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(aRoute, { minLength: 1, maxLength: 10 }),
        fc.array(aQuestion, { minLength: 40, maxLength: 40 }),
        async (specs, questions) => {
          const routes = specs.map(({ claimedAt, ...spec }, index): RoutedRoute => {
            const name = `route-${index}`;
            const responseHeaders = { set: { 'X-Route': name }, add: {}, remove: [] };
            return {
              ...routedRoute({ ...spec, name, responseHeaders }, [routedServer({ port: task.port })]),
              claimedAt,
            };
          });
          const claims = claimsOf(routes);
          await proxy.load(routerConfig({ routes }));
          for (const question of questions) {
            const expected = matchClaim(claims, understood(question));
            const answer = await askProxy(proxy.settings.httpPort, question);
            expect({ question, route: answer.headers['x-route'], status: answer.status }).toEqual({
              question,
              route: expected?.route.spec.name,
              status: expected ? 200 : 503,
            });
            if (expected) matched += 1;
            if (expected && expected.route.spec.methods.length + expected.route.spec.headers.length > 0) {
              conditional += 1;
            }
          }
        },
      ),
      { numRuns: Number(process.env.ROUNDS ?? 25) },
    );
    expect(matched).toBeGreaterThan(100);
    expect(conditional).toBeGreaterThan(20);
  });

  it.each(['a/b', 'a.test/x', 'a b', 'a%2eb', 'a_b\u00e9'])('refuses the host %s', async (host) => {
    const { status } = await askProxy(proxy.settings.httpPort, {
      host: Buffer.from(host).toString('latin1'),
    });
    expect(status).toBe(400);
  });

  it('has a literal address for the default only', async () => {
    const spec = { hosts: ['*'], responseHeaders: { set: { 'X-Route': 'default' }, add: {}, remove: [] } };
    await proxy.load(routerConfig({ routes: [routedRoute(spec, [routedServer({ port: task.port })])] }));
    const { headers } = await askProxy(proxy.settings.httpPort, { host: '[::1]:8080' });
    expect(headers['x-route']).toBe('default');
  });
});
