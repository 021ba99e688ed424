import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { QueryResult } from 'kysely';
import type { SqliteQuery, SqliteWay } from './sqlite-dialect.ts';

// It is used in threads. In tests Node runs this file as it stands, so it has no syntax that needs to be compiled.

/** Which file, and what for. */
export interface SqliteFile {
  /** `:memory:` for none. */
  readonly file: string;
  /** Only reads, and lets others write meanwhile. */
  readonly readOnly: boolean;
}

/** How long another process may hold the database, in milliseconds. */
const BUSY_MS = 2_000;
const OWNER_ONLY = 0o600;

/** A SQLite file, opened when it is first needed. Whatever it is asked, the thread waits for the disk meanwhile. */
export class SqliteConnection implements SqliteWay {
  private readonly file: SqliteFile;
  private database: DatabaseSync | undefined;
  private statements = new Map<string, StatementSync>();

  constructor(file: SqliteFile) {
    this.file = file;
  }

  // So that whatever is thrown is a rejection.
  // eslint-disable-next-line @typescript-eslint/require-await
  async executeQuery<R>({ sql, parameters }: SqliteQuery): Promise<QueryResult<R>> {
    try {
      return this.execute<R>(sql, parameters as readonly SQLInputValue[]);
    } catch (error) {
      this.giveUp();
      throw error;
    }
  }

  /** Kysely has it; long lists are read page by page instead. */
  streamQuery(): never {
    throw new Error('Read page by page.');
  }

  end(): Promise<void> {
    this.giveUp();
    return Promise.resolve();
  }

  private execute<R>(sql: string, parameters: readonly SQLInputValue[]): QueryResult<R> {
    this.database ??= this.open();
    const statement = this.statements.get(sql) ?? this.database.prepare(sql);
    this.statements.set(sql, statement);
    if (statement.columns().length > 0) return { rows: statement.all(...parameters) as R[] };
    return { rows: [], numAffectedRows: BigInt(statement.run(...parameters).changes) };
  }

  /** What is committed survives a loss of power (`synchronous=FULL`), and readers do not wait for it (WAL). */
  private open(): DatabaseSync {
    const { file, readOnly } = this.file;
    if (file !== ':memory:' && !readOnly) {
      mkdirSync(dirname(file), { recursive: true });
      closeSync(openSync(file, 'a', OWNER_ONLY));
    }
    const opened = new DatabaseSync(file, { readOnly, timeout: BUSY_MS });
    if (!readOnly) opened.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    return opened;
  }

  /** Begins anew with the next statement, whatever it was: a disk that was full or away can be back by then. */
  private giveUp(): void {
    try {
      if (this.database?.isTransaction) this.database.exec('ROLLBACK');
      if (this.file.file === ':memory:') return;
      this.database?.close();
    } catch {
      // It is left behind in any case.
    }
    this.database = undefined;
    this.statements = new Map();
  }
}
