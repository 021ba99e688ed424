import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SourceEvent } from '../../../src/swarm/change-source.ts';
import { ClusterState } from '../../../src/swarm/cluster-state.ts';
import { ConfigResourceStore } from '../../../src/swarm/store/config-resource-store.ts';
import type { StringMap } from '../../../src/domain/object.ts';
import type { Task } from '../../../src/domain/task.ts';
import { idOfStored, RouteRecords } from '../../../src/routing/route-records.ts';
import { RouteBook } from '../../../src/routing/route-book.ts';
import { FakeSwarm } from '../../fakes/fake-swarm.ts';
import { config, network, service, snapshot, task } from '../../factories/domain.ts';
import { routeSpec } from '../../factories/route.ts';

const NETWORKS = [
  network({ id: 'net1', name: 'edge', labels: { 'io.swarmplane.router': '' } }),
  network({ id: 'net2', name: 'back' }),
  network({
    id: 'net3',
    name: 'dmz',
    labels: { 'io.swarmplane.router': '', 'com.docker.ucp.mesh.http': '' },
  }),
];
const HOSTS = ['a.example.com', 'b.example.com', '*.example.com'];
const NAMES = ['web', 'api', 'cart', 'blog'];

const labels: fc.Arbitrary<StringMap> = fc.oneof(
  fc.constant({}),
  fc.record({
    'swarmplane.http.one.host': fc.constantFrom(...HOSTS),
    'swarmplane.http.one.port': fc.constantFrom('80', '8080', 'none'),
  }),
  fc.constant({
    'swarmplane.http.one.host': 'a.example.com',
    'swarmplane.http.one.backends': 'web:80*3,api:80',
  }),
  fc.record({
    'com.docker.lb.hosts': fc.constantFrom(...HOSTS),
    'com.docker.lb.port': fc.constantFrom('80', '81'),
  }),
  fc.record({
    'com.docker.ucp.mesh.http.1': fc.constant('external_route=http://b.example.com,internal_port=80'),
  }),
  fc.constant({ 'swarmplane.tcp.db.listen': '5432', 'swarmplane.tcp.db.port': '5432' }),
);
const consent: fc.Arbitrary<StringMap> = fc.constantFrom<StringMap>(
  {},
  { 'swarmplane.backend-for': 'blog,cart' },
  { 'com.docker.stack.namespace': 'shop' },
);
const attachments = fc
  .subarray(NETWORKS.map(({ id }) => id))
  .map((ids) => ids.map((networkId) => ({ networkId, aliases: [], driverOptions: {} })));

const serviceChange = fc
  .record({
    index: fc.nat(3),
    labels,
    consent,
    networks: attachments,
    endpointMode: fc.constantFrom('vip' as const, 'dnsrr' as const),
  })
  .map(({ index, labels: said, consent: more, ...rest }) => ({
    kind: 'service' as const,
    object: service({
      ...rest,
      id: `svc${index}`,
      name: NAMES[index] ?? '',
      labels: { ...said, ...more },
      createdAt: `2026-01-0${4 - (index % 3)}T00:00:00Z`,
    }),
  }));
const routerChange = fc
  .record({ networks: attachments, isRouter: fc.boolean() })
  .map(({ networks, isRouter }) => ({
    kind: 'service' as const,
    object: service({
      id: 'router',
      name: 'router',
      networks,
      labels: isRouter ? { 'io.swarmplane.router': '' } : {},
    }),
  }));
const taskChange = fc
  .record({
    index: fc.nat(9),
    state: fc.constantFrom<Task['state']>('starting', 'running', 'running', 'failed'),
    desiredState: fc.constantFrom<Task['state']>('running', 'running', 'shutdown'),
    on: fc.subarray(NETWORKS.map(({ id }) => id)),
  })
  .map(({ index, on, ...rest }) => ({
    kind: 'task' as const,
    object: task({
      ...rest,
      id: `task${index}`,
      serviceId: index < 8 ? `svc${index % 4}` : 'router',
      addresses: on.map((networkId) => ({ networkId, address: `10.${networkId.at(-1)}.1.${index}` })),
    }),
  }));
const networkChange = fc.constantFrom(...NETWORKS).map((object) => ({ kind: 'network' as const, object }));
const configChange = fc
  .record({
    name: fc.constantFrom('first', 'second'),
    host: fc.constantFrom(...HOSTS),
    to: fc.constantFrom(...NAMES),
    broken: fc.boolean(),
  })
  .map(({ name, host, to, broken }) => {
    const spec = broken
      ? { name, hosts: host, backends: 7 }
      : routeSpec({ name, hosts: [host], backends: [{ service: to, port: 80, weight: 1 }] });
    return {
      kind: 'config' as const,
      object: config({
        id: `cfg-${name}`,
        name: `swarmplane.route.${idOfStored(name)}`,
        labels: { 'swarmplane.document': JSON.stringify({ spec, createdBy: 'ann', labels: {} }) },
      }),
    };
  });
const removal = fc
  .oneof(
    fc.nat(3).map((index) => ({ kind: 'service' as const, id: `svc${index}` })),
    fc.constant({ kind: 'service' as const, id: 'router' }),
    fc.nat(9).map((index) => ({ kind: 'task' as const, id: `task${index}` })),
    fc.constantFrom('first', 'second').map((name) => ({ kind: 'config' as const, id: `cfg-${name}` })),
  )
  .map((gone) => ({ gone }));
const step = fc.oneof(
  { weight: 4, arbitrary: serviceChange },
  { weight: 6, arbitrary: taskChange },
  { weight: 1, arbitrary: routerChange },
  { weight: 1, arbitrary: networkChange },
  { weight: 2, arbitrary: configChange },
  { weight: 1, arbitrary: removal },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const bookOf = (state: ClusterState): RouteBook =>
  new RouteBook(state, new RouteRecords(new ConfigResourceStore(new FakeSwarm().gateway, state)));

const emptyState = (): ClusterState => {
  const state = new ClusterState();
  state.apply([{ type: 'snapshot', snapshot: snapshot() }]);
  return state;
};

const eventOf = (each: Step, version: number): SourceEvent =>
  'gone' in each
    ? { type: 'remove', ...each.gone }
    : ({ type: 'upsert', kind: each.kind, object: { ...each.object, version } } as SourceEvent);

/** All that a book says, but for when it came to say so. */
const contents = (book: RouteBook): unknown =>
  [...book.routes()]
    .map(({ declared, status, servers, routed }) => ({ ...declared, version: 0, status, servers, routed }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));

describe('RouteBook', () => {
  it('after any changes holds what one made of the same state holds', () => {
    fc.assert(
      fc.property(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 20 }), (batches) => {
        const state = emptyState();
        const book = bookOf(state);
        let version = 100;
        for (const batch of batches) {
          state.apply(batch.map((each) => eventOf(each, version++)));
          const anew = bookOf(state);
          expect(contents(book)).toEqual(contents(anew));
          expect([...book.all.keys()].sort()).toEqual([...anew.all.keys()].sort());
        }
      }),
      { numRuns: 100 },
    );
  });

  it('does not depend on the order in which the swarm is told', () => {
    const objects = fc.uniqueArray(step, {
      maxLength: 30,
      selector: (each) => ('gone' in each ? 'gone' : `${each.kind} ${each.object.id}`),
    });
    const shuffled = objects.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        const after = (list: readonly Step[]): unknown => {
          const state = emptyState();
          const book = bookOf(state);
          for (const each of list) if (!('gone' in each)) state.apply([eventOf(each, 100)]);
          return contents(book);
        };
        expect(after(other)).toEqual(after(one));
      }),
      { numRuns: 100 },
    );
  });

  it('tells of a route that is another object, and of no other', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const state = emptyState();
        const book = bookOf(state);
        const copy = new Map(book.all);
        const seen = new Map([...book.routes()].map((route) => [route.declared.id, route]));
        book.subscribe((ids) => {
          for (const id of ids) {
            expect(book.all.get(id)).not.toBe(copy.get(id));
            const routed = book.all.get(id);
            if (routed) copy.set(id, routed);
            else copy.delete(id);
          }
        });
        const looked = new Set<string>();
        book.follow((ids) => ids.forEach((id) => looked.add(id)));
        let version = 100;
        for (const each of steps) {
          looked.clear();
          state.apply([eventOf(each, version++)]);
          expect(new Map([...book.all])).toEqual(copy);
          for (const id of [...book.all.keys()]) expect(book.all.get(id)).toBe(copy.get(id));
          for (const id of new Set([
            ...seen.keys(),
            ...[...book.routes()].map(({ declared }) => declared.id),
          ])) {
            const now = book.get(id);
            if (!looked.has(id)) {
              expect([now?.status, now?.servers]).toEqual([seen.get(id)?.status, seen.get(id)?.servers]);
            }
            if (now) seen.set(id, now);
            else seen.delete(id);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
