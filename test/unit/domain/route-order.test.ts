import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  claimsOf,
  compareClaims,
  fitsHost,
  fitsPath,
  matchClaim,
  type Claim,
  type ClaimedRoute,
  type RoutedRequest,
} from '../../../src/domain/route-order.ts';
import { claimedRoute, routeSpec } from '../../factories/route.ts';

const HOSTS = ['a.test', 'b.a.test', '*.a.test', '*.test', '*'];
const PATHS = ['/', '/x', '/x/y', '/x/', '/xy'];

const path = fc.record({
  kind: fc.constantFrom('exact' as const, 'prefix' as const),
  value: fc.constantFrom(...PATHS),
});
const route: fc.Arbitrary<ClaimedRoute> = fc
  .record({
    id: fc.uuid(),
    claimedAt: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
    hosts: fc.uniqueArray(fc.constantFrom(...HOSTS), { maxLength: 3 }),
    paths: fc.uniqueArray(path, { maxLength: 3, selector: ({ kind, value }) => `${kind}${value}` }),
    methods: fc.subarray(['GET', 'POST']),
    headers: fc.subarray([
      { name: 'X-A', value: '1' },
      { name: 'x-b', value: null },
    ]),
  })
  .map(({ id, claimedAt, ...fields }) => ({ id, claimedAt, spec: routeSpec(fields) }));
const routes = fc.uniqueArray(route, { maxLength: 8, selector: ({ id }) => id });
const request: fc.Arbitrary<RoutedRequest> = fc.record({
  host: fc.constantFrom('a.test', 'A.test', 'b.a.test', 'c.b.a.test', 'other.test', 'else.where'),
  path: fc.constantFrom('/', '/x', '/x/', '/x/y', '/x/y/z', '/xy', '/xyz'),
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  headers: fc.subarray([
    { name: 'x-a', value: '1' },
    { name: 'X-B', value: '2' },
  ]),
});

/** The rules, told one by one. */
function naiveWinner(all: readonly ClaimedRoute[], asked: RoutedRequest): string | undefined {
  const candidates = all.flatMap((each) =>
    (each.spec.hosts.length ? each.spec.hosts : ['*']).flatMap((host) =>
      (each.spec.paths.length ? each.spec.paths : [{ kind: 'prefix' as const, value: '/' }]).map((match) => ({
        each,
        host,
        match,
      })),
    ),
  );
  const fitting = candidates.filter(({ each: { spec }, host, match }) => {
    const name = asked.host.toLowerCase();
    const isHost = host === '*' || host === name || (host.startsWith('*') && name.endsWith(host.slice(1)));
    const below = match.value.endsWith('/') ? match.value : `${match.value}/`;
    const isPath = asked.path === match.value || (match.kind === 'prefix' && asked.path.startsWith(below));
    const isMethod = spec.methods.length === 0 || spec.methods.includes(asked.method);
    const areHeaders = spec.headers.every((wanted) =>
      asked.headers.some(
        (header) =>
          header.name.toLowerCase() === wanted.name.toLowerCase() &&
          [null, header.value].includes(wanted.value),
      ),
    );
    return isHost && isPath && isMethod && areHeaders;
  });
  const rank = ({ each, host, match }: (typeof candidates)[number]): (number | string)[] => [
    host === '*' ? 2 : host.startsWith('*') ? 1 : 0,
    1000 - host.length,
    match.kind === 'exact' ? 0 : match.value === '/' ? 2 : 1,
    1000 - match.value.length,
    1000 - each.spec.headers.length - (each.spec.methods.length > 0 ? 1 : 0),
    each.claimedAt,
    each.id,
  ];
  const sorted = fitting.map((candidate) => ({ candidate, key: rank(candidate) }));
  sorted.sort((a, b) => {
    const index = a.key.findIndex((part, at) => part !== b.key[at]);
    return index < 0 ? 0 : a.key[index]! < b.key[index]! ? -1 : 1;
  });
  return sorted[0]?.candidate.each.id;
}

const words = ({ host, path: match, route: { id } }: Claim): string =>
  `${host} ${match?.kind} ${match?.value} ${id}`;

describe('the precedence of routes', () => {
  it('puts exact before wildcard before default, and longer before shorter', () => {
    const claims = claimsOf([claimedRoute({ hosts: ['*', '*.test', '*.a.test', 'a.test'], paths: [] })]);
    expect(claims.map(({ host }) => host)).toEqual(['a.test', '*.a.test', '*.test', '*']);
    const paths = claimsOf([
      claimedRoute({
        hosts: ['a.test'],
        paths: [
          { kind: 'prefix', value: '/' },
          { kind: 'prefix', value: '/x' },
          { kind: 'exact', value: '/x' },
          { kind: 'prefix', value: '/x/y' },
        ],
      }),
    ]);
    expect(paths.map((claim) => claim.path && `${claim.path.kind} ${claim.path.value}`)).toEqual([
      'exact /x',
      'prefix /x/y',
      'prefix /x',
      null,
    ]);
  });

  it('puts more conditions before fewer, then the older claim, then the smaller id', () => {
    const ids = claimsOf([
      claimedRoute({}, 'd', '2026-01-02T00:00:00Z'),
      claimedRoute({}, 'c'),
      claimedRoute({}, 'b'),
      claimedRoute({ methods: ['GET'] }, 'a', '2026-01-03T00:00:00Z'),
    ]).map(({ route: { id } }) => id);
    expect(ids).toEqual(['a', 'b', 'c', 'd']);
  });

  it('does not depend on the order in which routes are given', () => {
    fc.assert(
      fc.property(
        routes.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
        ([all, shuffled]) => {
          expect(claimsOf(shuffled).map(words)).toEqual(claimsOf(all).map(words));
        },
      ),
    );
  });

  it('is total: of two claims one comes first, whatever is between them', () => {
    fc.assert(
      fc.property(routes, (all) => {
        const claims = claimsOf(all);
        claims.forEach((first, index) => {
          for (const later of claims.slice(index + 1)) {
            expect(compareClaims(first, later)).toBeLessThan(0);
            expect(compareClaims(later, first)).toBeGreaterThan(0);
          }
        });
      }),
    );
  });

  it('sends a request where the rules, told one by one, send it', () => {
    let matched = 0;
    fc.assert(
      fc.property(routes, request, (all, asked) => {
        const winner = matchClaim(claimsOf(all), asked)?.route.id;
        if (winner !== undefined) matched += 1;
        expect(winner).toBe(naiveWinner(all, asked));
      }),
      { numRuns: 1000 },
    );
    expect(matched).toBeGreaterThan(100);
  });
});

describe('fitsHost and fitsPath', () => {
  it.each([
    ['foo.test', 'FOO.test', true],
    ['foo.test', 'foo.test.evil.tld', false],
    ['*.foo.test', 'a.foo.test', true],
    ['*.foo.test', 'a.b.foo.test', true],
    ['*.foo.test', 'foo.test', false],
    ['*.foo.test', 'barfoo.test', false],
    ['*', 'anything', true],
  ])('%s is for %s: %s', (pattern, host, fits) => {
    expect(fitsHost(pattern, host)).toBe(fits);
  });

  it.each([
    ['prefix', '/api', '/api', true],
    ['prefix', '/api', '/api/x', true],
    ['prefix', '/api', '/apis', false],
    ['prefix', '/api/', '/api', false],
    ['prefix', '/', '/any', true],
    ['exact', '/api', '/api/', false],
  ] as const)('%s %s is for %s: %s', (kind, value, asked, fits) => {
    expect(fitsPath({ kind, value }, asked)).toBe(fits);
  });
});
