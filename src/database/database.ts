import { Kysely, PostgresDialect } from 'kysely';
import type { Pool } from 'pg';
import type { DatabaseLocation } from './database-location.ts';
import type { Job } from './job.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { SqliteThread } from './sqlite-thread.ts';

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
  /** Does a job by the way of the writer, beside the database. Fails as the database does. */
  work<A, R>(job: Job<T, A, R>, given: A): Promise<R>;
  close(): Promise<void>;
}

/** Makes the way to a database. Nothing is opened before the first statement, and what breaks is opened anew. */
export function databaseAt<T>(location: DatabaseLocation): Database<T> {
  return location.kind === 'postgres' ? postgresAt<T>(location.url) : sqliteAt<T>(location.file);
}

function postgresAt<T>(url: string): Database<T> {
  const both = new Kysely<T>({ dialect: new PostgresDialect({ pool: () => poolAt(url) }) });
  return {
    writer: both,
    reader: both,
    work: ({ run }, given) => run(both, given),
    close: () => both.destroy(),
  };
}

function sqliteAt<T>(file: string): Database<T> {
  const thread = new SqliteThread({ file, readOnly: false });
  const writer = new Kysely<T>({ dialect: sqliteDialect(thread) });
  // What is in memory nobody else can read.
  const reader =
    file === ':memory:'
      ? writer
      : new Kysely<T>({ dialect: sqliteDialect(new SqliteThread({ file, readOnly: true })) });
  return {
    writer,
    reader,
    // Between two statements of somebody's transaction there is no place for it.
    work: (job, given) => writer.connection().execute(() => thread.work(job, given)),
    close: async () => {
      await reader.destroy();
      await writer.destroy();
    },
  };
}

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
