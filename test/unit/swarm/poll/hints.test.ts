import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KINDS, type Kind } from '../../../../src/domain/object.ts';
import { Hints, listen, type HintSource } from '../../../../src/swarm/poll/hints.ts';

let stop: AbortController;
beforeEach(() => {
  vi.useFakeTimers();
  // The longest waits that the jitter allows.
  vi.spyOn(Math, 'random').mockReturnValue(1);
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('hints', () => {
  it('that wait are one of each kind, and taken once', () => {
    const hints = new Hints();
    expect(hints.waiting).toBe(false);
    for (let time = 0; time < 1_000; time++) hints.add(['service', 'node']);
    expect(hints.waiting).toBe(true);
    expect([...hints.take()]).toEqual(['service', 'node']);
    expect([...hints.take()]).toEqual([]);
  });

  it.each([
    ['a hint', (hints: Hints): void => hints.add(['task'])],
    ['an abort', (): void => stop.abort()],
    ['the time', (): void => void vi.advanceTimersByTime(100)],
  ])('wake with %s, and leave no timer', async (_, wake) => {
    const hints = new Hints();
    let woken = false;
    const next = hints.next(100, stop.signal).then(() => (woken = true));
    await vi.advanceTimersByTimeAsync(99);
    expect(woken).toBe(false);
    wake(hints);
    await next;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('listening', () => {
  it('goes on after failures, each time later, but soon after a good connection', async () => {
    const openedAt: number[] = [];
    let lives = 0;
    const source: HintSource = async function* () {
      openedAt.push(performance.now());
      yield KINDS;
      if (lives > 0) await new Promise((resolve) => setTimeout(resolve, lives));
      throw new Error('the connection broke');
    };
    const hints = new Hints();
    const listening = listen(source, hints, stop.signal);
    await vi.advanceTimersByTimeAsync(200_000);
    const gaps = openedAt.slice(1).map((at, index) => Math.round(at - (openedAt[index] ?? 0)));
    expect(gaps.slice(0, 4)).toEqual([100, 200, 400, 800]);
    expect(Math.max(...gaps)).toBe(30_000);

    lives = 20_000;
    await vi.advanceTimersByTimeAsync(60_000);
    openedAt.length = 0;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(openedAt.length).toBeGreaterThanOrEqual(2);
    expect(hints.take().size).toBe(KINDS.length);
    stop.abort();
    lives = 0;
    await vi.advanceTimersByTimeAsync(20_000);
    await listening;
  });

  it('ends with the signal', async () => {
    const source: HintSource = async function* (signal) {
      yield ['task'];
      yield await new Promise<readonly Kind[]>((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('aborted'))),
      );
    };
    const listening = listen(source, new Hints(), stop.signal);
    await vi.advanceTimersByTimeAsync(1);
    stop.abort();
    await listening;
    expect(vi.getTimerCount()).toBe(0);
  });
});
