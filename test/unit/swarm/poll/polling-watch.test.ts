import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DomainError } from '../../../../src/domain/errors.ts';
import { KINDS, type Kind } from '../../../../src/domain/object.ts';
import type { SourceEvent } from '../../../../src/swarm/change-source.ts';
import { ClusterState } from '../../../../src/swarm/cluster-state.ts';
import { feed } from '../../../../src/swarm/feed.ts';
import type { HintSource } from '../../../../src/swarm/poll/hints.ts';
import { PACE, type PaceOptions } from '../../../../src/swarm/poll/pace.ts';
import { PollingWatch, type Ping } from '../../../../src/swarm/poll/polling-watch.ts';
import { config, network, node, service, task } from '../../../factories/domain.ts';
import { ScriptedLists } from './scripted-lists.ts';

let lists: ScriptedLists;
let stop: AbortController;
let batches: (readonly SourceEvent[])[];
let outcome: { failure?: unknown } | null;

beforeEach(() => {
  vi.useFakeTimers();
  lists = new ScriptedLists();
  stop = new AbortController();
  batches = [];
  outcome = null;
});
afterEach(() => {
  stop.abort();
  vi.useRealTimers();
});

/** Reads the source in the background. */
async function open(
  hints: HintSource | null = null,
  pace: Partial<PaceOptions> = {},
  ping: Ping | null = null,
): Promise<void> {
  const read = async (): Promise<void> => {
    try {
      const watch = new PollingWatch(lists, hints, pace, ping);
      for await (const events of watch.open(stop.signal)) batches.push(events);
      outcome = {};
    } catch (failure) {
      outcome = { failure };
    }
  };
  void read();
  await vi.advanceTimersByTimeAsync(10);
}

const pass = async (ms: number): Promise<void> => void (await vi.advanceTimersByTimeAsync(ms));
const told = (): string[] =>
  batches.flat().map((event) => {
    if (event.type === 'upsert') return `+${event.kind} ${event.object.id}@${event.object.version}`;
    return event.type === 'remove' ? `-${event.kind} ${event.id}` : event.type;
  });

/** A hint source that a test speaks through. */
function spoken(): { source: HintSource; hint: (...kinds: Kind[]) => void; opened: () => number } {
  let say: (kinds: readonly Kind[]) => void = () => {};
  let opened = 0;
  return {
    opened: () => opened,
    hint: (...kinds) => say(kinds),
    source: async function* () {
      opened++;
      yield KINDS;
      for (;;) yield await new Promise<readonly Kind[]>((resolve) => (say = resolve));
    },
  };
}

describe('what it tells', () => {
  it('begins with everything, and then says only what is new', async () => {
    lists
      .put('node', node())
      .put('network', network({ version: 0 }))
      .put('service', service());
    lists.put('task', task()).put('config', config());
    await open();
    expect(batches).toMatchObject([[{ type: 'snapshot', snapshot: { task: [{ id: 'task1' }] } }]]);
    lists.put('task', task({ version: 11, state: 'failed' }), task({ id: 'task2' }));
    await pass(PACE.fastMs + 10);
    lists.remove('task', 'task1');
    await pass(PACE.fastMs + 10);
    expect(told()).toEqual(['snapshot', '+task task1@11', '+task task2@10', '-task task1']);
  });

  it('tells of what is referred to first, and of what refers to something gone first', async () => {
    await open();
    lists.put('service', service()).put('task', task()).put('network', network()).put('node', node());
    await pass(PACE.fullMs + 500);
    lists.remove('service', 'svc1');
    lists.remove('task', 'task1');
    await pass(PACE.slowMs + 500);
    expect(told()).toEqual([
      'snapshot',
      '+service svc1@10',
      '+task task1@10',
      '+node node1@10',
      '+network net1@10',
      '-task task1',
      '-service svc1',
    ]);
  });

  it('tells of nodes and networks whose content changes without their version', async () => {
    lists.put('network', network({ version: 0, allocated: false })).put('node', node());
    await open();
    lists.put('network', network({ version: 0, allocated: true }));
    lists.put('node', node({ manager: { leader: true, reachability: 'reachable', address: '' } }));
    await pass(PACE.fullMs + 500);
    expect(told()).toEqual(['snapshot', '+network net1@0', '+node node1@10']);
  });

  it('never goes back to an older version', async () => {
    lists.put('task', task({ version: 20 }));
    await open();
    lists.put('task', task({ version: 19 }));
    await pass(1_000);
    expect(told()).toEqual(['snapshot']);
  });

  it('keeps the name of a service that is gone', async () => {
    lists.put('service', service()).put('task', task());
    await open();
    lists.remove('service', 'svc1');
    lists.put('task', task({ version: 11, serviceName: null }));
    await pass(1_000);
    expect(batches.flat()).toContainEqual({
      type: 'upsert',
      kind: 'task',
      object: task({ version: 11, serviceName: 'web' }),
    });
  });
});

describe('a list that fails', () => {
  it.each(KINDS)('at the start yields nothing and throws: %s', async (kind) => {
    lists.put('task', task());
    lists.fails = (asked) => asked === kind;
    await open();
    expect(batches).toEqual([]);
    expect(outcome?.failure).toMatchObject({ kind: 'engine-unreachable' });
  });

  it('removes nothing, tells what the lists before it said, and throws', async () => {
    lists.put('service', service()).put('task', task());
    await open();
    lists.put('task', task({ version: 11 }));
    lists.remove('service', 'svc1');
    lists.fails = (kind) => kind === 'service';
    await pass(PACE.fastMs + 10);
    expect(told()).toEqual(['snapshot', '+task task1@11']);
    expect(outcome?.failure).toMatchObject({ kind: 'engine-unreachable' });
  });
});

describe('the pace', () => {
  it('is slow while nothing happens, with everything at least every 30 s', async () => {
    lists.put('task', task()).put('service', service());
    await open();
    await pass(10_000);
    lists.counted();
    await pass(300_000);
    const counted = lists.counted();
    expect(counted.task).toBeGreaterThanOrEqual(300_000 / PACE.slowMs - 5);
    expect(counted.task).toBeLessThanOrEqual(300_000 / PACE.slowMs + 10);
    for (const kind of KINDS) expect(counted[kind]).toBeGreaterThanOrEqual(9);
    expect(counted.config).toBeLessThanOrEqual(10);
  });

  it.each([
    ['a task lags its desired state', (): void => void lists.put('task', task({ state: 'preparing' }))],
    ['a task is to end', (): void => void lists.put('task', task({ desiredState: 'shutdown' }))],
    [
      'an update runs',
      (): void =>
        void lists.put(
          'service',
          service({ updateStatus: { state: 'updating', startedAt: null, completedAt: null, message: '' } }),
        ),
    ],
    ['a network has no addresses', (): void => void lists.put('network', network({ allocated: false }))],
  ])('is faster while %s, and slows down when that lasts', async (_, begin) => {
    begin();
    await open();
    lists.counted();
    await pass(3_000);
    expect(lists.counted().task).toBeGreaterThanOrEqual(10);
    await pass(7_000);
    const soon = lists.counted().task;
    expect(soon).toBeGreaterThanOrEqual(8);
    await pass(600_000);
    lists.counted();
    await pass(50_000);
    expect(lists.counted().task).toBeLessThanOrEqual(13);
  });

  it('is fast again after a change', async () => {
    lists.put('task', task());
    await open();
    await pass(20_000);
    lists.put('task', task({ version: 11 }));
    await pass(PACE.slowMs);
    lists.counted();
    await pass(1_000);
    expect(lists.counted().task).toBeGreaterThanOrEqual(2);
  });

  it('never has two polls at once, and rests as long as the last one took', async () => {
    lists.put('task', task({ state: 'preparing' }));
    lists.tookMs = 1_000;
    const { source, hint } = spoken();
    await open(source);
    await pass(20_000);
    lists.counted();
    for (let time = 0; time < 60_000; time += 100) {
      hint('task');
      await pass(100);
    }
    // Two lists of a second each, and two seconds of rest.
    expect(lists.counted().task).toBeLessThanOrEqual(60_000 / 4_000 + 1);
    expect(lists.atOnce).toBe(1);
  });
});

describe('a hint', () => {
  it('is listened to before the first list is made', async () => {
    const { source, opened } = spoken();
    await open(source);
    expect(opened()).toBe(1);
    expect(lists.counted()).toEqual({ node: 1, network: 1, service: 1, task: 1, config: 1 });
  });

  it('of a network lists the networks at once, and nothing else', async () => {
    const { source, hint } = spoken();
    await open(source);
    await pass(20_000);
    lists.counted();
    lists.put('network', network());
    hint('network');
    await pass(PACE.breatherMs + 5);
    expect(lists.counted()).toEqual({ node: 0, network: 1, service: 0, task: 0, config: 0 });
    expect(told()).toEqual(['snapshot', '+network net1@10']);
  });

  it('of a service or a task lists both, and the pace is fast from then on', async () => {
    const { source, hint } = spoken();
    await open(source);
    await pass(20_000);
    lists.counted();
    hint('service');
    await pass(PACE.breatherMs + 5);
    expect(lists.counted()).toEqual({ node: 0, network: 0, service: 1, task: 1, config: 0 });
    await pass(1_000);
    expect(lists.counted().task).toBeGreaterThanOrEqual(3);
  });

  it('that never comes changes nothing but the time', async () => {
    const failing: HintSource = async function* () {
      yield await Promise.reject<readonly Kind[]>(new Error('no events here'));
    };
    await open(failing);
    await pass(1_000);
    lists.put('network', network());
    await pass(PACE.fullMs);
    expect(told()).toEqual(['snapshot', '+network net1@10']);
    expect(outcome).toBeNull();
  });
});

describe('an abort', () => {
  it.each([
    ['while it waits', 10_000, 1],
    ['while a list hangs', 10_000, 1e9],
  ])('ends it at once %s', async (_, ms, tookMs) => {
    await open();
    lists.tookMs = tookMs;
    await pass(ms);
    expect(outcome).toBeNull();
    stop.abort();
    await pass(0);
    expect(outcome).toEqual({});
  });

  it('during the first list ends it without a word', async () => {
    lists.tookMs = 1e9;
    await open();
    stop.abort();
    await pass(0);
    expect({ outcome, batches }).toEqual({ outcome: {}, batches: [] });
  });

  it('that came before ends it without asking anything', async () => {
    stop.abort();
    await open(spoken().source);
    expect({ outcome, calls: lists.calls }).toEqual({ outcome: {}, calls: [] });
  });
});

describe('an engine that does not answer', () => {
  /** A ping that hangs, up to its deadline, once the engine does. */
  function engine() {
    const seen = { hangs: false, pings: 0 };
    const ping: Ping = (timeoutMs) => {
      seen.pings++;
      if (!seen.hangs) return Promise.resolve();
      return new Promise((_, reject) => setTimeout(() => reject(new Error('silent')), timeoutMs));
    };
    return { seen, ping };
  }

  it.each([
    ['between two lists', 1],
    ['in the middle of a list', 1e9],
  ])('is noticed within ten seconds, %s', async (_, tookMs) => {
    const { seen, ping } = engine();
    await open(null, {}, ping);
    await pass(20_000);
    expect(outcome).toBeNull();
    expect(seen.pings).toBeGreaterThan(1);
    lists.tookMs = tookMs;
    seen.hangs = true;
    await pass(10_000);
    expect(outcome).toEqual({ failure: new Error('silent') });
  });

  it('is not asked any more once nobody listens', async () => {
    const { seen, ping } = engine();
    await open(null, {}, ping);
    stop.abort();
    await pass(0);
    const before = seen.pings;
    await pass(20_000);
    expect(seen.pings).toBe(before);
    expect(outcome).toEqual({});
  });
});

describe('whatever happens to the lists', () => {
  type Step =
    | { readonly do: 'put' | 'remove'; readonly kind: Kind; readonly pick: number }
    | { readonly do: 'wait'; readonly ms: number }
    | { readonly do: 'fail'; readonly kinds: readonly Kind[] }
    | { readonly do: 'hint'; readonly kind: Kind };
  const kind = fc.constantFrom(...KINDS);
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), kind, pick: fc.nat(5) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), kind, pick: fc.nat(5) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(2_000) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), kinds: fc.subarray([...KINDS]) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('hint' as const), kind }) },
  );
  const make = {
    node,
    network: (own: { id: string; version: number }) =>
      network({ ...own, version: 0, name: `n${own.version}` }),
    service,
    task: (own: { id: string; version: number }) => task({ ...own, serviceId: null, serviceName: null }),
    config,
  };

  it('the state ends up as the engine is, and nothing that is there was ever told gone', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }),
        fc.integer({ min: 0, max: 40 }),
        async (steps, took) => {
          const engine = new ScriptedLists();
          engine.tookMs = took;
          const { source, hint } = spoken();
          const state = new ClusterState();
          const wrong: string[] = [];
          state.subscribe((changes) => {
            for (const { type, kind, object, previous } of changes) {
              if (type === 'REMOVED' && engine.has(kind, object.id)) wrong.push(`${kind} ${object.id} gone`);
              if (previous && previous.version > object.version) wrong.push(`${kind} ${object.id} older`);
            }
          });
          const ended = new AbortController();
          const diagnose = (failure: unknown): Promise<DomainError> =>
            Promise.resolve(failure as DomainError);
          const silent = { log: (): void => {}, warn: (): void => {} };
          const feeding = feed(state, new PollingWatch(engine, source), diagnose, ended.signal, silent);

          let version = 10;
          for (const each of steps) {
            if (each.do === 'wait') await pass(each.ms);
            else if (each.do === 'hint') hint(each.kind);
            else if (each.do === 'fail') engine.fails = (asked) => each.kinds.includes(asked);
            else {
              const there = engine.all(each.kind);
              const picked = there[each.pick]?.id;
              version++;
              if (each.do === 'remove' && picked) engine.remove(each.kind, picked);
              if (each.do === 'put') {
                const own = { id: picked ?? `${each.kind}-${version}`, version };
                (engine.put as (kind: Kind, object: unknown) => void).call(
                  engine,
                  each.kind,
                  make[each.kind](own),
                );
              }
            }
          }
          engine.fails = () => false;
          await pass(PACE.fullMs + 10_000);

          const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);
          for (const kind of KINDS) {
            expect([...state.of(kind).all()].sort(byId)).toEqual(engine.all(kind).sort(byId));
          }
          expect(wrong).toEqual([]);
          expect(engine.atOnce).toBe(1);
          ended.abort();
          await feeding;
        },
      ),
      { numRuns: 200 },
    );
  });
});
