import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HELD_MS, HeldRefusals, MAX_HELD } from '../../../../src/api/limits/held-refusals.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a refusal for overload', () => {
  it('is told a while later', () => {
    const tell = vi.fn();
    new HeldRefusals().hold(tell);
    vi.advanceTimersByTime(HELD_MS - 1);
    expect(tell).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(tell).toHaveBeenCalledOnce();
  });

  it('is told at once when very many are held, until they have been told', () => {
    const held = new HeldRefusals();
    let told = 0;
    const tell = (): void => void (told += 1);
    for (let index = 0; index < MAX_HELD; index++) held.hold(tell);
    expect(told).toBe(0);
    held.hold(tell);
    expect(told).toBe(1);
    vi.advanceTimersByTime(HELD_MS);
    expect(told).toBe(MAX_HELD + 1);
    held.hold(tell);
    expect(told).toBe(MAX_HELD + 1);
  });
});
