import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainMatch, type IncomingRequest } from '../../../src/domain/route-match.ts';
import { claimsOf, matchClaim } from '../../../src/domain/route-order.ts';
import type { RouteSpec } from '../../../src/domain/route.ts';
import { claimedRoute } from '../../factories/route.ts';

const request = (over: Partial<IncomingRequest> = {}): IncomingRequest => ({
  scheme: 'http',
  host: 'a.example.com',
  port: null,
  path: '/api/x',
  method: 'GET',
  headers: [],
  ...over,
});

const spec: fc.Arbitrary<Partial<RouteSpec>> = fc.record({
  hosts: fc.uniqueArray(fc.constantFrom('a.example.com', 'b.example.com', '*.example.com', '*'), {
    minLength: 1,
  }),
  paths: fc.subarray([
    { kind: 'prefix' as const, value: '/api' },
    { kind: 'exact' as const, value: '/api/x' },
    { kind: 'prefix' as const, value: '/' },
  ]),
  methods: fc.subarray(['GET', 'POST']),
  headers: fc.subarray([{ name: 'X-Beta', value: null }]),
});

describe('explainMatch', () => {
  it('lets just the route win that precedence chooses, and says something of each', () => {
    fc.assert(
      fc.property(
        fc.array(spec, { maxLength: 6 }),
        fc.constantFrom('a.example.com', 'c.example.com', 'elsewhere'),
        fc.boolean(),
        (specs, host, isBeta) => {
          const routes = specs.map((each, index) => claimedRoute(each, `id${index}`));
          const asked = request({ host, headers: isBeta ? [{ name: 'x-beta', value: '1' }] : [] });
          const steps = explainMatch(routes, asked);
          const winners = steps.filter(({ verdict }) => verdict === 'wins').map(({ claim }) => claim);
          const chosen = matchClaim(claimsOf(routes), asked);
          expect(winners).toEqual(chosen ? [chosen] : []);
          expect(steps.every(({ reason }) => reason.endsWith('.'))).toBe(true);
        },
      ),
    );
  });

  it.each<[string, Partial<RouteSpec>, Partial<RouteSpec>, string]>([
    [
      'a host',
      { hosts: ['a.example.com'] },
      { hosts: ['*.example.com'] },
      'The host a.example.com is closer than *.example.com.',
    ],
    ['a path', { paths: [{ kind: 'prefix', value: '/api' }] }, {}, 'The path /api is closer than any.'],
    ['conditions', { methods: ['GET'] }, {}, 'The other one has more conditions.'],
    ['age', {}, {}, 'The other one is as old, and its id is smaller.'],
  ])('says that %s decides', (_, first, second, reason) => {
    const hosts = ['a.example.com'];
    const routes = [claimedRoute({ hosts, ...second }, 'b'), claimedRoute({ hosts, ...first }, 'a')];
    expect(explainMatch(routes, request()).map((step) => [step.claim.route.id, step.reason])).toEqual([
      ['a', 'It is the first that fits.'],
      ['b', reason],
    ]);
  });

  it('takes TLS that is passed through before HTTP, over HTTPS only', () => {
    const routes = [
      claimedRoute({ hosts: ['a.example.com'] }, 'a'),
      claimedRoute({ protocol: 'tls-passthrough', hosts: ['*.example.com'] }, 'b'),
    ];
    const winner = (scheme: IncomingRequest['scheme']): string | undefined =>
      explainMatch(routes, request({ scheme })).find(({ verdict }) => verdict === 'wins')?.claim.route.id;
    expect([winner('http'), winner('https')]).toEqual(['a', 'b']);
  });

  it('finds routes of TCP by their port alone', () => {
    const routes = [claimedRoute({ protocol: 'tcp', hosts: [], listen: 5432 }, 'a')];
    expect(explainMatch(routes, request({ scheme: 'tcp', port: 5432 }))).toHaveLength(1);
    expect(explainMatch(routes, request({ scheme: 'tcp', port: 5433 }))).toEqual([]);
  });
});
