import { parentPort, workerData } from 'node:worker_threads';
import { Kysely } from 'kysely';
import type { Job } from './job.ts';
import { SqliteConnection, type SqliteFile } from './sqlite-connection.ts';
import { sqliteDialect, type SqliteQuery } from './sqlite-dialect.ts';

// The thread that a SQLite database has to itself: node:sqlite waits for the disk, and nothing else may wait with it. In tests
// Node runs this file as it stands, so it has no syntax that needs to be compiled.

/** One statement, or a whole job: of which module, under which name, with what. */
export type SqliteQuestion =
  SqliteQuery | { readonly module: string; readonly name: string; readonly given: unknown };

/** What comes to the thread; `id` comes back with the answer. */
export interface SqliteMessage {
  readonly id: number;
  readonly question: SqliteQuestion;
}

export interface SqliteAnswer {
  readonly id: number;
  /** Of a statement its `QueryResult`, of a job what it answers. */
  readonly answer?: unknown;
  readonly failure?: string;
}

const connection = new SqliteConnection(workerData as SqliteFile);
const database = new Kysely<unknown>({ dialect: sqliteDialect(connection) });

async function answerTo(question: SqliteQuestion): Promise<unknown> {
  if ('sql' in question) return connection.executeQuery(question);
  const { module, name, given } = question;
  const { [name]: run } = (await import(module)) as Record<string, Job<unknown, unknown, unknown>['run']>;
  if (!run) throw new Error(`${module} exports no "${name}".`);
  return run(database, given);
}

parentPort?.on('message', ({ id, question }: SqliteMessage) => {
  answerTo(question).then(
    (answer) => parentPort?.postMessage({ id, answer } satisfies SqliteAnswer),
    (error: unknown) =>
      parentPort?.postMessage({ id, failure: (error as Error).message } satisfies SqliteAnswer),
  );
});
