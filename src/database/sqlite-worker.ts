import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

// The thread that a SQLite database has to itself: node:sqlite waits for the disk, and nothing else may wait with it. In tests
// Node runs this file as it stands, so it has no syntax that needs to be compiled.

/** What the thread is started with. */
export interface SqliteFile {
  readonly file: string;
  /** Only reads, and lets others write meanwhile. */
  readonly readOnly: boolean;
}

/** One statement; `id` comes back with the answer. */
export interface SqliteQuestion {
  readonly id: number;
  readonly sql: string;
  readonly parameters: readonly SQLInputValue[];
}

export interface SqliteAnswer {
  readonly id: number;
  readonly rows?: readonly unknown[];
  /** How many rows a statement without rows has changed. */
  readonly changes?: number;
  readonly failure?: string;
}

/** How long another process may hold the database, in milliseconds. */
const BUSY_MS = 2_000;
const OWNER_ONLY = 0o600;

const { file, readOnly } = workerData as SqliteFile;
let database: DatabaseSync | undefined;
let statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();

/** What is committed survives a loss of power (`synchronous=FULL`), and readers do not wait for it (WAL). */
function open(): DatabaseSync {
  if (file !== ':memory:' && !readOnly) {
    mkdirSync(dirname(file), { recursive: true });
    closeSync(openSync(file, 'a', OWNER_ONLY));
  }
  const opened = new DatabaseSync(file, { readOnly, timeout: BUSY_MS });
  if (!readOnly) opened.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  return opened;
}

function answer({ sql, parameters }: SqliteQuestion): Omit<SqliteAnswer, 'id'> {
  database ??= open();
  const statement = statements.get(sql) ?? database.prepare(sql);
  statements.set(sql, statement);
  if (statement.columns().length > 0) return { rows: statement.all(...parameters) };
  return { changes: Number(statement.run(...parameters).changes) };
}

/** Begins anew with the next statement, whatever it was: a disk that was full or away can be back by then. */
function giveUp(): void {
  try {
    if (database?.isTransaction) database.exec('ROLLBACK');
    if (file === ':memory:') return;
    database?.close();
  } catch {
    // It is left behind in any case.
  }
  database = undefined;
  statements = new Map();
}

parentPort?.on('message', (question: SqliteQuestion) => {
  try {
    parentPort?.postMessage({ id: question.id, ...answer(question) } satisfies SqliteAnswer);
  } catch (error) {
    giveUp();
    parentPort?.postMessage({ id: question.id, failure: (error as Error).message } satisfies SqliteAnswer);
  }
});
