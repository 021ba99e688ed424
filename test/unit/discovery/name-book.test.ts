import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VisibleState } from '../../../src/api/visible-state.ts';
import { NameBook } from '../../../src/discovery/name-book.ts';
import { NamesFollower } from '../../../src/discovery/names-follower.ts';
import type { NamesChange } from '../../../src/discovery/names.types.ts';
import { NetworkNames } from '../../../src/discovery/network-names.ts';
import { keyOfName } from '../../../src/domain/names.ts';
import { ITSELF } from '../../../src/domain/role.ts';
import type { Task } from '../../../src/domain/task.ts';
import type { SourceEvent } from '../../../src/swarm/change-source.ts';
import { ClusterState } from '../../../src/swarm/cluster-state.ts';
import { network, node, service, snapshot, task } from '../../factories/domain.ts';

const NETWORKS = ['net1', 'net2'] as const;
const NAMES = ['web', 'API', 'db'];

const attachment = fc.record({
  networkId: fc.constantFrom(...NETWORKS),
  aliases: fc.subarray(['Web', 'shared', 'api', 'SHARED']),
  driverOptions: fc.constant({}),
});

const serviceChange = fc
  .record({
    index: fc.nat(2),
    networks: fc.uniqueArray(attachment, { selector: ({ networkId }) => networkId }),
    endpointMode: fc.constantFrom('vip' as const, 'dnsrr' as const),
    hostname: fc.constantFrom(null, 'pinned', '{{.Node.Hostname}}-{{.Task.Slot}}'),
    specVersion: fc.nat(2),
  })
  .map(({ index, endpointMode, ...rest }) => ({
    kind: 'service' as const,
    object: service({
      ...rest,
      endpointMode,
      id: `svc${index}`,
      name: NAMES[index] ?? '',
      virtualIps:
        endpointMode === 'vip'
          ? rest.networks.map(({ networkId }) => ({
              networkId,
              address: `10.${networkId.at(-1)}.0.${index + 2}`,
            }))
          : [],
      previousSpec: service({
        ...rest,
        networks: [{ networkId: 'net1', aliases: ['old'], driverOptions: {} }],
      }),
    }),
  }));

const taskChange = fc
  .record({
    index: fc.nat(7),
    state: fc.constantFrom<Task['state']>('pending', 'starting', 'running', 'failed', 'shutdown'),
    desiredState: fc.constantFrom<Task['state']>('running', 'shutdown'),
    on: fc.subarray([...NETWORKS]),
    specVersion: fc.nat(2),
    nodeId: fc.constantFrom('node1', 'node2', null),
  })
  .map(({ index, on, ...rest }) => ({
    kind: 'task' as const,
    object: task({
      ...rest,
      id: `task${index}`,
      // The last two joined by hand.
      serviceId: index < 6 ? `svc${index % 3}` : null,
      serviceName: index < 6 ? (NAMES[index % 3] ?? null) : null,
      slot: index,
      containerId: `${index}`.repeat(64),
      addresses: on.map((networkId) => ({ networkId, address: `10.${networkId.at(-1)}.1.${index}` })),
    }),
  }));

const nodeChange = fc
  .record({ id: fc.constantFrom('node1', 'node2'), hostname: fc.constantFrom('alpha', 'beta') })
  .map((fields) => ({ kind: 'node' as const, object: node(fields) }));

const removal = fc
  .oneof(
    fc.nat(2).map((index) => ({ kind: 'service' as const, id: `svc${index}` })),
    fc.nat(7).map((index) => ({ kind: 'task' as const, id: `task${index}` })),
  )
  .map((removed) => ({ type: 'remove' as const, ...removed }));

type Step =
  | { kind: 'service' | 'task' | 'node'; object: { id: string } }
  | { type: 'remove'; kind: string; id: string };
const batches = fc.array(
  fc.array(fc.oneof<fc.Arbitrary<Step>[]>(serviceChange, taskChange, taskChange, nodeChange, removal), {
    minLength: 1,
    maxLength: 4,
  }),
  { maxLength: 30 },
);

const bookOf = (state: ClusterState): NameBook => new NameBook(state, new VisibleState(state));

function stateWith(networks: readonly string[]): ClusterState {
  const state = new ClusterState();
  const there = networks.map((id) => network({ id, name: `the-${id}` }));
  state.apply([
    { type: 'snapshot', snapshot: snapshot({ network: there, node: [node(), node({ id: 'node2' })] }) },
  ]);
  return state;
}

/** Versions grow, as in a swarm. */
function apply(state: ClusterState, batch: readonly Step[], version: number): void {
  state.apply(
    batch.map((step, index) =>
      'type' in step
        ? (step as SourceEvent)
        : ({
            type: 'upsert',
            kind: step.kind,
            object: { ...step.object, version: version * 10 + index },
          } as SourceEvent),
    ),
  );
}

describe('the names of a network', () => {
  it('kept up with changes are those that would be made anew', () => {
    fc.assert(
      fc.property(batches, (steps) => {
        const state = stateWith(NETWORKS);
        const book = bookOf(state);
        for (const [index, batch] of steps.entries()) {
          apply(state, batch, index + 2);
          // Not after every batch, so that changes add up.
          if (index % 3 > 0) continue;
          for (const on of state.networks.all()) {
            expect(book.of(on, ITSELF).all()).toEqual(new NetworkNames(state, on).all());
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('as told of, change by change, are those that can be read', () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 5 }), (steps, every) => {
        const state = stateWith(NETWORKS);
        const [on] = state.networks.all();
        if (!on) throw new Error('There is no network.');
        const book = bookOf(state);
        const follower = new NamesFollower(book, on, ITSELF, true);
        const known = new Map<string, NamesChange['changed'][number]>();
        const read = (): void => {
          const change = follower.take();
          for (const resolution of change?.changed ?? []) {
            const key = keyOfName(resolution.name);
            // Told only when the answer is another one.
            const before = known.get(key);
            if (before && every === 1) {
              expect([before.kind, before.records]).not.toEqual([resolution.kind, resolution.records]);
            }
            known.set(key, resolution);
          }
          for (const name of change?.gone ?? []) known.delete(keyOfName(name));
        };
        read();
        for (const [index, batch] of steps.entries()) {
          apply(state, batch, index + 2);
          if (index % every === 0) read();
        }
        read();
        const answers = (each: Iterable<NamesChange['changed'][number]>): unknown[] =>
          [...each]
            .filter(({ kind }) => kind !== 'none')
            .map(({ name, kind, records }) => [keyOfName(name), kind, records])
            .sort();
        expect(answers(known.values())).toEqual(answers(book.of(on, ITSELF).all()));
      }),
      { numRuns: 300 },
    );
  });

  it('are the same frozen objects while they say the same', () => {
    const state = stateWith(['net1']);
    const [on] = state.networks.all();
    if (!on) throw new Error('There is no network.');
    const book = bookOf(state);
    const running = task({ addresses: [{ networkId: 'net1', address: '10.1.0.9' }], version: 20 });
    const web = service({
      networks: [{ networkId: 'net1', aliases: [], driverOptions: {} }],
      endpointMode: 'dnsrr',
    });
    state.apply([
      { type: 'upsert', kind: 'service', object: web },
      { type: 'upsert', kind: 'task', object: running },
    ]);
    const before = book.of(on, ITSELF).all();
    state.apply([
      { type: 'upsert', kind: 'task', object: { ...running, version: 21, message: 'still there' } },
    ]);
    expect(book.of(on, ITSELF).all()).toBe(before);
    expect(Object.isFrozen(book.of(on, ITSELF).find('WEB'))).toBe(true);
  });

  it('are told in portions', () => {
    const state = stateWith(['net1']);
    const [on] = state.networks.all();
    if (!on) throw new Error('There is no network.');
    const follower = new NamesFollower(bookOf(state), on, ITSELF, true);
    state.apply(
      Array.from({ length: 700 }, (_, index) => ({
        type: 'upsert',
        kind: 'service',
        object: service({
          id: `svc${index}`,
          name: `web-${index}`,
          networks: [{ networkId: 'net1', aliases: [], driverOptions: {} }],
        }),
      })),
    );
    expect(
      [follower.take(), follower.take(), follower.take()].map((change) => change?.changed.length),
    ).toEqual([1_000, 400, undefined]);
  });

  it('end with their network', () => {
    const state = stateWith(['net1']);
    const [on] = state.networks.all();
    if (!on) throw new Error('There is no network.');
    const follower = new NamesFollower(bookOf(state), on, ITSELF, true);
    expect(follower.take()).toBeUndefined();
    state.apply([{ type: 'remove', kind: 'network', id: 'net1' }]);
    expect(() => follower.take()).toThrow('"the-net1" has been deleted');
  });
});
