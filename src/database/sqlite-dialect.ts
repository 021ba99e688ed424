import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type Dialect,
  type Driver,
  type Kysely,
} from 'kysely';
import { SqliteThread } from './sqlite-thread.ts';
import type { SqliteFile } from './sqlite-worker.ts';

/** Kysely over node:sqlite, in a thread. */
export function sqliteDialect(file: SqliteFile): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new SqliteDriver(new SqliteThread(file)),
    createIntrospector: (database: Kysely<unknown>) => new SqliteIntrospector(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** One connection, which its users have one after the other. */
class SqliteDriver implements Driver {
  private readonly turns: (() => void)[] = [];
  private isTaken = false;

  constructor(private readonly thread: SqliteThread) {}

  init(): Promise<void> {
    return Promise.resolve();
  }

  async acquireConnection(): Promise<SqliteThread> {
    if (this.isTaken) await new Promise<void>((resolve) => this.turns.push(resolve));
    this.isTaken = true;
    return this.thread;
  }

  releaseConnection(): Promise<void> {
    const next = this.turns.shift();
    // The next one has it at once: nobody can come in between.
    if (next) next();
    else this.isTaken = false;
    return Promise.resolve();
  }

  /** With the right to write from the beginning, so that a transaction that has read is not refused it later. */
  async beginTransaction(): Promise<void> {
    await this.run('begin immediate');
  }

  async commitTransaction(): Promise<void> {
    await this.run('commit');
  }

  /** The thread lets go of a database at every failure, and its transaction with it. */
  async rollbackTransaction(): Promise<void> {
    await this.run('rollback').catch(() => undefined);
  }

  async destroy(): Promise<void> {
    await this.thread.end();
  }

  private async run(sql: string): Promise<void> {
    await this.thread.executeQuery({ sql, parameters: [] });
  }
}
