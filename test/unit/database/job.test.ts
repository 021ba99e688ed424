import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseAt, type Database } from '../../../src/database/database.ts';
import { LOST, WRITE_DOWN, type Notes } from './note-jobs.ts';

describe('a job in the thread of SQLite', () => {
  let directory: string;
  let database: Database<Notes>;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'swarmplane-job-'));
    database = databaseAt({ kind: 'sqlite', file: join(directory, 'a.db') });
    await database.writer.schema.createTable('note').addColumn('text', 'text').execute();
  });
  afterEach(async () => {
    await database.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const notes = async (): Promise<string[]> => {
    const rows = await database.reader.selectFrom('note').select('text').execute();
    return rows.map(({ text }) => text);
  };

  it('is done there, and answered', async () => {
    expect(await database.work(WRITE_DOWN, ['a', 'b'])).toBe(2);
    expect(await notes()).toEqual(['a', 'b']);
  });

  it('is not done in the middle of a transaction', async () => {
    const taken = await database.writer.startTransaction().execute();
    await taken.insertInto('note').values({ text: 'a' }).execute();
    const job = database.work(WRITE_DOWN, ['b']);
    await taken.insertInto('note').values({ text: 'c' }).execute();
    await taken.commit().execute();
    await job;
    expect(await notes()).toEqual(['a', 'c', 'b']);
  });

  it('that fails leaves nothing behind, and the next one is done', async () => {
    await expect(database.work(WRITE_DOWN, ['a', 'fail'])).rejects.toThrow('It says so.');
    await expect(database.work(LOST, [])).rejects.toThrow('exports no "nowhere"');
    await database.work(WRITE_DOWN, ['b']);
    expect(await notes()).toEqual(['b']);
  });
});
