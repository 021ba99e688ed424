import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { serverName } from '../../../src/audit/server-name.ts';

it('a server keeps its name, and has one where it can keep none', () => {
  const directory = mkdtempSync(join(tmpdir(), 'swarmplane-name-'));
  try {
    const name = serverName(join(directory, 'data'));
    expect(name).toMatch(/^\S+\.[0-9a-f]{8}$/);
    expect(serverName(join(directory, 'data'))).toBe(name);
    writeFileSync(join(directory, 'file'), '');
    const nowhere = join(directory, 'file', 'data');
    const [one, other] = [serverName(nowhere), serverName(nowhere)];
    expect(one).not.toBe(other);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
