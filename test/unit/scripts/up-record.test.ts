import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataDirectory, UpRecord } from '../../../scripts/up-record.ts';

let root: string;
let data: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'record-'));
  data = join(root, 'data');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('UpRecord', () => {
  it('is empty, and makes nothing, until something is noted', () => {
    expect(UpRecord.open(data).isEmpty).toBe(true);
    expect(existsSync(data)).toBe(false);
  });

  it('has every note on disk before the next step, readable by its owner only', () => {
    const record = UpRecord.open(data);
    record.update({ engine: { startedBy: 'background' } });
    expect(UpRecord.open(data).state.engine).toEqual({ startedBy: 'background' });
    record.update({ engine: { startedBy: 'background', process: { pid: 7, startTime: '1' } } });
    expect(UpRecord.open(data).state.engine?.process?.pid).toBe(7);
    expect(statSync(record.file).mode & 0o777).toBe(0o600);
  });

  it('keeps the notes of earlier runs', () => {
    UpRecord.open(data).addPackages(['docker.io', 'runc']);
    UpRecord.open(data).addPackages(['runc', 'tini']);
    expect(UpRecord.open(data).state.packages).toEqual(['docker.io', 'runc', 'tini']);
  });

  it('forgets what is set to undefined', () => {
    const record = UpRecord.open(root);
    record.update({ server: { pid: 7, startTime: '1' } });
    record.update({ server: undefined });
    expect(record.isEmpty).toBe(true);
    expect(JSON.parse(readFileSync(record.file, 'utf8'))).toEqual({});
  });

  it('removes the data directory only when it made it and nothing else is there', () => {
    const own = UpRecord.open(data);
    own.update({ madeAdminToken: true });
    own.remove();
    expect(existsSync(data)).toBe(false);

    const used = UpRecord.open(data);
    used.update({ madeAdminToken: true });
    writeFileSync(join(data, 'state.db'), '');
    used.remove();
    expect(existsSync(join(data, 'state.db'))).toBe(true);
    expect(existsSync(used.file)).toBe(false);

    const foreign = UpRecord.open(root);
    foreign.update({ madeAdminToken: true });
    foreign.remove();
    expect(existsSync(root)).toBe(true);
  });

  it('does not take an unreadable record for an empty one', () => {
    writeFileSync(join(root, 'up.json'), '{"packages":');
    expect(() => UpRecord.open(root)).toThrow(/up\.json cannot be read/);
  });
});

describe('dataDirectory', () => {
  it('is where the server keeps its data', () => {
    expect(dataDirectory({ SWARMPLANE_DATA_DIR: '/srv/swarmplane' })).toBe('/srv/swarmplane');
    expect(dataDirectory({})).toBe(join(process.cwd(), 'data'));
  });
});
