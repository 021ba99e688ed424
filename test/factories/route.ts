import fc from 'fast-check';
import {
  COOKIE_SETTERS,
  DEFAULT_WEIGHT,
  HEALTH_CHECK_DEFAULTS,
  MAX_WEIGHT,
  REDIRECT_STATUSES,
  ROUTE_DEFAULTS,
  type HeaderChanges,
  type RouteSpec,
} from '../../src/domain/route.ts';
import type { ClaimedRoute } from '../../src/domain/route-order.ts';

/** A hash of crypt(3) in the right form. */
export const HASH = `$6$saltsalt$${'a'.repeat(86)}`;

/** A small route, to the service `web` unless told otherwise. */
export const routeSpec = (overrides: Partial<RouteSpec> = {}): RouteSpec => ({
  ...ROUTE_DEFAULTS,
  name: 'web',
  hosts: ['foo.example.com'],
  backends: [{ service: 'web', port: 8080, weight: DEFAULT_WEIGHT }],
  ...overrides,
});

export const claimedRoute = (
  spec: Partial<RouteSpec>,
  id = 'a',
  claimedAt = '2026-01-01T00:00:00Z',
): ClaimedRoute => ({
  spec: routeSpec(spec),
  claimedAt,
  id,
});

const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const mapOf = (keys: readonly string[], value: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.subarray([...keys]), fc.array(value, { minLength: keys.length, maxLength: keys.length }))
    .map(([names, values]) => Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])));

const port = fc.integer({ min: 1, max: 65_535 });
const milliseconds = fc.oneof(
  fc.integer({ min: 100, max: 10_000 }),
  fc.integer({ min: 1, max: 600 }).map((seconds) => seconds * 1000),
);
const word = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
const plainHost = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));
export const host = fc.oneof(
  plainHost,
  plainHost.map((name) => `*.${name}`),
  fc.constant('*'),
);
const path = fc
  .array(fc.stringMatching(/^[A-Za-z0-9._~!&()*+;=:@-]{0,6}[a-z]$/), { minLength: 1, maxLength: 3 })
  .map((parts) => `/${parts.join('/')}`);
const value = fc.stringMatching(/^[A-Za-z0-9;=.,/-]{1,8}( [A-Za-z0-9;=.,/-]{1,8}){0,2}$/);

const changes = (names: readonly string[]): fc.Arbitrary<HeaderChanges> =>
  fc.record({
    set: mapOf(names.slice(0, 2), value),
    add: mapOf(names.slice(2, 4), value),
    remove: fc.subarray(names.slice(4)),
  });

const backends = fc
  .uniqueArray(
    fc.record({ service: word, port: orNull(port), weight: fc.integer({ min: 0, max: MAX_WEIGHT }) }),
    {
      minLength: 1,
      maxLength: 3,
      selector: ({ service }) => service,
    },
  )
  .map(([first, ...rest]) => [{ ...first!, weight: first!.weight || DEFAULT_WEIGHT }, ...rest]);

const healthCheck = fc.record({
  path: orNull(path),
  intervalMs: milliseconds,
  timeoutMs: milliseconds,
  rise: fc.integer({ min: 1, max: 100 }),
  fall: fc.integer({ min: 1, max: 100 }),
});

const timeouts = fc.record({
  connect: orNull(milliseconds),
  server: orNull(milliseconds),
  queue: orNull(milliseconds),
  tunnel: orNull(milliseconds),
});

const block = fc.oneof(
  fc.integer({ min: 0, max: 255 }).map((octet) => `10.${octet}.0.0/16`),
  fc.integer({ min: 1, max: 9999 }).map((part) => `2001:db8:${part}::/48`),
);

/** What all protocols have. */
const common = {
  name: fc.stringMatching(/^[A-Za-z0-9]([-_A-Za-z0-9]{0,10}[A-Za-z0-9])?$/),
  backends,
  network: orNull(word),
  proxyProtocol: orNull(fc.constantFrom(1 as const, 2 as const)),
  timeouts,
  allow: fc.uniqueArray(block, { maxLength: 3 }),
  forwardedHeaders: fc.boolean(),
  retries: fc.integer({ min: 0, max: 10 }),
};

const httpRoute: fc.Arbitrary<RouteSpec> = fc
  .record({
    ...common,
    hosts: fc.uniqueArray(host, { minLength: 1, maxLength: 3 }),
    paths: fc.uniqueArray(
      fc.record({ kind: fc.constantFrom('exact' as const, 'prefix' as const), value: path }),
      {
        maxLength: 3,
        selector: (each) => `${each.kind} ${each.value}`,
      },
    ),
    headers: fc.uniqueArray(
      fc.record({ name: fc.constantFrom('Accept', 'X-A', 'X-B', 'X-C'), value: orNull(value) }),
      { maxLength: 3, selector: ({ name }) => name },
    ),
    methods: fc.subarray(['GET', 'POST', 'PROPFIND', 'M-SEARCH']),
    sticky: orNull(fc.record({ name: word, setBy: fc.constantFrom(...COOKIE_SETTERS) })),
    httpsOnly: fc.boolean(),
    addPrefix: orNull(path),
    strip: fc.boolean(),
    requestHeaders: changes(['X-Set-1', 'X-Set-2', 'X-Add-1', 'X-Add-2', 'Cookie', 'X-Gone']),
    responseHeaders: changes(['X-Set-1', 'X-Set-2', 'X-Add-1', 'X-Add-2', 'Server', 'X-Gone']),
    backendTls: orNull(fc.record({ verify: fc.boolean() })),
    healthCheck: orNull(healthCheck),
    limits: fc.record({
      connectionsPerTask: orNull(fc.integer({ min: 1, max: 1_000_000 })),
      requestsPerSecond: orNull(fc.integer({ min: 1, max: 1_000_000 })),
    }),
    basicAuth: orNull(
      fc.record({
        realm: fc.constantFrom('Restricted', 'Team blue'),
        users: mapOf(['ann', 'bob'], fc.constant(HASH)).map((users) => ({ ...users, carol: HASH })),
      }),
    ),
  })
  .map(({ addPrefix, strip, ...fields }): RouteSpec => {
    const stripPrefix = (strip && fields.paths.length === 1 && fields.paths[0]?.value) || null;
    return {
      ...ROUTE_DEFAULTS,
      ...fields,
      headers: [...fields.headers].sort((a, b) => (a.name < b.name ? -1 : 1)),
      rewrite: stripPrefix === null && addPrefix === null ? null : { stripPrefix, addPrefix },
    };
  });

const vipRoute = httpRoute.map((spec): RouteSpec => ({
  ...spec,
  upstream: 'vip',
  sticky: null,
  limits: { ...spec.limits, connectionsPerTask: null },
}));

const redirectRoute = fc
  .record({
    spec: httpRoute,
    status: fc.constantFrom(...REDIRECT_STATUSES),
    scheme: orNull(fc.constantFrom('http' as const, 'https' as const)),
    host: plainHost,
    port: orNull(port),
    path: orNull(path),
  })
  .map(({ spec, host: name, ...rest }): RouteSpec => ({
    ...spec,
    backends: [],
    httpsOnly: false,
    redirect: { ...rest, host: `to.${name}` },
    hosts: spec.hosts.filter((each) => each !== `to.${name}`),
  }))
  .filter(({ hosts }) => hosts.length > 0);

const tcpRoute = fc
  .record({ ...common, listen: port, healthCheck: fc.constantFrom(null, HEALTH_CHECK_DEFAULTS) })
  .map((fields): RouteSpec => ({ ...ROUTE_DEFAULTS, ...fields, protocol: 'tcp' }));

const passthroughRoute = fc
  .record({ ...common, hosts: fc.uniqueArray(host, { minLength: 1, maxLength: 3 }) })
  .map((fields): RouteSpec => ({ ...ROUTE_DEFAULTS, ...fields, protocol: 'tls-passthrough' }));

/** Routes that are valid, of every kind. */
export const anyRoute: fc.Arbitrary<RouteSpec> = fc.oneof(
  { arbitrary: httpRoute, weight: 3 },
  vipRoute,
  redirectRoute,
  tcpRoute,
  passthroughRoute,
);
