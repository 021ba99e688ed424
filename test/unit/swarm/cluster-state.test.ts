import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Change } from '../../../src/domain/change.ts';
import { DomainError } from '../../../src/domain/errors.ts';
import { KINDS, type Kind, type SwarmObject } from '../../../src/domain/object.ts';
import { taskName } from '../../../src/domain/task.ts';
import type { SourceEvent } from '../../../src/swarm/change-source.ts';
import { ClusterState } from '../../../src/swarm/cluster-state.ts';
import { config, network, node, service, snapshot, task } from '../../factories/domain.ts';

const KEYS = ['k1', 'k2'] as const;
const key = fc.constantFrom(...KEYS);
const id = fc.constantFrom('o1', 'o2', 'o3');
const version = fc.integer({ min: 1, max: 6 });
const stack = fc.option(key, { nil: undefined });
const labelsOf = (name: string | undefined): Record<string, string> =>
  name === undefined ? {} : { 'com.docker.stack.namespace': name };

const objects = {
  node: fc.record({ id, version, hostname: key }).map(node),
  network: fc
    .record({ id, version, name: key, stack })
    .map(({ stack: name, ...rest }) => network({ ...rest, labels: labelsOf(name) })),
  service: fc
    .record({ id, version, name: key, stack, networks: fc.array(key, { maxLength: 2 }) })
    .map(({ stack: name, networks, ...rest }) =>
      service({
        ...rest,
        labels: labelsOf(name),
        networks: networks.map((networkId) => ({ networkId, aliases: [], driverOptions: {} })),
      }),
    ),
  task: fc
    .record({
      id,
      version,
      serviceId: fc.option(key),
      nodeId: fc.option(key),
      networks: fc.array(key, { maxLength: 3 }),
    })
    .map(({ networks, ...rest }) =>
      task({ ...rest, addresses: networks.map((networkId, index) => ({ networkId, address: `${index}` })) }),
    ),
  config: fc.record({ id, version, name: key }).map(config),
};

const upsert: fc.Arbitrary<SourceEvent> = fc.oneof(
  ...KINDS.map((kind) =>
    (objects[kind] as fc.Arbitrary<SwarmObject>).map(
      (object) => ({ type: 'upsert', kind, object }) as SourceEvent,
    ),
  ),
);
const removal: fc.Arbitrary<SourceEvent> = fc
  .record({ kind: fc.constantFrom(...KINDS), id })
  .map((rest) => ({ type: 'remove', ...rest }));
const snapshots: fc.Arbitrary<SourceEvent> = fc
  .record({
    node: fc.array(objects.node, { maxLength: 3 }),
    network: fc.array(objects.network, { maxLength: 3 }),
    service: fc.array(objects.service, { maxLength: 3 }),
    task: fc.array(objects.task, { maxLength: 3 }),
    config: fc.array(objects.config, { maxLength: 3 }),
  })
  .map((content) => ({ type: 'snapshot', snapshot: content }));
/** Batches as a bad source would send them: repeated, out of order, with snapshots in between. */
const batches = fc.array(
  fc.array(
    fc.oneof(
      { weight: 12, arbitrary: upsert },
      { weight: 2, arbitrary: removal },
      { weight: 1, arbitrary: snapshots },
    ),
    { maxLength: 8 },
  ),
  { maxLength: 12 },
);

/** The same without lists, of which a later one may bring back what an earlier one lacked. */
const eventsOnly = batches.map((list) =>
  list.map((batch) => batch.filter((event) => event.type !== 'snapshot')),
);

type Content = Map<string, SwarmObject>;
const contentOf = (state: ClusterState): Content =>
  new Map(
    KINDS.flatMap((kind) =>
      state
        .of(kind)
        .all()
        .map((object): [string, SwarmObject] => [`${kind}/${object.id}`, object]),
    ),
  );
const fold = (content: Content, changes: readonly Change[]): void => {
  for (const { type, kind, object } of changes) {
    if (type === 'REMOVED') content.delete(`${kind}/${object.id}`);
    else content.set(`${kind}/${object.id}`, object);
  }
};

const NOTHING: SourceEvent = { type: 'snapshot', snapshot: snapshot() };

describe('ClusterState, whatever its source sends', () => {
  it('tells its listeners changes that add up to what it holds, each batch as a whole', () => {
    fc.assert(
      fc.property(batches, (list) => {
        const state = new ClusterState();
        const told: Content = new Map();
        state.subscribe((changes) => {
          fold(told, changes);
          expect(told).toEqual(contentOf(state));
        });
        for (const batch of list) state.apply(batch);
        expect(told).toEqual(contentOf(state));
      }),
      { numRuns: 300 },
    );
  });

  it('tells of each object once added, then only what is newer, then perhaps its removal, then nothing', () => {
    fc.assert(
      fc.property(eventsOnly, (list) => {
        const state = new ClusterState();
        const lives = new Map<string, Change[]>();
        state.subscribe((changes) => {
          for (const change of changes) {
            const life = `${change.kind}/${change.object.id}`;
            lives.set(life, [...(lives.get(life) ?? []), change]);
          }
        });
        for (const batch of list) state.apply(batch);
        for (const life of lives.values()) {
          life.forEach((change, index) => {
            const before = life[index - 1];
            expect(change.type === 'ADDED').toBe(index === 0);
            expect(change.previous).toBe(before ? before.object : null);
            if (change.type === 'REMOVED') {
              expect(index).toBe(life.length - 1);
              expect(change.object).toBe(before?.object);
            } else if (before) {
              expect(change.object.version).toBeGreaterThanOrEqual(before.object.version);
              expect(change.object).not.toEqual(before.object);
            }
          });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never shows an older version or a removed object to a reader', () => {
    fc.assert(
      fc.property(eventsOnly, (list) => {
        const state = new ClusterState();
        const gone = new Set<string>();
        let before: Content = new Map();
        for (const batch of list) {
          state.apply(batch);
          const now = contentOf(state);
          for (const [life, object] of before) {
            const current = now.get(life);
            if (current) expect(current.version).toBeGreaterThanOrEqual(object.version);
            else gone.add(life);
          }
          for (const life of gone) expect(now.has(life)).toBe(false);
          before = now;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('brings back what one list lacked when another has it, but never what was told to be removed', () => {
    const state = new ClusterState();
    const whole = snapshot({ node: [node({ id: 'alive' }), node({ id: 'dead' })] });
    state.apply([{ type: 'snapshot', snapshot: whole }]);
    state.apply([{ type: 'remove', kind: 'node', id: 'dead' }]);
    state.apply([NOTHING]);
    state.apply([{ type: 'upsert', kind: 'node', object: node({ id: 'alive' }) }]);
    expect(state.nodes.all()).toEqual([]);
    state.apply([{ type: 'snapshot', snapshot: whole }]);
    expect(state.nodes.all().map(({ id: nodeId }) => nodeId)).toEqual(['alive']);
  });

  it('ends with the newest version of everything that was not removed, in whatever order it came', () => {
    const upserts = fc.array(upsert, { maxLength: 30 });
    fc.assert(
      fc.property(
        upserts.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list]))),
        ([list, disorder]) => {
          const state = new ClusterState();
          state.apply(list);
          const versions = (of: ClusterState): [string, number][] =>
            [...contentOf(of)].map(([life, object]): [string, number] => [life, object.version]).sort();
          const expected = versions(state);
          state.apply(disorder);
          expect(versions(state)).toEqual(expected);
          const other = new ClusterState();
          other.apply(disorder);
          other.apply(list);
          expect(versions(other)).toEqual(expected);
        },
      ),
    );
  });

  it('has indexes that agree with a search of everything', () => {
    fc.assert(
      fc.property(batches, (list) => {
        const state = new ClusterState();
        for (const batch of list) state.apply(batch);
        for (const each of KEYS) {
          const stackIs = (object: { labels: Readonly<Record<string, string>> }): boolean =>
            object.labels['com.docker.stack.namespace'] === each;
          expect(state.networks.by('stack', each)).toEqual(state.networks.all().filter(stackIs));
          expect(state.services.by('stack', each)).toEqual(state.services.all().filter(stackIs));
          expect(state.services.by('network', each)).toEqual(
            state.services.all().filter((one) => one.networks.some((entry) => entry.networkId === each)),
          );
          expect(state.tasks.by('service', each)).toEqual(
            state.tasks.all().filter((one) => one.serviceId === each),
          );
          expect(state.tasks.by('node', each)).toEqual(
            state.tasks.all().filter((one) => one.nodeId === each),
          );
          expect(state.tasks.by('network', each)).toEqual(
            state.tasks.all().filter((one) => one.addresses.some((entry) => entry.networkId === each)),
          );
          expect(state.nodes.named(each).length).toBe(
            state.nodes.all().filter((one) => one.hostname === each).length,
          );
        }
        for (const one of state.tasks.all()) expect(state.tasks.named(taskName(one))).toContain(one);
      }),
      { numRuns: 200 },
    );
  });

  it('holds nothing that a reader could change', () => {
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(frozen));
    fc.assert(
      fc.property(batches, (list) => {
        const state = new ClusterState();
        for (const batch of list) state.apply(batch);
        for (const object of contentOf(state).values()) expect(frozen(object)).toBe(true);
      }),
    );
  });
});

/** The parts in which a source can tell a list before the whole of it. */
const partsOf = (event: SourceEvent): SourceEvent[] =>
  event.type === 'snapshot'
    ? KINDS.map((kind) => ({ type: 'listed', kind, objects: event.snapshot[kind] }) as SourceEvent)
    : [];

describe('ClusterState, told a list in parts', () => {
  it('ends as if it had been told all at once', () => {
    fc.assert(
      fc.property(batches, snapshots, (list, last) => {
        const [atOnce, inParts] = [new ClusterState(), new ClusterState()];
        for (const state of [atOnce, inParts]) for (const batch of list) state.apply(batch);
        atOnce.apply([last]);
        for (const part of partsOf(last)) inParts.apply([part]);
        inParts.apply([{ ...last, told: true } as SourceEvent]);
        expect(contentOf(inParts)).toEqual(contentOf(atOnce));
        expect(inParts.highestVersion).toBe(atOnce.highestVersion);
        expect(inParts.taskCounts).toEqual(atOnce.taskCounts);
      }),
      { numRuns: 300 },
    );
  });

  it('removes nothing, is not there yet, and resumes nowhere else because of parts alone', () => {
    fc.assert(
      fc.property(batches, snapshots, (list, last) => {
        const state = new ClusterState();
        for (const batch of list) state.apply(batch);
        const before = contentOf(state);
        const { hasSynced, highestVersion, staleSince } = state;
        for (const part of partsOf(last)) state.apply([part]);
        for (const life of before.keys()) expect(contentOf(state).has(life)).toBe(true);
        expect([state.hasSynced, state.highestVersion, state.staleSince]).toEqual([
          hasSynced,
          highestVersion,
          staleSince,
        ]);
      }),
    );
  });

  it('tells its listeners of each part, and with the whole only what is left', () => {
    const state = new ClusterState();
    state.apply([{ type: 'snapshot', snapshot: snapshot({ task: [task({ id: 'gone' })] }) }]);
    const told: string[][] = [];
    state.subscribe((changes) => told.push(changes.map(({ type, object }) => `${type} ${object.id}`)));
    const listed = [task({ id: 'a' }), task({ id: 'b' })];
    for (const object of listed) state.apply([{ type: 'listed', kind: 'task', objects: [object] }]);
    state.apply([{ type: 'snapshot', snapshot: snapshot({ task: listed }), told: true }]);
    expect(told).toEqual([['ADDED a'], ['ADDED b'], ['REMOVED gone']]);
  });
});

describe('ClusterState', () => {
  it('removes with a snapshot what the snapshot does not have', () => {
    const state = new ClusterState();
    const kept = network({ id: 'kept' });
    state.apply([{ type: 'snapshot', snapshot: snapshot({ network: [kept, network({ id: 'gone' })] }) }]);
    const told: Change[] = [];
    state.subscribe((changes) => told.push(...changes));
    state.apply([{ type: 'snapshot', snapshot: snapshot({ network: [kept] }) }]);
    expect(told.map(({ type, object }) => [type, object.id])).toEqual([['REMOVED', 'gone']]);
    expect(state.networks.all()).toEqual([kept]);
  });

  it('does not bother its listeners when nothing changed', () => {
    const state = new ClusterState();
    state.apply([NOTHING, { type: 'upsert', kind: 'task', object: task() }]);
    const listener = vi.fn();
    state.subscribe(listener);
    state.apply([]);
    state.apply([{ type: 'upsert', kind: 'task', object: task() }]);
    state.apply([{ type: 'upsert', kind: 'task', object: task({ version: 1 }) }]);
    state.apply([{ type: 'remove', kind: 'task', id: 'none' }]);
    state.apply([{ type: 'snapshot', snapshot: snapshot({ task: [task()] }) }]);
    expect(listener).not.toHaveBeenCalled();
  });

  it('tells its listeners with an empty batch that it was cut off, and that it is live again', () => {
    const state = new ClusterState();
    const told: [number, boolean][] = [];
    state.subscribe((changes) => told.push([changes.length, state.unavailable === null]));
    state.apply([NOTHING]);
    state.disconnected(new DomainError('no-leader', 'No leader.'));
    state.apply([NOTHING]);
    expect(told).toEqual([
      [0, true],
      [0, false],
      [0, true],
    ]);
  });

  it('tells nothing more to whom has unsubscribed', () => {
    const state = new ClusterState();
    const listener = vi.fn();
    const stop = state.subscribe(listener);
    state.apply([{ type: 'upsert', kind: 'task', object: task() }]);
    stop();
    state.apply([{ type: 'upsert', kind: 'task', object: task({ version: 11 }) }]);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('resolves references among the objects of the kind', () => {
    const state = new ClusterState();
    state.apply([
      NOTHING,
      { type: 'upsert', kind: 'network', object: network({ id: 'abc', name: 'front' }) },
      { type: 'upsert', kind: 'service', object: service({ id: 'xyz', name: 'front' }) },
    ]);
    expect(state.resolve('network', 'front').id).toBe('abc');
    expect(state.resolve('service', 'x').id).toBe('xyz');
    expect(() => state.resolve('service', 'abc')).toThrow(
      expect.objectContaining({ kind: 'not-found' }) as Error,
    );
  });
});

describe('ClusterState and its source', () => {
  const down = new DomainError('engine-unreachable', 'The engine is down.');

  it('refuses to answer before the first snapshot, since an empty answer would be a lie', () => {
    const state = new ClusterState();
    state.apply([{ type: 'upsert', kind: 'network', object: network() }]);
    expect(state.hasSynced).toBe(false);
    expect(() => state.assertSynced()).toThrow(expect.objectContaining({ kind: 'not-synced' }) as Error);
    expect(() => state.resolve('network', 'front')).toThrow(
      expect.objectContaining({ kind: 'not-synced' }) as Error,
    );
  });

  it('says why it has nothing yet, once that is known', () => {
    const state = new ClusterState();
    state.disconnected(down);
    expect(() => state.assertSynced()).toThrow(down);
    expect(state.unavailable).toBe(down);
  });

  it('answers on when it is cut off, and says since when and why', () => {
    vi.useFakeTimers({ now: 5_000 });
    try {
      const state = new ClusterState();
      expect(state.staleSince).toBe(5_000);
      state.apply([NOTHING]);
      expect([state.hasSynced, state.staleSince, state.unavailable]).toEqual([true, null, null]);
      vi.setSystemTime(7_000);
      state.disconnected(down);
      vi.setSystemTime(9_000);
      const worse = new DomainError('no-leader', 'No leader.');
      state.disconnected(worse);
      expect(() => state.assertSynced()).not.toThrow();
      expect([state.staleSince, state.unavailable]).toEqual([7_000, worse]);
      state.apply([NOTHING]);
      expect([state.staleSince, state.unavailable]).toEqual([null, null]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('ClusterState.until', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const listeners = (state: ClusterState): number =>
    (state as unknown as { listeners: Set<unknown> }).listeners.size;
  const find = (state: ClusterState, kind: Kind) => () => state.of(kind).all()[0]?.id;

  it('answers at once what is there already', async () => {
    const state = new ClusterState();
    state.apply([{ type: 'upsert', kind: 'task', object: task({ id: 'there' }) }]);
    await expect(state.until(find(state, 'task'), 1000)).resolves.toBe('there');
    expect(listeners(state)).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('answers as soon as it comes, and leaves neither a listener nor a timer behind', async () => {
    const state = new ClusterState();
    const waiting = state.until(find(state, 'task'), 1000);
    state.apply([{ type: 'upsert', kind: 'node', object: node() }]);
    expect(listeners(state)).toBe(1);
    state.apply([{ type: 'upsert', kind: 'task', object: task({ id: 'late' }) }]);
    await expect(waiting).resolves.toBe('late');
    expect(listeners(state)).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives up after the given time, and leaves neither a listener nor a timer behind', async () => {
    const state = new ClusterState();
    const waiting = state.until(find(state, 'task'), 1000);
    await vi.advanceTimersByTimeAsync(999);
    expect(listeners(state)).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await expect(waiting).resolves.toBeUndefined();
    expect(listeners(state)).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits for each of several waiters on its own', async () => {
    const state = new ClusterState();
    const waiters = [find(state, 'task'), find(state, 'node')].map((each) => state.until(each, 1000));
    state.apply([
      { type: 'upsert', kind: 'task', object: task({ id: 't' }) },
      { type: 'upsert', kind: 'node', object: node({ id: 'n' }) },
    ]);
    await expect(Promise.all(waiters)).resolves.toEqual(['t', 'n']);
    expect(listeners(state)).toBe(0);
  });
});
