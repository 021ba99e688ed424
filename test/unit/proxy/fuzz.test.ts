import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLabels } from '../../../src/domain/dialects/read-labels.ts';
import type { RoutedRoute } from '../../../src/domain/router-config.ts';
import { ROUTE_DEFAULTS, type RouteSpec } from '../../../src/domain/route.ts';
import { compile } from '../../../src/proxy/compile.ts';
import { render } from '../../../src/proxy/render.ts';
import { pathsIn, PROXY_SETTINGS } from '../../../src/proxy/settings.ts';
import { anyRoute } from '../../factories/route.ts';
import { routeId, routerConfig } from '../../factories/router-config.ts';
import { labelSets } from '../../support/fuzz/label-sets.ts';
import { parseConfig, strangeEntries } from '../../support/haproxy/grammar.ts';

/** Others in each run; a million by hand. */
const SETS = Number(process.env.LABEL_SETS ?? 10_000);
/** So many sets of labels are one configuration. */
const TOGETHER = 250;
const PATHS = pathsIn(PROXY_SETTINGS);

const routeOf = (spec: RouteSpec, index: number): RoutedRoute => ({
  id: routeId(String(index)),
  claimedAt: '2026-01-01T00:00:00Z',
  spec,
  servers: spec.backends.map(({ service, port }, at) => ({
    id: `task${index}x${at}`,
    service,
    address: '10.0.0.1',
    port: port ?? 80,
    weight: 1,
    state: at === 1 ? 'drain' : 'ready',
  })),
});

const filesOf = (routes: readonly RoutedRoute[]) => {
  // Not `routerConfig`, which puts routes in order.
  const model = compile({ ...routerConfig(), routes }, PROXY_SETTINGS);
  return { model, files: render(model).files };
};

/** That nothing is in the files that our writer did not make, and nothing less than the routes. */
function expectOurs(routes: readonly RoutedRoute[]): void {
  const { model, files } = filesOf(routes);
  const { sections, strangeLines } = parseConfig(files.get(PATHS.config) ?? '');
  expect(strangeLines).toEqual([]);
  expect(strangeEntries(files.get(PATHS.routes) ?? '', 'routes')).toEqual([]);
  expect(strangeEntries(files.get(PATHS.sni) ?? '', 'sni')).toEqual([]);
  const specs = [...model.backends.values()].map(({ claim }) => claim.spec);
  const count = (is: (spec: RouteSpec) => unknown): number => specs.filter(is).length;
  const kinds = ['backend r', 'backend q', 'userlist u', 'frontend t'];
  expect(kinds.map((kind) => `${kind} ${sections.get(kind) ?? 0}`)).toEqual([
    `backend r ${specs.length}`,
    `backend q ${count(({ limits }) => limits.requestsPerSecond)}`,
    `userlist u ${count(({ basicAuth }) => basicAuth)}`,
    `frontend t ${model.frontends.listens.size + Number(model.frontends.passthrough !== null)}`,
  ]);
  const turned = filesOf([...routes].reverse()).files;
  for (const [path, text] of files) if (turned.get(path) !== text) expect(turned.get(path)).toBe(text);
}

describe('what becomes of labels', () => {
  it(`is lines of ours only, whatever they are: ${SETS} sets`, () => {
    let rendered = 0;
    let routes: RoutedRoute[] = [];
    let made = 0;
    for (const service of labelSets(SETS, Date.now())) {
      for (const { spec } of readLabels(service).flatMap((reading) => reading.routes)) {
        if (spec) routes.push(routeOf(spec, rendered + routes.length));
      }
      made += 1;
      if (made % TOGETHER === 0) {
        expectOurs(routes);
        rendered += routes.length;
        routes = [];
      }
    }
    expect(rendered).toBeGreaterThan(SETS / 20);
  }, 7_200_000);

  it('is so for routes that use everything', () => {
    fc.assert(
      fc.property(fc.array(anyRoute, { maxLength: 20 }), (specs) => {
        const { model } = filesOf(specs.map(routeOf));
        const taken = model.refused.every(({ reason }) => reason.includes('taken'));
        expect(taken).toBe(true);
        expectOurs(specs.map(routeOf));
      }),
    );
  });

  it('is so for routes that nobody has checked: what is wrong refuses itself and nothing else', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom(
        'a b',
        "a'b",
        'a"b',
        'a\nb',
        'a#b',
        '%[src]',
        '${HOME}',
        '/x\n  server y 1.2.3.4:1',
        '{ ssl_fc }',
        '*',
        '',
        'a\\',
        'a;b',
      ),
    );
    const good = {
      ...ROUTE_DEFAULTS,
      name: 'good',
      hosts: ['good.test'],
      backends: [{ service: 'web', port: 80, weight: 1 }],
    };
    const changes = fc.record({
      set: fc.dictionary(text, text, { maxKeys: 2 }),
      add: fc.dictionary(text, text, { maxKeys: 2 }),
      remove: fc.array(text, { maxLength: 2 }),
    });
    const wild = fc.record(
      {
        name: text,
        hosts: fc.array(text, { minLength: 1, maxLength: 2 }),
        paths: fc.array(
          fc.record({
            kind: fc.constantFrom('exact' as const, 'prefix' as const),
            value: text.map((each) => `/${each}`),
          }),
          { maxLength: 2 },
        ),
        methods: fc.array(text, { maxLength: 2 }),
        headers: fc.array(fc.record({ name: text, value: fc.option(text, { nil: null }) }), { maxLength: 2 }),
        requestHeaders: changes,
        responseHeaders: changes,
        allow: fc.array(text, { maxLength: 2 }),
        sticky: fc.record({ name: text, setBy: fc.constantFrom('router' as const, 'application' as const) }),
        rewrite: fc.record({ stripPrefix: fc.constant('/'), addPrefix: text.map((each) => `/${each}`) }),
        basicAuth: fc.record({ realm: text, users: fc.dictionary(text, text, { minKeys: 1, maxKeys: 2 }) }),
        healthCheck: fc.record({
          path: text,
          intervalMs: fc.double(),
          timeoutMs: fc.double(),
          rise: fc.double(),
          fall: fc.double(),
        }),
        retries: fc.double(),
      },
      { requiredKeys: [] },
    );
    // One or two at once, so that each is sometimes the only thing wrong.
    const few = fc.tuple(wild, fc.nat(), fc.nat()).map(([all, ...picks]) => {
      const entries = Object.entries(all);
      return Object.fromEntries(
        picks.flatMap((pick) => entries.slice(pick % (entries.length + 1)).slice(0, 1)),
      );
    });
    fc.assert(
      fc.property(fc.array(few, { minLength: 1, maxLength: 5 }), (all) => {
        const routes = [...all.map((each) => ({ ...good, ...each })), good].map(routeOf);
        const { model } = filesOf(routes);
        expect(model.backends.has(routeId(String(all.length)))).toBe(true);
        expectOurs(routes);
      }),
      { numRuns: 500 },
    );
  }, 60_000);
});
