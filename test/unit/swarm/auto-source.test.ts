import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DomainError } from '../../../src/domain/errors.ts';
import { AutoSource } from '../../../src/swarm/auto-source.ts';
import { ChangeSource, type SourceEvent } from '../../../src/swarm/change-source.ts';
import { ClusterState } from '../../../src/swarm/cluster-state.ts';
import { feed } from '../../../src/swarm/feed.ts';
import { network, snapshot } from '../../factories/domain.ts';

/** A source that shows which one it is by the one network it has. */
class NamedSource extends ChangeSource {
  readonly resumedFrom: (number | null)[] = [];
  openStreams = 0;
  private fail: (error: Error) => void = () => {};

  constructor(
    readonly name: string,
    public works = true,
  ) {
    super();
  }

  break(): void {
    this.fail(new DomainError('engine-unreachable', `${this.name} broke.`));
  }

  async *open(signal: AbortSignal, resumeFrom: number | null): AsyncGenerator<readonly SourceEvent[]> {
    this.resumedFrom.push(resumeFrom);
    if (!this.works) throw new DomainError('engine-unreachable', `${this.name} does not work.`);
    this.openStreams++;
    try {
      const { name } = this;
      yield [{ type: 'snapshot', snapshot: snapshot({ network: [network({ id: name, name })] }) }];
      await new Promise<void>((resolve, reject) => {
        this.fail = reject;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    } finally {
      this.openStreams--;
    }
  }
}

let swarmkit: NamedSource;
let polling: NamedSource;
let state: ClusterState;
let lines: string[];
let stop: AbortController;
let socketAnswers: boolean;
let auto: AutoSource;
let feeding: Promise<void>;

beforeEach(() => {
  vi.useFakeTimers();
  swarmkit = new NamedSource('swarmkit');
  polling = new NamedSource('poll');
  state = new ClusterState();
  lines = [];
  stop = new AbortController();
  socketAnswers = true;
  auto = new AutoSource({
    swarmkit,
    polling,
    probe: () => (socketAnswers ? Promise.resolve() : Promise.reject(new Error('no such file'))),
    controlSocket: '/control.sock',
    log: { log: (line) => void lines.push(line), warn: () => {} },
    recheckMs: 1_000,
  });
});
afterEach(async () => {
  stop.abort();
  await feeding;
  vi.useRealTimers();
});

const start = async (): Promise<void> => {
  const diagnose = (failure: unknown): Promise<DomainError> => Promise.resolve(failure as DomainError);
  feeding = feed(state, auto, diagnose, stop.signal, { log: () => {}, warn: () => {} });
  await vi.advanceTimersByTimeAsync(0);
};
const source = (): string[] => state.networks.all().map(({ name }) => name);

describe('the choice of a source', () => {
  it('is swarmkit where its socket answers, and said in one line', async () => {
    expect(auto.name).toBe('auto');
    await start();
    expect(source()).toEqual(['swarmkit']);
    expect(auto.name).toBe('swarmkit');
    expect(lines).toEqual(['Changes come from swarmkit: its control socket /control.sock answers.']);
    expect(polling.resumedFrom).toEqual([]);
  });

  it('is polling where it does not, and the line says why', async () => {
    socketAnswers = false;
    await start();
    expect(source()).toEqual(['poll']);
    expect(auto.name).toBe('poll');
    expect(lines).toEqual([
      'Changes come from poll: the control socket /control.sock does not answer (no such file).',
    ]);
  });

  it('is made anew at each opening: an engine that was down at the start is not polled for ever', async () => {
    socketAnswers = false;
    polling.works = false;
    await start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect({ lines, synced: state.hasSynced }).toEqual({ lines: [], synced: false });
    socketAnswers = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(source()).toEqual(['swarmkit']);
    expect(lines).toHaveLength(1);
  });

  it('moves on to swarmkit when its socket comes later, without a moment of being cut off', async () => {
    socketAnswers = false;
    await start();
    const cutOff: boolean[] = [];
    state.subscribe(() => cutOff.push(state.staleSince !== null));
    socketAnswers = true;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(source()).toEqual(['swarmkit']);
    expect(cutOff).not.toContain(true);
    expect([polling.openStreams, swarmkit.openStreams]).toEqual([0, 1]);
    expect(lines.at(-1)).toBe('Changes come from swarmkit: its control socket /control.sock answers.');
    // What polling has seen is not what a stream of swarmkit's can be resumed at.
    expect(swarmkit.resumedFrom).toEqual([null]);
  });

  it('resumes swarmkit where swarmkit broke off, and says nothing again', async () => {
    await start();
    swarmkit.break();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(swarmkit.resumedFrom).toEqual([null, state.highestVersion]);
    expect(lines).toHaveLength(1);
  });

  it('falls back to polling when the socket is gone after a break', async () => {
    await start();
    socketAnswers = false;
    swarmkit.break();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(source()).toEqual(['poll']);
    expect(lines).toHaveLength(2);
  });

  it('leaves nothing running when it ends', async () => {
    socketAnswers = false;
    await start();
    stop.abort();
    await feeding;
    expect(polling.openStreams).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
