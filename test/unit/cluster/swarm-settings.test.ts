import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SwarmSettings } from '../../../src/cluster/swarm-settings.ts';
import { DomainError, type ErrorKind } from '../../../src/domain/errors.ts';
import type { Swarm } from '../../../src/domain/swarm.ts';
import type { SwarmGateway } from '../../../src/swarm/swarm-gateway.ts';

type Answer = Swarm | ErrorKind | 'silence';
const swarm = (version: number, dataPathPort = 4789): Swarm => ({ version, dataPathPort }) as Swarm;

/** An engine that answers as told; the last answer goes on. */
function engine(...answers: Answer[]): { settings: SwarmSettings; asked: () => number } {
  let asked = 0;
  const gateway: Pick<SwarmGateway, 'swarm'> = {
    swarm: () => {
      const answer = answers[Math.min(asked++, answers.length - 1)] as Answer;
      if (answer === 'silence') return new Promise(() => undefined);
      if (typeof answer === 'string') return Promise.reject(new DomainError(answer, answer));
      return Promise.resolve(answer);
    },
  };
  return { settings: new SwarmSettings(gateway as SwarmGateway), asked: () => asked };
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-01-01T00:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('SwarmSettings', () => {
  it('says what the engine says', async () => {
    const { settings } = engine(swarm(1), swarm(2));
    expect(await settings.current()).toEqual({ settings: swarm(1), staleSince: null, failure: null });
    expect(await settings.current()).toEqual({ settings: swarm(2), staleSince: null, failure: null });
  });

  it.each<Answer>(['engine-unreachable', 'not-a-manager', 'no-leader', 'timeout'])(
    'says what is known, and since when, while the engine does not: %s',
    async (failure) => {
      const { settings } = engine(swarm(1), failure);
      await settings.current();
      vi.advanceTimersByTime(60_000);
      const staleSince = '2026-01-01T00:00:00.000Z';
      expect(await settings.current()).toEqual({ settings: swarm(1), staleSince, failure });
    },
  );

  it.each<ErrorKind>(['engine-unreachable', 'no-leader'])(
    'fails while nothing is known: %s',
    async (kind) => {
      await expect(engine(kind).settings.current()).rejects.toMatchObject({ kind });
    },
  );

  it('does not hide a bug', async () => {
    const { settings } = engine(swarm(1), 'internal');
    await settings.current();
    await expect(settings.current()).rejects.toMatchObject({ kind: 'internal' });
  });

  it('waits for an engine that hangs no longer than two seconds, and asks it once', async () => {
    const { settings, asked } = engine(swarm(1), 'silence');
    await settings.current();
    const answers = Promise.all([settings.current(), settings.current()]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await answers).map((answer) => answer.settings.version)).toEqual([1, 1]);
    expect(asked()).toBe(2);
    const first = engine('silence').settings.current();
    await Promise.all([
      expect(first).rejects.toMatchObject({ kind: 'timeout' }),
      vi.advanceTimersByTimeAsync(2_000),
    ]);
  });

  it('asks for the port of the overlay traffic now and then', async () => {
    const { settings, asked } = engine(swarm(1, 4789), swarm(2, 5789));
    expect([await settings.dataPathPort(), await settings.dataPathPort()]).toEqual([4789, 4789]);
    expect(asked()).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(await settings.dataPathPort()).toBe(5789);
  });
});
