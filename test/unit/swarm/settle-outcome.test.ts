import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DomainError } from '../../../src/domain/errors.ts';
import { settleByAsking } from '../../../src/swarm/settle-outcome.ts';

const lost = (): Promise<string> => Promise.reject(new DomainError('unknown-outcome', 'No answer.'));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('settleByAsking', () => {
  it('answers what the write answers, without asking', async () => {
    const look = vi.fn<() => Promise<string | undefined>>();
    expect(await settleByAsking(() => Promise.resolve('written'), look)).toBe('written');
    expect(look).not.toHaveBeenCalled();
  });

  it('asks on while the engine is away, and until it shows what was written', async () => {
    const look = vi
      .fn<() => Promise<string | undefined>>()
      .mockRejectedValueOnce(new DomainError('engine-unreachable', 'It restarts.'))
      .mockResolvedValueOnce(undefined)
      .mockResolvedValueOnce('found');
    const settled = settleByAsking(lost, look);
    await vi.runAllTimersAsync();
    expect(await settled).toBe('found');
  });

  it('says that the outcome is unknown when it never shows', async () => {
    const settled = settleByAsking(lost, () => Promise.resolve(undefined));
    const verdict = expect(settled).rejects.toMatchObject({ kind: 'unknown-outcome' });
    await vi.runAllTimersAsync();
    await verdict;
  });

  it('hides neither a refusal nor a bug', async () => {
    const taken = new DomainError('name-taken', 'There is one.');
    const none = (): Promise<undefined> => Promise.resolve(undefined);
    await expect(settleByAsking(() => Promise.reject(taken), none)).rejects.toBe(taken);
    const bug = new TypeError('A bug.');
    await expect(settleByAsking(lost, () => Promise.reject(bug))).rejects.toBe(bug);
  });
});
