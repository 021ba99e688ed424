import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VersionGate } from '../../../src/router/version-gate.ts';
import { routerConfig } from '../../factories/router-config.ts';

describe('VersionGate', () => {
  let taken: number[];
  const gate = (newest: number | null): VersionGate =>
    new VersionGate(newest, ({ version }) => void taken.push(version));
  const at = (version: number) => routerConfig({ version });

  beforeEach(() => {
    taken = [];
    vi.useFakeTimers();
  });
  afterEach(() => void vi.useRealTimers());

  it('takes anything when there was nothing, and what is not older than the newest', () => {
    const versions = gate(null);
    for (const version of [5, 5, 9]) versions.offer(at(version));
    expect(taken).toEqual([5, 5, 9]);
  });

  it('takes a lower version once it has stood for ten seconds, in its newest form', () => {
    const versions = gate(9);
    versions.offer(at(3));
    vi.advanceTimersByTime(9_000);
    versions.offer(at(4));
    vi.advanceTimersByTime(999);
    expect(taken).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(taken).toEqual([4]);
    versions.offer(at(5));
    expect(taken).toEqual([4, 5]);
  });

  it('takes the newer one of a server that catches up', () => {
    const versions = gate(9);
    versions.offer(at(3));
    versions.offer(at(9));
    vi.advanceTimersByTime(60_000);
    expect(taken).toEqual([9]);
  });

  it('counts no seconds of a connection that was lost', () => {
    const versions = gate(9);
    versions.offer(at(3));
    vi.advanceTimersByTime(9_000);
    versions.forget();
    versions.offer(at(3));
    vi.advanceTimersByTime(9_000);
    expect(taken).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(taken).toEqual([3]);
  });
});
