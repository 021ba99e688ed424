import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportRoute } from '../../../../src/domain/dialects/export.ts';
import { readLabels } from '../../../../src/domain/dialects/read-labels.ts';
import {
  DIALECTS,
  HEALTH_CHECK_DEFAULTS,
  type Dialect,
  type RouteSpec,
} from '../../../../src/domain/route.ts';
import { anyRoute, HASH, routeSpec } from '../../../factories/route.ts';

const serviceOf = ({ backends }: RouteSpec): string => backends[0]?.service ?? 'web';
const backend = { service: 'web', port: 8080, weight: 1 };
const redirect = {
  status: 301 as const,
  scheme: 'https' as const,
  host: 'new.example.com',
  port: 8443,
  path: '/x',
};
const prefix = (value: string) => ({ kind: 'prefix' as const, value });

/** Routes that a dialect says whole. */
const WHOLE: readonly [Dialect, Partial<RouteSpec>][] = [
  ['hrm', { hosts: ['a.test', 'b.test', '*'], network: 'edge' }],
  ['hrm', { sticky: { name: 'session', setBy: 'application' }, forwardedHeaders: false }],
  ['hrm', { backends: [], redirect, forwardedHeaders: false }],
  ['hrm', { protocol: 'tls-passthrough', hosts: ['*'], forwardedHeaders: false }],
  ['interlock', { hosts: ['a.test', '*.b.test', '*'], network: 'edge', httpsOnly: true }],
  ['interlock', { paths: [prefix('/app')], rewrite: { stripPrefix: '/app', addPrefix: null } }],
  ['interlock', { sticky: { name: 'session', setBy: 'application' }, backendTls: { verify: true } }],
  ['interlock', { upstream: 'vip', backendTls: { verify: false } }],
  ['interlock', { backends: [], hosts: ['a.test', 'b.test'], redirect: { ...redirect, status: 302 } }],
  ['interlock', { protocol: 'tls-passthrough' }],
  ['docker-flow', { hosts: ['a.test', '*.b.test'], paths: [prefix('/a'), prefix('/b')], httpsOnly: true }],
  [
    'docker-flow',
    { paths: [{ kind: 'exact', value: '/a' }], methods: ['GET'], backendTls: { verify: false } },
  ],
  ['docker-flow', { headers: [{ name: 'X-A', value: 'b' }], sticky: { name: 'web', setBy: 'router' } }],
  ['docker-flow', { paths: [prefix('/a')], rewrite: { stripPrefix: '/a', addPrefix: '/b' } }],
  ['docker-flow', { basicAuth: { realm: 'Restricted', users: { ann: HASH } } }],
  ['docker-flow', { timeouts: { connect: null, server: 60_000, queue: null, tunnel: 5000 } }],
  ['docker-flow', { requestHeaders: { set: { 'X-A': 'a' }, add: { 'X-B': 'b c' }, remove: ['X-C', 'X-D'] } }],
  ['docker-flow', { responseHeaders: { set: {}, add: {}, remove: ['Server'] } }],
  ['docker-flow', { protocol: 'tcp', hosts: [], listen: 5432, healthCheck: HEALTH_CHECK_DEFAULTS }],
  ['docker-flow', { protocol: 'tls-passthrough', hosts: ['a.test'] }],
];

/** What a dialect cannot say, by field. */
const LOST: readonly [Dialect, string, Partial<RouteSpec>][] = [
  ['hrm', '/paths', { paths: [prefix('/a')] }],
  ['hrm', '/allow', { allow: ['10.0.0.0/8'] }],
  ['hrm', '/backends', { backends: [backend, { ...backend, service: 'canary' }] }],
  ['hrm', '/sticky/setBy', { sticky: { name: 's', setBy: 'router' } }],
  ['interlock', '/basicAuth', { basicAuth: { realm: 'Restricted', users: { ann: HASH } } }],
  ['interlock', '/retries', { retries: 3 }],
  ['interlock', '/backends', { backends: [{ ...backend, weight: 5 }] }],
  ['docker-flow', '/network', { network: 'edge' }],
  [
    'docker-flow',
    '/timeouts/server',
    { timeouts: { connect: null, server: 1500, queue: null, tunnel: null } },
  ],
  ['docker-flow', '', { backends: [], redirect }],
];

describe('exportRoute', () => {
  it('says every route in labels of our own, whole', () => {
    fc.assert(
      fc.property(anyRoute, (spec) => {
        const service = serviceOf(spec);
        const { labels, lost, findings } = exportRoute(spec, 'swarmplane', service);
        expect({ lost, findings }).toEqual({ lost: [], findings: [] });
        const [reading] = readLabels({ name: service, labels, networks: null, ports: null });
        expect(reading?.routes.map((route) => route.spec)).toEqual([spec]);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(WHOLE)('says in labels of %s, whole: %j', (dialect, part) => {
    const spec = routeSpec(part);
    const { labels, lost } = exportRoute(spec, dialect, 'web');
    expect(lost).toEqual([]);
    expect(Object.keys(labels).length).toBeGreaterThan(0);
  });

  it.each(LOST)('tells that labels of %s do not say %j: %j', (dialect, pointer, part) => {
    const { lost } = exportRoute(routeSpec(part), dialect, 'web');
    expect(lost.map((each) => each.pointer)).toContain(pointer);
  });

  it('writes labels that are read without an error, in every dialect', () => {
    let written = 0;
    fc.assert(
      fc.property(anyRoute, fc.constantFrom(...DIALECTS), (spec, dialect) => {
        const { labels, findings } = exportRoute(spec, dialect, serviceOf(spec));
        if (Object.keys(labels).length === 0) return;
        written += 1;
        expect(findings.filter(({ level }) => level === 'error')).toEqual([]);
      }),
      { numRuns: 1000 },
    );
    expect(written).toBeGreaterThan(500);
  });
});
