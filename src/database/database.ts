import { Kysely, PostgresDialect } from 'kysely';
import type { Pool } from 'pg';
import type { DatabaseLocation } from './database-location.ts';
import { sqliteDialect } from './sqlite-dialect.ts';

/** How long PostgreSQL may take to let us in, and to answer a statement, in milliseconds. */
const CONNECT_WITHIN_MS = 3_000;
const ANSWER_WITHIN_MS = 5_000;
const CONNECTIONS = 4;
/** PostgreSQL's number for `bigint`, which `pg` otherwise answers as text. Ours stay below 2^53. */
const INT8 = 20;

/** A database by two ways, so that whoever reads a lot holds nobody up who writes. */
export interface Database<T> {
  readonly writer: Kysely<T>;
  readonly reader: Kysely<T>;
  close(): Promise<void>;
}

/** Makes the way to a database. Nothing is opened before the first statement, and what breaks is opened anew. */
export function databaseAt<T>(location: DatabaseLocation): Database<T> {
  if (location.kind === 'postgres') return alone(new Kysely<T>({ dialect: postgresDialect(location.url) }));
  const { file } = location;
  const writer = new Kysely<T>({ dialect: sqliteDialect({ file, readOnly: false }) });
  if (file === ':memory:') return alone(writer);
  const reader = new Kysely<T>({ dialect: sqliteDialect({ file, readOnly: true }) });
  return {
    writer,
    reader,
    close: async () => {
      await reader.destroy();
      await writer.destroy();
    },
  };
}

function alone<T>(both: Kysely<T>): Database<T> {
  return { writer: both, reader: both, close: () => both.destroy() };
}

const postgresDialect = (url: string): PostgresDialect => new PostgresDialect({ pool: () => poolAt(url) });

async function poolAt(url: string): Promise<Pool> {
  // Most servers have no use for it.
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    application_name: 'swarmplane',
    // Whatever the server's default: what is committed must survive a crash.
    options: '-c synchronous_commit=on',
    types: {
      getTypeParser: (id: number, format?: 'text' | 'binary') =>
        id === INT8 ? Number : (pg.types.getTypeParser(id, format) as (text: string) => unknown),
    },
  });
  // An idle connection that breaks is no failure of anybody's: the next statement opens another.
  pool.on('error', () => undefined);
  return pool;
}
