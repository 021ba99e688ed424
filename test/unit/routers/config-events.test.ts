import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CertificateRecords } from '../../../src/certificates/certificate-records.ts';
import { InstallationKey } from '../../../src/certificates/installation-key.ts';
import { ServedCertificates } from '../../../src/certificates/served-certificates.ts';
import { patched, type RouterConfig, type RouterConfigPatch } from '../../../src/domain/router-config.ts';
import { configHash } from '../../../src/proxy/config-hash.ts';
import { ConfigEvents } from '../../../src/routers/config-events.ts';
import { RouterConfigs } from '../../../src/routers/router-configs.ts';
import { RouterServices } from '../../../src/routers/router-services.ts';
import { ClusterState } from '../../../src/swarm/cluster-state.ts';
import { ResourceStore, type Resource } from '../../../src/swarm/store/resource-store.ts';
import { routedRoute } from '../../factories/router.ts';
import { service } from '../../factories/domain.ts';
import { FakeRoutedRoutes } from '../../fakes/fake-routed-routes.ts';

const EMPTY = { node: [], network: [], service: [], task: [], config: [] };
const BEAT_MS = 1_000_000;

/** A store without documents. */
class EmptyStore extends ResourceStore {
  private readonly none: readonly Resource<never>[] = [];
  list<T>(): readonly Resource<T>[] {
    return this.none;
  }
  create = (): never => fail();
  update = (): never => fail();
  remove = (): never => fail();
}
const fail = (): never => {
  throw new Error('Nothing is written here.');
};

function workbench() {
  const state = new ClusterState();
  const routes = new FakeRoutedRoutes();
  const records = new CertificateRecords(new EmptyStore(), new InstallationKey());
  const services = new RouterServices(state);
  const configs = new RouterConfigs(state, routes, new ServedCertificates(records, state), services);
  return { state, routes, configs };
}

/** What a router makes of what it is told. */
class Reader {
  config: RouterConfig | null = null;
  readonly events: string[] = [];
  readonly source: ConfigEvents;

  constructor(configs: RouterConfigs, known: RouterConfig | null = null) {
    this.config = known;
    this.source = new ConfigEvents(configs, null, known?.hash ?? null, BEAT_MS);
  }

  read(): void {
    for (const text of this.source.take().toString().split('\n\n').filter(Boolean)) {
      const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(text) ?? [];
      this.events.push(event);
      if (event === 'config') this.config = JSON.parse(data) as RouterConfig;
      else {
        const patch = JSON.parse(data) as RouterConfigPatch;
        expect(patch.base).toBe(this.config?.hash);
        this.config = patched(this.config as RouterConfig, patch);
      }
      expect(configHash(this.config)).toBe(this.config?.hash);
    }
  }
}

const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
const step = fc.oneof(
  fc.record({ change: fc.subarray(ids), remove: fc.subarray(ids, { maxLength: 3 }), port: fc.nat(9) }),
  fc.record({ trust: fc.constantFrom('', '10.0.0.0/8', '10.0.0.0/8,192.168.0.0/16', 'nonsense') }),
  fc.record({ read: fc.nat(2) }),
);

describe('the stream of the configuration', () => {
  it('comes to the newest configuration whatever changes and however slowly it is read', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { state, routes, configs } = workbench();
        state.apply([{ type: 'snapshot', snapshot: EMPTY }]);
        const readers = [new Reader(configs), new Reader(configs), new Reader(configs)];
        let version = 0;
        for (const it of steps) {
          if ('read' in it) readers[it.read]?.read();
          else if ('trust' in it) {
            const labels = { 'io.swarmplane.router': '', 'io.swarmplane.router.trusted-proxies': it.trust };
            version += 1;
            state.apply([{ type: 'upsert', kind: 'service', object: service({ id: 'r', version, labels }) }]);
          } else {
            const changed = it.change.filter((id) => !it.remove.includes(id));
            const listening = (id: string) => routedRoute(id, { claimedAt: `2026-01-01T00:00:0${it.port}Z` });
            routes.change(changed.map(listening), it.remove);
          }
        }
        const newest = configs.of(null);
        expect(newest.routes).toEqual(ids.flatMap((id) => routes.all.get(id) ?? []));
        for (const reader of readers) {
          reader.read();
          expect(reader.config).toEqual({
            ...JSON.parse(JSON.stringify(newest)),
            version: reader.config?.version,
          });
          expect(reader.events.slice(1)).not.toContain('config');
          const { length } = reader.events;
          reader.read();
          expect(reader.events).toHaveLength(length);
          reader.source.stream.destroy();
        }
      }),
      { numRuns: 200 },
    );
  });

  it('tells a router that has the newest nothing but that, and another one all', () => {
    const { state, routes, configs } = workbench();
    state.apply([{ type: 'snapshot', snapshot: EMPTY }]);
    routes.change([routedRoute('a')]);
    const first = new Reader(configs);
    first.read();
    const again = new Reader(configs, first.config);
    again.read();
    expect(again.events).toEqual([]);
    routes.change([routedRoute('b')]);
    again.read();
    expect(again.events).toEqual(['patch']);
    const late = new Reader(configs, first.config);
    late.read();
    expect(late.events).toEqual(['config']);
    for (const reader of [first, again, late]) reader.source.stream.destroy();
  });

  it('keeps routes that did not change as they are, and its version never falls', () => {
    const { state, routes, configs } = workbench();
    state.apply([{ type: 'snapshot', snapshot: { ...EMPTY, service: [service({ id: 's', version: 40 })] } }]);
    routes.change([routedRoute('a'), routedRoute('b')]);
    const before = configs.of(null);
    expect(before.version).toBe(40);
    expect(configs.of(null)).toBe(before);
    state.apply([{ type: 'snapshot', snapshot: { ...EMPTY, service: [service({ id: 's', version: 7 })] } }]);
    routes.change([routedRoute('c')]);
    const after = configs.of(null);
    expect(after.version).toBe(40);
    expect(after.routes[0]).toBe(before.routes[0]);
  });

  it('says nothing before the swarm has been read, and nothing new when it is cut off', () => {
    const { state, routes, configs } = workbench();
    expect(() => configs.of(null)).toThrow(/being read/);
    state.apply([{ type: 'snapshot', snapshot: EMPTY }]);
    routes.change([routedRoute('a')]);
    const before = configs.of(null);
    state.disconnected(state.unavailable ?? (new Error() as never));
    expect(configs.of(null)).toBe(before);
  });
});
