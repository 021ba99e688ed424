import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LastGood } from '../../../src/router/last-good.ts';
import { routerConfig } from '../../factories/router-config.ts';

describe('LastGood', () => {
  let directory: string;
  let ignored: string[];
  let kept: LastGood;
  const path = (name: string): string => join(directory, name);
  const newest = (): string => path('last-good.json');
  const at = (version: number) => routerConfig({ version });

  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), 'last-good-')), 'below');
    ignored = [];
    kept = new LastGood(directory, (_, reason) => void ignored.push(reason));
  });
  afterEach(() => rmSync(join(directory, '..'), { recursive: true }));

  it('has none at first, and then the last', async () => {
    expect(await kept.read()).toBeNull();
    for (const version of [1, 2, 3]) {
      await kept.write(at(version));
      expect(await kept.read()).toEqual(at(version));
    }
    expect(ignored).toEqual([]);
    expect(statSync(newest()).mode & 0o777).toBe(0o600);
  });

  it('takes the one before when the newest was cut off anywhere', async () => {
    await kept.write(at(1));
    await kept.write(at(2));
    const whole = readFileSync(newest(), 'utf8');
    for (let length = 0; length < whole.length; length += 97) {
      writeFileSync(newest(), whole.slice(0, length));
      expect(await kept.read()).toEqual(at(1));
    }
    expect(ignored.length).toBeGreaterThan(1);
  });

  it.each([
    ['of somebody else', '{"format":"something"}'],
    ['a list', '[]'],
    ['changed by hand', JSON.stringify(at(2)).replace('foo.example.com', 'bar.example.com')],
  ])('ignores a file that is %s', async (_, text) => {
    await kept.write(at(1));
    await kept.write(at(2));
    writeFileSync(newest(), text);
    expect(await kept.read()).toEqual(at(1));
    writeFileSync(path('last-good.1.json'), text);
    expect(await kept.read()).toBeNull();
    await kept.write(at(3));
    expect(await kept.read()).toEqual(at(3));
  });

  it('keeps what there is when the disk is full', async () => {
    await kept.write(at(1));
    // Linux says ENOSPC to every write to this device.
    symlinkSync('/dev/full', path('last-good.next.json.tmp'));
    await expect(kept.write(at(2))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await kept.read()).toEqual(at(1));
    await kept.write(at(3));
    expect(await kept.read()).toEqual(at(3));
  });

  it('finds the one before when the process died between two files', async () => {
    await kept.write(at(1));
    await kept.write(at(2));
    rmSync(newest());
    expect(await kept.read()).toEqual(at(1));
  });
});
