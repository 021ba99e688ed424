import type { Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';

/** Brings the tables to their present form; of several servers at once, one does it. Fails as the database does. */
export async function migrate<T>(
  database: Kysely<T>,
  migrations: Readonly<Record<string, Migration>>,
): Promise<void> {
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error as Error;
}
