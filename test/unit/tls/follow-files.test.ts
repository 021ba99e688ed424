import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { followFiles } from '../../../src/tls/follow-files.ts';

describe('followFiles', () => {
  let directory: string;
  let stop: () => void;
  const look = vi.fn();
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'swarmplane-follow-'));
    look.mockClear();
  });
  afterEach(() => {
    stop();
    vi.useRealTimers();
    rmSync(directory, { recursive: true, force: true });
  });

  it('looks once, soon after several files were replaced', async () => {
    const names = ['cert.pem', 'key.pem'].map((name) => join(directory, name));
    stop = followFiles(names, look);
    for (const name of names) {
      writeFileSync(`${name}.new`, 'x');
      renameSync(`${name}.new`, name);
    }
    await vi.waitFor(() => expect(look).toHaveBeenCalledOnce());
  });

  it('looks now and then where nothing tells of changes', () => {
    vi.useFakeTimers();
    stop = followFiles([join(directory, 'nowhere', 'cert.pem')], look);
    vi.advanceTimersByTime(9_999);
    expect(look).not.toHaveBeenCalled();
    vi.advanceTimersByTime(20_001);
    expect(look).toHaveBeenCalledTimes(3);
  });

  it('does not look any more once it is stopped', () => {
    vi.useFakeTimers();
    stop = followFiles([join(directory, 'nowhere', 'cert.pem')], look);
    stop();
    vi.advanceTimersByTime(60_000);
    expect(look).not.toHaveBeenCalled();
  });
});
