import { describe, expect, it } from 'vitest';
import { patched, type RoutedRoute, type RouterConfig } from '../../../src/domain/router-config.ts';
import type { RouteSpec } from '../../../src/domain/route.ts';
import { compile } from '../../../src/proxy/compile.ts';
import { diff } from '../../../src/proxy/diff.ts';
import { render } from '../../../src/proxy/render.ts';
import { pathsIn, PROXY_SETTINGS } from '../../../src/proxy/settings.ts';
import { routedRoute, routedServer, routerConfig } from '../../factories/router-config.ts';

const web = routedRoute({ name: 'web' }, [routedServer()]);
const api = routedRoute({ name: 'api', hosts: ['api.test', '*.api.test', '*'] }, [routedServer()]);
const base = routerConfig({ routes: [web, api] });
const model = compile(base, PROXY_SETTINGS);

/** As it comes to a router: parsed anew, whole. */
const changed = (route: RoutedRoute, spec: Partial<RouteSpec>): RoutedRoute =>
  JSON.parse(JSON.stringify({ ...route, spec: { ...route.spec, ...spec } })) as RoutedRoute;
const withRoutes = (routes: readonly RoutedRoute[], removedRoutes: readonly string[] = []): RouterConfig =>
  patched(base, {
    base: '',
    version: 2,
    hash: '',
    routes,
    removedRoutes,
    certificates: [],
    removedCertificates: [],
  });
const changeTo = (config: RouterConfig) => diff(model, compile(config, PROXY_SETTINGS, model));

describe('compile', () => {
  it('shares what did not change with the model before', () => {
    const servers = { ...changed(web, {}), servers: [routedServer({ id: 'task2' })] };
    const next = compile(withRoutes([servers]), PROXY_SETTINGS, model);
    expect(next.frontends).toBe(model.frontends);
    expect(next.backends.get(api.id)).toBe(model.backends.get(api.id));
    expect(next.backends.get(web.id)?.claim).toBe(model.backends.get(web.id)?.claim);
    const other = compile(withRoutes([changed(web, { hosts: ['new.test'] })]), PROXY_SETTINGS, model);
    expect(other.frontends.hosts.get('api.test')).toBe(model.frontends.hosts.get('api.test'));
  });

  it('makes the same with and without the model before', () => {
    const config = withRoutes([
      changed(web, { hosts: ['new.test'], retries: 3 }),
      routedRoute({ name: 'third' }),
    ]);
    const next = compile(config, PROXY_SETTINGS, model);
    expect(render(next)).toEqual(render(compile(config, PROXY_SETTINGS)));
  });

  it('is not misled by another order of claims', () => {
    const rival = routedRoute({ name: 'rival' });
    const older = { ...rival, claimedAt: '2020-01-01T00:00:00Z' };
    const routesOf = (config: RouterConfig, previous?: typeof model): string | undefined =>
      render(compile(config, PROXY_SETTINGS, previous)).files.get(pathsIn(PROXY_SETTINGS).routes);
    const before = compile(withRoutes([rival]), PROXY_SETTINGS, model);
    expect(routesOf(withRoutes([older]), before)).toBe(routesOf(withRoutes([older])));
    expect(routesOf(withRoutes([older]))).toContain(`foo.example.com/ r_${rival.id}`);
  });

  it.each([
    ['a port that is its own', { listen: 8080 }, {}],
    ['a port that somebody else has', { listen: 9000 }, { takenPorts: [9000] }],
  ])('refuses %s', (_, spec, settings) => {
    const route = routedRoute({ name: 'tcp', protocol: 'tcp', hosts: [], ...spec });
    const { refused, frontends } = compile(withRoutes([route]), { ...PROXY_SETTINGS, ...settings });
    expect(refused).toMatchObject([{ route: route.id, reason: expect.stringContaining('taken') as string }]);
    expect(frontends.listens.size).toBe(0);
  });

  it('gives a port to the older of two claims, and refuses TLS where the router has no port for it', () => {
    const old = {
      ...routedRoute({ name: 'old', protocol: 'tcp', hosts: [], listen: 9000 }),
      claimedAt: '2020-01-01T00:00:00Z',
    };
    const young = routedRoute({ name: 'young', protocol: 'tcp', hosts: [], listen: 9000 });
    const passed = routedRoute({ name: 'passed', protocol: 'tls-passthrough' });
    const { refused, frontends } = compile(withRoutes([young, old, passed]), {
      ...PROXY_SETTINGS,
      httpsPort: null,
    });
    expect([...frontends.listens]).toEqual([[9000, `r_${old.id}`]]);
    expect(new Set(refused.map(({ route }) => route))).toEqual(new Set([young.id, passed.id]));
  });
});

describe('diff', () => {
  it('is nothing for what says the same', () => {
    const { commands, reloadReasons } = changeTo(withRoutes([changed(web, {})]));
    expect({ commands, reloadReasons }).toEqual({ commands: [], reloadReasons: [] });
  });

  it('gives requests somewhere to go before it takes it away', () => {
    const servers = [routedServer({ id: 'task2' })];
    const { commands, reloadReasons } = changeTo(withRoutes([{ ...web, servers }]));
    expect(reloadReasons).toEqual([]);
    expect(commands.map(({ kind }) => kind)).toEqual(['add-server', 'retire']);
  });

  it.each([
    ['weight', { weight: 5 }],
    ['move', { address: '10.0.0.9' }],
    ['drain', { state: 'drain' as const }],
  ])('is the command %s', (kind, change) => {
    expect(changeTo(withRoutes([{ ...web, servers: [routedServer(change)] }])).commands).toMatchObject([
      { kind },
    ]);
  });

  it('changes hosts and paths by entries of the map, and many of them at once', () => {
    const few = changeTo(withRoutes([changed(web, { hosts: ['new.test'] })]));
    expect(few.reloadReasons).toEqual([]);
    expect(few.commands).toMatchObject([
      { kind: 'map-add', key: 'new.test/' },
      { kind: 'map-delete', key: 'foo.example.com/' },
    ]);
    const hosts = Array.from({ length: 600 }, (_, index) => `h${index}.test`);
    const many = changeTo(withRoutes([changed(web, { hosts })]));
    expect(many.commands.map(({ kind }) => kind)).toEqual(['map-replace']);
  });

  it('takes out a route without a reload', () => {
    const { commands, reloadReasons } = changeTo(withRoutes([], [web.id]));
    expect(reloadReasons).toEqual([]);
    expect(commands.map(({ kind }) => kind)).toEqual(['map-delete', 'retire']);
  });

  it.each<[string, RouterConfig, RegExp]>([
    ['a new route', withRoutes([routedRoute({ name: 'third' })]), /third .* is new/],
    ['other rules', withRoutes([changed(web, { retries: 5 })]), /web .* other things/],
    ['other servers', withRoutes([changed(web, { backendTls: { verify: false } })]), /web .* another way/],
    ['conditions', withRoutes([changed(web, { methods: ['GET'] })]), /web .* conditions/],
    [
      'a port',
      withRoutes([routedRoute({ name: 'db', protocol: 'tcp', hosts: [], listen: 99 })]),
      /db .* port 99/,
    ],
    ['TLS', withRoutes([routedRoute({ name: 'p', protocol: 'tls-passthrough' })]), /pass TLS through/],
    ['wildcards', withRoutes([changed(web, { hosts: ['*.a.b.test'] })]), /kinds of wildcards/],
    [
      'trust',
      { ...base, settings: { trustedProxies: ['10.0.0.0/8'], acceptProxyProtocol: false } },
      /ports changed/,
    ],
  ])('says why it needs a reload: %s', (_, config, reason) => {
    expect(changeTo(config).reloadReasons.join('\n')).toMatch(reason);
  });

  it('does not let servers wait for a reload', () => {
    const routes = [{ ...web, servers: [routedServer({ state: 'drain' })] }, routedRoute({ name: 'third' })];
    const { commands, reloadReasons, between } = changeTo(withRoutes(routes));
    expect(commands).toMatchObject([{ kind: 'drain', backend: `r_${web.id}` }]);
    expect(reloadReasons).toHaveLength(1);
    const again = diff(between, compile(withRoutes(routes), PROXY_SETTINGS));
    expect({ commands: again.commands, reasons: again.reloadReasons }).toEqual({
      commands: [],
      reasons: reloadReasons,
    });
  });
});
