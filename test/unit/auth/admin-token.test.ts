import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adminToken } from '../../../src/auth/admin-token.ts';
import { isWellFormed } from '../../../src/auth/token-format.ts';

describe('adminToken', () => {
  let root: string;
  let data: string;
  let file: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'admin-'));
    data = join(root, 'deep', 'data');
    file = join(data, 'admin-token');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is made at the first start, readable by its owner only', () => {
    const token = adminToken(null, data);
    expect(isWellFormed(token)).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe(`${token}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is the same at every later start', () => {
    const token = adminToken(null, data);
    expect(adminToken(null, data)).toBe(token);
    writeFileSync(file, '  chosen by hand \n');
    expect(adminToken(null, data)).toBe('chosen by hand');
  });

  it('is made anew when its file is empty', () => {
    adminToken(null, data);
    writeFileSync(file, '\n');
    const token = adminToken(null, data);
    expect(isWellFormed(token)).toBe(true);
    expect(readFileSync(file, 'utf8').trim()).toBe(token);
  });

  it('is the configured one, and then nothing is read or written', () => {
    expect(adminToken('configured', data)).toBe('configured');
    expect(existsSync(data)).toBe(false);
    adminToken(null, data);
    expect(adminToken('configured', data)).toBe('configured');
  });
});
