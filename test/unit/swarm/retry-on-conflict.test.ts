import { describe, expect, it } from 'vitest';
import { DomainError } from '../../../src/domain/errors.ts';
import { retryOnConflict } from '../../../src/swarm/retry-on-conflict.ts';

/** Fails so often, then succeeds; counts the attempts. */
function attempts(failures: number, error: Error): { run: () => Promise<string>; made: () => number } {
  let made = 0;
  return {
    run: () => (++made > failures ? Promise.resolve('done') : Promise.reject(error)),
    made: () => made,
  };
}

const lost = new DomainError('conflict', 'Somebody else was quicker.');

describe('retryOnConflict', () => {
  it.each([0, 1, 4])('succeeds after %i lost races', async (failures) => {
    const { run, made } = attempts(failures, lost);
    expect(await retryOnConflict(run)).toBe('done');
    expect(made()).toBe(failures + 1);
  });

  it('gives up after five', async () => {
    const { run, made } = attempts(99, lost);
    await expect(retryOnConflict(run)).rejects.toBe(lost);
    expect(made()).toBe(5);
  });

  it.each([
    ['another kind', new DomainError('stale', 'Too old.')],
    ['no error of ours', new TypeError('A bug.')],
    [
      'a conflict about what was asked for',
      new DomainError('conflict', 'Taken.', { errors: [{ pointer: '/ports/0', detail: 'Taken.' }] }),
    ],
  ])('does not repeat after %s', async (_, error) => {
    const { run, made } = attempts(99, error);
    await expect(retryOnConflict(run)).rejects.toBe(error);
    expect(made()).toBe(1);
  });
});
