import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DomainError } from '../../../src/domain/errors.ts';
import { ChangeSource, ResumeRefused, type SourceEvent } from '../../../src/swarm/change-source.ts';
import { ClusterState } from '../../../src/swarm/cluster-state.ts';
import { feed, FeedStatistics } from '../../../src/swarm/feed.ts';
import { network, snapshot } from '../../factories/domain.ts';

/** A source that behaves, at each opening, as the test says; the last behaviour goes on for ever. */
class ScriptedSource extends ChangeSource {
  readonly name = 'a script';
  readonly openedAt: number[] = [];
  readonly resumedFrom: (number | null)[] = [];

  constructor(private readonly script: ((signal: AbortSignal) => AsyncIterable<readonly SourceEvent[]>)[]) {
    super();
  }

  open(signal: AbortSignal, resumeFrom: number | null): AsyncIterable<readonly SourceEvent[]> {
    this.resumedFrom.push(resumeFrom);
    const behaviour = this.script[Math.min(this.openedAt.length, this.script.length - 1)];
    this.openedAt.push(Date.now());
    if (!behaviour) throw new Error('The script is empty.');
    return behaviour(signal);
  }
}

const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

const snapshotOf = (...names: string[]): readonly SourceEvent[] => [
  {
    type: 'snapshot',
    snapshot: snapshot({ network: names.map((name) => network({ id: name, name })) }),
  },
];

async function* failing(): AsyncGenerator<readonly SourceEvent[]> {
  yield await Promise.reject<readonly SourceEvent[]>(new Error('no stream'));
}
async function* working(signal: AbortSignal): AsyncGenerator<readonly SourceEvent[]> {
  yield snapshotOf('front');
  yield [{ type: 'upsert', kind: 'network', object: network({ id: 'back', name: 'back' }) }];
  await ended(signal);
}
async function* breaking(): AsyncGenerator<readonly SourceEvent[]> {
  yield snapshotOf('front');
  throw new Error('the stream broke');
}
async function* resuming(signal: AbortSignal): AsyncGenerator<readonly SourceEvent[]> {
  yield [{ type: 'resumed' }];
  await ended(signal);
}
async function* refusing(): AsyncGenerator<readonly SourceEvent[]> {
  yield await Promise.reject<readonly SourceEvent[]>(new ResumeRefused('compacted'));
}
async function* finishing(): AsyncGenerator<readonly SourceEvent[]> {
  yield snapshotOf('front');
}

describe('feed', () => {
  let state: ClusterState;
  let stop: AbortController;
  let lines: string[];
  const log = {
    log: (message: string): void => void lines.push(`log: ${message}`),
    warn: (message: string): void => void lines.push(`warn: ${message}`),
  };
  const diagnose = (failure: unknown): Promise<DomainError> =>
    Promise.resolve(
      new DomainError('no-leader', `Diagnosed: ${(failure as Error).message}.`, { cause: failure }),
    );
  const run = (source: ChangeSource, how = diagnose): Promise<void> =>
    feed(state, source, how, stop.signal, log);

  beforeEach(() => {
    vi.useFakeTimers();
    // The longest waits that the jitter allows.
    vi.spyOn(Math, 'random').mockReturnValue(1);
    state = new ClusterState();
    stop = new AbortController();
    lines = [];
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it('takes in what the source yields, batch by batch', async () => {
    const feeding = run(new ScriptedSource([working]));
    await vi.advanceTimersByTimeAsync(0);
    expect(state.hasSynced).toBe(true);
    expect(state.networks.all().map(({ name }) => name)).toEqual(['back', 'front']);
    expect(lines).toEqual(['log: Following the changes of the swarm through a script.']);
    stop.abort();
    await feeding;
  });

  it('opens the source anew until it works, waiting longer each time, and warns once', async () => {
    const source = new ScriptedSource([failing, failing, failing, failing, working]);
    const feeding = run(source);
    await vi.advanceTimersByTimeAsync(100 + 200 + 400 + 800);
    expect(state.hasSynced).toBe(true);
    const [first = 0] = source.openedAt;
    expect(source.openedAt.map((time) => time - first)).toEqual([0, 100, 300, 700, 1500]);
    expect(lines).toEqual([
      'warn: Diagnosed: no stream.',
      'log: Following the changes of the swarm through a script.',
    ]);
    stop.abort();
    await feeding;
  });

  it('never waits longer than five seconds', async () => {
    const source = new ScriptedSource([failing]);
    const feeding = run(source);
    await vi.advanceTimersByTimeAsync(60_000);
    const waits = source.openedAt.slice(1).map((time, index) => time - (source.openedAt[index] ?? 0));
    expect(waits.slice(0, 8)).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    expect(Math.max(...waits)).toBe(5000);
    stop.abort();
    await feeding;
  });

  it('spreads the waits, so that not all servers come back at once', async () => {
    vi.mocked(Math.random).mockReturnValue(0.5);
    const source = new ScriptedSource([failing, failing, working]);
    const feeding = run(source);
    await vi.advanceTimersByTimeAsync(50 + 100);
    expect(state.hasSynced).toBe(true);
    stop.abort();
    await feeding;
  });

  it('says why the state is cut off, as diagnosed, and comes back', async () => {
    const source = new ScriptedSource([breaking, failing, working]);
    const feeding = run(source);
    await vi.advanceTimersByTimeAsync(0);
    expect(state.unavailable).toMatchObject({
      kind: 'no-leader',
      message: 'Diagnosed: the stream broke.',
    });
    expect(state.hasSynced).toBe(true);
    await vi.advanceTimersByTimeAsync(100);
    expect(state.unavailable).toMatchObject({ message: 'Diagnosed: no stream.' });
    await vi.advanceTimersByTimeAsync(200);
    expect(state.unavailable).toBeNull();
    expect(lines).toEqual([
      'log: Following the changes of the swarm through a script.',
      'warn: Diagnosed: the stream broke.',
      'log: Following the changes of the swarm through a script.',
    ]);
    stop.abort();
    await feeding;
  });

  it('waits from the beginning again after a source has worked', async () => {
    const source = new ScriptedSource([failing, failing, failing, breaking, failing, working]);
    const feeding = run(source);
    await vi.advanceTimersByTimeAsync(100 + 200 + 400);
    const [, , , broken = 0] = source.openedAt;
    await vi.advanceTimersByTimeAsync(100 + 200);
    expect(source.openedAt.slice(4).map((time) => time - broken)).toEqual([100, 300]);
    stop.abort();
    await feeding;
  });

  it('opens a source anew that ends without a word', async () => {
    const source = new ScriptedSource([finishing, working]);
    const feeding = run(source);
    await vi.advanceTimersByTimeAsync(100);
    expect(source.openedAt).toHaveLength(2);
    stop.abort();
    await feeding;
  });

  it('ends at once when it is aborted while it waits', async () => {
    const source = new ScriptedSource([failing]);
    const feeding = run(source);
    await vi.advanceTimersByTimeAsync(50);
    stop.abort();
    await feeding;
    expect(source.openedAt).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends at once when it is aborted while it finds out what went wrong', async () => {
    const source = new ScriptedSource([failing]);
    const feeding = run(source, (failure) => {
      stop.abort();
      return diagnose(failure);
    });
    await feeding;
    expect(source.openedAt).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not take a stream that breaks by being aborted for a failure', async () => {
    async function* abortable(signal: AbortSignal): AsyncGenerator<readonly SourceEvent[]> {
      yield snapshotOf('front');
      await ended(signal);
      throw new Error('cancelled');
    }
    const feeding = run(new ScriptedSource([abortable]));
    await vi.advanceTimersByTimeAsync(0);
    stop.abort();
    await feeding;
    expect(state.unavailable).toBeNull();
    expect(lines).toHaveLength(1);
  });

  it('never opens the source when it was aborted before', async () => {
    const source = new ScriptedSource([working]);
    stop.abort();
    await run(source);
    expect(source.openedAt).toEqual([]);
  });

  it('does not take the parts of a list for the whole: what was listed by half is no place to resume at', async () => {
    const part: SourceEvent = {
      type: 'listed',
      kind: 'network',
      objects: [network({ id: 'new', name: 'new', version: 99 })],
    };
    async function* listingByHalf(): AsyncGenerator<readonly SourceEvent[]> {
      yield [part];
      yield await Promise.reject<readonly SourceEvent[]>(new Error('no leader'));
    }
    const source = new ScriptedSource([breaking, listingByHalf, listingByHalf, working]);
    const statistics = new FeedStatistics();
    const feeding = feed(state, source, diagnose, stop.signal, log, statistics);
    await vi.advanceTimersByTimeAsync(100);
    const { highestVersion } = state;
    expect(highestVersion).toBeLessThan(99);
    await vi.advanceTimersByTimeAsync(200 + 400);
    expect(source.resumedFrom).toEqual([null, highestVersion, highestVersion, highestVersion]);
    expect(statistics).toEqual({ snapshots: 2, resumptions: 0, failures: 3 });
    stop.abort();
    await feeding;
  });

  it('resumes a broken stream at the highest version seen, and counts it', async () => {
    const source = new ScriptedSource([breaking, resuming]);
    const statistics = new FeedStatistics();
    const feeding = feed(state, source, diagnose, stop.signal, log, statistics);
    await vi.advanceTimersByTimeAsync(200);
    expect(source.resumedFrom).toEqual([null, state.highestVersion]);
    expect(state.highestVersion).toBeGreaterThan(0);
    expect(state.staleSince).toBeNull();
    expect(statistics).toEqual({ snapshots: 1, resumptions: 1, failures: 1 });
    stop.abort();
    await feeding;
  });

  it('asks for everything, once and without waiting, where the source cannot go that far back', async () => {
    const source = new ScriptedSource([breaking, refusing, working]);
    const statistics = new FeedStatistics();
    const feeding = feed(state, source, diagnose, stop.signal, log, statistics);
    await vi.advanceTimersByTimeAsync(200);
    expect(source.resumedFrom).toEqual([null, expect.any(Number), null]);
    expect(source.openedAt[2]).toBe(source.openedAt[1]);
    expect(statistics).toEqual({ snapshots: 2, resumptions: 0, failures: 1 });
    stop.abort();
    await feeding;
  });
});
