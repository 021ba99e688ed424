import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditTables } from '../../src/audit/audit-tables.ts';
import type { DatabaseLocation } from '../../src/database/database-location.ts';
import { databaseAt } from '../../src/database/database.ts';
import { startPostgres } from './postgres.ts';

/** A kind of database that the audit trail can be kept in. */
export interface AuditDatabases {
  /** An empty one. */
  another(): Promise<DatabaseLocation>;
  /** Makes one that no server can write to, until `restore` is called. */
  breakDown(location: DatabaseLocation): Promise<{ restore(): Promise<void> }>;
  stop(): Promise<void>;
}

/** All kinds, by name: the same tests run on each. */
export const AUDIT_DATABASES: readonly (readonly [string, () => Promise<AuditDatabases>])[] = [
  ['SQLite', files],
  ['PostgreSQL', server],
];

/** Files in a directory of their own. */
function files(): Promise<AuditDatabases> {
  const directory = mkdtempSync(join(tmpdir(), 'swarmplane-audit-'));
  let count = 0;
  return Promise.resolve({
    another: () => Promise.resolve({ kind: 'sqlite', file: join(directory, `${++count}.db`) } as const),
    // Another process that has the file locked: a backup, say.
    breakDown: async (location) => {
      const other = databaseAt<AuditTables>(location);
      const taken = await other.writer.startTransaction().execute();
      return {
        restore: async () => {
          await taken.rollback().execute();
          await other.close();
        },
      };
    },
    stop: () => Promise.resolve(rmSync(directory, { recursive: true, force: true })),
  });
}

async function server(): Promise<AuditDatabases> {
  const postgres = await startPostgres();
  return {
    another: async () => ({ kind: 'postgres', url: await postgres.another() }),
    breakDown: async () => {
      await postgres.kill();
      return { restore: () => postgres.start() };
    },
    stop: () => postgres.stop(),
  };
}
