import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { databaseAt, type Database } from '../../../src/database/database.ts';
import { migrate } from '../../../src/database/migrate.ts';
import type { Notes } from './note-jobs.ts';

let directory: string;
let database: Database<Notes>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'swarmplane-migrate-'));
  database = databaseAt({ kind: 'sqlite', file: join(directory, 'a.db') });
});
afterEach(async () => {
  await database.close();
  rmSync(directory, { recursive: true, force: true });
});

it('leaves nothing of a migration that does not get to its end, so that it can be made later', async () => {
  let isKilled = true;
  const migrations = {
    first: {
      async up(unmigrated: Kysely<unknown>): Promise<void> {
        await unmigrated.schema.createTable('note').addColumn('text', 'text').execute();
        if (isKilled) throw new Error('killed');
      },
    },
  };
  await expect(migrate(database.writer, migrations)).rejects.toThrow('killed');
  isKilled = false;
  await migrate(database.writer, migrations);
  await database.writer.insertInto('note').values({ text: 'a' }).execute();
  expect(await database.reader.selectFrom('note').selectAll().execute()).toEqual([{ text: 'a' }]);
});
