import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOf, GRAMMAR, normalHost } from '../../../src/domain/route-grammar.ts';
import { checkRouteSpec } from '../../../src/domain/route-rules.ts';
import { HEALTH_CHECK_DEFAULTS, ROUTE_DEFAULTS, type RouteSpec } from '../../../src/domain/route.ts';
import { anyRoute, HASH, routeSpec } from '../../factories/route.ts';

const redirect = { status: 301 as const, scheme: null, host: null, port: null, path: null };
const backend = { service: 'web', port: 80, weight: 1 };
const tcp = (overrides: Partial<RouteSpec>): Partial<RouteSpec> => ({
  protocol: 'tcp',
  hosts: [],
  listen: 5432,
  ...overrides,
});
const tls = (overrides: Partial<RouteSpec>): Partial<RouteSpec> => ({
  protocol: 'tls-passthrough',
  ...overrides,
});
const auth = (users: Record<string, string>): Partial<RouteSpec> => ({
  basicAuth: { realm: 'Team blue', users },
});
const set = (name: string, value: string): Partial<RouteSpec> => ({
  requestHeaders: { set: { [name]: value }, add: {}, remove: [] },
});
const prefix = (value: string) => ({ kind: 'prefix' as const, value });

const REFUSED: readonly [pointer: string, spec: Partial<RouteSpec>][] = [
  ['/name', { name: 'a b' }],
  ['/name', { name: 'x'.repeat(64) }],
  ['/hosts/0', { hosts: ['Foo.example.com'] }],
  ['/hosts/0', { hosts: ['foo.example.com.'] }],
  ['/hosts/0', { hosts: ['bücher.example'] }],
  ['/hosts/0', { hosts: ['foo.*.example.com'] }],
  ['/hosts/0', { hosts: ['foo_bar.example.com'] }],
  ['/hosts/0', { hosts: [`${'a'.repeat(64)}.example.com`] }],
  ['/hosts/0', { hosts: [`${'a.'.repeat(127)}a`] }],
  ['/hosts/0', { hosts: ['foo.example.com\n  server x'] }],
  ['/hosts/1', { hosts: ['a.test', 'a.test'] }],
  ['/hosts', { hosts: Array.from({ length: 101 }, (_, index) => `h${index}.test`) }],
  ['/hosts', { hosts: [] }],
  [
    '/paths',
    {
      hosts: Array.from({ length: 23 }, (_, index) => `h${index}.test`),
      paths: Array.from({ length: 22 }, (_, index) => prefix(`/${index}`)),
    },
  ],
  ['/paths/0/value', { paths: [prefix('api')] }],
  ['/paths/0/value', { paths: [prefix('//evil.test')] }],
  ['/paths/0/value', { paths: [prefix('/a b')] }],
  ['/paths/0/value', { paths: [prefix('/a%zz')] }],
  ['/paths/0/value', { paths: [prefix('/a/../b')] }],
  ['/paths/0/value', { paths: [prefix('/a/%2E%2e/b')] }],
  ['/paths/0/value', { paths: [prefix(`/${'a'.repeat(1024)}`)] }],
  ['/headers/0/name', { headers: [{ name: 'X_A', value: null }] }],
  ['/headers/0/value', { headers: [{ name: 'X-A', value: 'a"b' }] }],
  [
    '/headers/1',
    {
      headers: [
        { name: 'X-A', value: 'a' },
        { name: 'x-a', value: 'b' },
      ],
    },
  ],
  ['/methods/0', { methods: ['get'] }],
  ['/listen', { listen: 80 }],
  ['/backends', { backends: [] }],
  ['/backends', { backends: [{ ...backend, weight: 0 }] }],
  ['/backends/0/weight', { backends: [{ ...backend, weight: 1001 }] }],
  ['/backends/0/weight', { backends: [{ ...backend, weight: 0.5 }] }],
  ['/backends/0/port', { backends: [{ ...backend, port: 65_536 }] }],
  ['/backends/0/service', { backends: [{ ...backend, service: 'web;' }] }],
  ['/backends/1', { backends: [backend, { ...backend, weight: 2 }] }],
  ['/network', { network: 'a b' }],
  ['/sticky/name', { sticky: { name: 'a=b', setBy: 'router' } }],
  ['/sticky', { upstream: 'vip', sticky: { name: 's', setBy: 'router' } }],
  [
    '/limits/connectionsPerTask',
    { upstream: 'vip', limits: { connectionsPerTask: 1, requestsPerSecond: null } },
  ],
  ['/redirect', { backends: [], redirect }],
  ['/redirect', { backends: [], redirect: { ...redirect, host: 'foo.example.com' } }],
  ['/redirect', { backends: [], redirect: { ...redirect, path: '/login' } }],
  ['/redirect', { backends: [], paths: [prefix('/a')], redirect: { ...redirect, path: '/a/b' } }],
  ['/redirect/host', { backends: [], redirect: { ...redirect, host: '*.example.com' } }],
  ['/redirect/path', { backends: [], redirect: { ...redirect, host: 'b.test', path: '//evil.test' } }],
  ['/backends', { redirect: { ...redirect, host: 'b.test' } }],
  ['/httpsOnly', { backends: [], httpsOnly: true, redirect: { ...redirect, host: 'b.test' } }],
  ['/rewrite', { rewrite: { stripPrefix: null, addPrefix: null } }],
  ['/rewrite/stripPrefix', { rewrite: { stripPrefix: '/a', addPrefix: null } }],
  ['/rewrite/stripPrefix', { paths: [prefix('/ab')], rewrite: { stripPrefix: '/a', addPrefix: null } }],
  ['/rewrite/addPrefix', { rewrite: { stripPrefix: null, addPrefix: '/a/' } }],
  ['/requestHeaders/set/X-A', set('X-A', '%[env(HOME)]')],
  ['/requestHeaders/set/X-A', set('X-A', 'a\r\nX-B: c')],
  ['/requestHeaders/set/X-A', set('X-A', 'a # b')],
  ['/requestHeaders/set/Transfer-Encoding', set('Transfer-Encoding', 'chunked')],
  ['/requestHeaders/set/X A', set('X A', 'a')],
  ['/requestHeaders/1', { requestHeaders: { set: { 'X-A': 'a' }, add: {}, remove: ['x-a'] } }],
  ['/healthCheck/path', { healthCheck: { ...HEALTH_CHECK_DEFAULTS, path: 'x' } }],
  ['/healthCheck/intervalMs', { healthCheck: { ...HEALTH_CHECK_DEFAULTS, intervalMs: 1 } }],
  ['/timeouts/server', { timeouts: { ...ROUTE_DEFAULTS.timeouts, server: 0 } }],
  ['/limits/requestsPerSecond', { limits: { connectionsPerTask: null, requestsPerSecond: 0 } }],
  ['/allow/0', { allow: ['10.0.0.1/8'] }],
  ['/allow/0', { allow: ['10.0.0.1'] }],
  ['/basicAuth/users', auth({})],
  ['/basicAuth/users/ann', auth({ ann: 'secret' })],
  ['/basicAuth/users/ann', auth({ ann: '$1$salt$3uu4s6vVVP1C8Qb1zZcHm/' })],
  ['/basicAuth/users/ann', auth({ ann: HASH.replace('$6$', '$5$') })],
  ['/basicAuth/users/ann', auth({ ann: HASH.replace('$6$', '$6$rounds=999999999$') })],
  ['/basicAuth/users/ann', auth({ ann: `$2y$31$${'a'.repeat(53)}` })],
  ['/basicAuth/users/ann:x', auth({ 'ann:x': HASH })],
  ['/basicAuth/realm', { basicAuth: { realm: 'a"b', users: { ann: HASH } } }],
  ['/basicAuth/realm', { basicAuth: { realm: 'a ', users: { ann: HASH } } }],
  ['/retries', { retries: 11 }],
  ['/listen', tcp({ listen: null })],
  ['/hosts', tcp({ hosts: ['a.test'] })],
  ['/paths', tcp({ paths: [prefix('/a')] })],
  ['/httpsOnly', tcp({ httpsOnly: true })],
  ['/basicAuth', tcp(auth({ ann: HASH }))],
  ['/requestHeaders', tcp(set('X-A', 'a'))],
  ['/healthCheck/path', tcp({ healthCheck: { ...HEALTH_CHECK_DEFAULTS, path: '/x' } })],
  ['/hosts', tls({ hosts: [] })],
  ['/listen', tls({ listen: 443 })],
  ['/sticky', tls({ sticky: { name: 's', setBy: 'router' } })],
  ['/backendTls', tls({ backendTls: { verify: true } })],
];

const TAKEN: readonly Partial<RouteSpec>[] = [
  {},
  { hosts: ['*'] },
  { hosts: [], paths: [prefix('/api')] },
  { hosts: ['xn--bcher-kva.example', '*.example.com', '10.0.0.1'] },
  { paths: [prefix('/a/%5B/;v=1/@x:y'), { kind: 'exact', value: '/' }] },
  { backends: [], redirect: { ...redirect, scheme: 'https', host: 'foo.example.com' } },
  { backends: [], hosts: ['*.example.com'], redirect: { ...redirect, host: 'www.example.com' } },
  { backends: [], paths: [prefix('/old')], redirect: { ...redirect, path: '/new' } },
  { paths: [prefix('/app')], rewrite: { stripPrefix: '/app', addPrefix: '/v2' } },
  { backends: [backend, { ...backend, service: 'web-canary', weight: 0 }] },
  set('Strict-Transport-Security', 'max-age=31536000; includeSubDomains'),
  auth({
    ann: HASH,
    bob: `$5$rounds=5000$salt$${'b'.repeat(43)}`,
    'carol@x.test': `$2y$05$${'c'.repeat(53)}`,
  }),
  { allow: ['10.0.0.0/8', '2001:db8::/32'] },
  tcp({}),
  tls({ hosts: ['*'] }),
];

/** Of all texts of a route: what no grammar has. */
// eslint-disable-next-line no-control-regex
const NEVER = /[\x00-\x1f\x7f-\uffff"'`\\#{}]|%\[/;

/** Names of fields, and words of enums, which their types keep. */
const IS_TYPED = /\/(key|protocol|upstream|kind|setBy|scheme)$/;

/** Every text in a value, with the way to it. */
function textsIn(value: unknown, way: string): [way: string, text: string][] {
  if (typeof value === 'string') return [[way, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => [
    [`${way}/key`, key] as [string, string],
    ...textsIn(part, `${way}/${key}`),
  ]);
}

const mayHaveSpaces = (way: string): boolean =>
  /^\/(headers\/\d+\/value|(request|response)Headers\/(set|add)\/|basicAuth\/realm)/.test(way);
const mayHaveDollars = (way: string): boolean => way.startsWith('/basicAuth/users/');

describe('checkRouteSpec', () => {
  it.each(REFUSED)('finds fault with %s of %j', (pointer, spec) => {
    expect(checkRouteSpec(routeSpec(spec)).map((error) => error.pointer)).toContain(pointer);
  });

  it.each(TAKEN.map((spec) => [spec]))('takes %j', (spec) => {
    expect(checkRouteSpec(routeSpec(spec))).toEqual([]);
  });

  it('takes every route that is made to be valid', () => {
    fc.assert(
      fc.property(anyRoute, (spec) => {
        expect(checkRouteSpec(spec)).toEqual([]);
      }),
    );
  });

  it('lets no character pass that means something to a configuration, wherever it stands', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '"',
        "'",
        '\\',
        '#',
        '$',
        '%[',
        '%',
        '{',
        '}',
        ' ',
        '\n',
        '\r',
        '\0',
        '\x7f',
        '`',
        'ü',
        '\u2028',
        ',',
        '//',
        '..',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    let passed = 0;
    let refused = 0;
    fc.assert(
      fc.property(anyRoute, piece, fc.nat(), fc.nat(), (spec, text, which, where) => {
        const ways = textsIn(spec, '').filter(([way]) => !IS_TYPED.test(way));
        const [way, before] = ways[which % ways.length]!;
        const at = where % (before.length + 1);
        const broken = put(spec, way, before.slice(0, at) + text + before.slice(at));
        if (checkRouteSpec(broken).length > 0) return void (refused += 1);
        passed += 1;
        for (const [each, said] of textsIn(broken, '')) {
          expect(said).not.toMatch(NEVER);
          if (!mayHaveSpaces(each)) expect(said).not.toContain(' ');
          if (!mayHaveDollars(each)) expect(said).not.toContain('$');
        }
      }),
      { numRuns: 5000 },
    );
    expect(passed).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(1000);
  });
});

/** A copy with another text at one place. */
function put<T>(value: T, way: string, text: string): T {
  const [, key = '', ...rest] = way.split('/');
  if (Array.isArray(value)) {
    return value.map((part, index): unknown =>
      String(index) === key ? put(part, `/${rest.join('/')}`, text) : part,
    ) as T;
  }
  if (typeof value !== 'object' || value === null) return text as T;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]): [string, unknown] => [
      name,
      name === key ? put(part as unknown, `/${rest.join('/')}`, text) : part,
    ]),
  ) as T;
}

describe('normalHost', () => {
  it.each([
    ['Foo.Example.COM', 'foo.example.com'],
    ['foo.example.com.', 'foo.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['*.BÜCHER.example', '*.xn--bcher-kva.example'],
    ['*', '*'],
    ['10.0.0.1', '10.0.0.1'],
    ['faß.example', 'xn--fa-hia.example'],
    ['例え。テスト', 'xn--r8jz45g.xn--zckzah'],
    ['foo.example.com:8080', undefined],
    ['ü@evil.test', undefined],
    ['ü%2e.test', undefined],
    ['ü/evil', undefined],
    ['ü\t.test', undefined],
    ['', undefined],
    ['*.', undefined],
    ['-a.test', undefined],
    ['a..b', undefined],
    ['ü\u200bx..test', undefined],
  ])('writes %j as %j', (text, host) => {
    expect(normalHost(text)).toBe(host);
  });

  it('answers hosts of the grammar that stay as they are, or nothing', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom('*', '.', 'a', 'xn--', 'ß', '1'),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const host = normalHost(parts.join(''));
        if (host === undefined) return;
        expect(isOf(GRAMMAR.host, host)).toBe(true);
        expect(normalHost(host)).toBe(host);
      }),
      { numRuns: 5000 },
    );
  });
});
