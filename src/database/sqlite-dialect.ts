import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
} from 'kysely';

// It is used in threads, too. In tests Node runs this file as it stands, so it has no syntax that needs to be compiled.

export type SqliteQuery = Pick<CompiledQuery, 'sql' | 'parameters'>;

/** The one way to a SQLite file. */
export interface SqliteWay extends DatabaseConnection {
  executeQuery<R>(query: SqliteQuery): Promise<QueryResult<R>>;
  end(): Promise<void>;
}

/** Kysely over node:sqlite. */
export function sqliteDialect(way: SqliteWay): Dialect {
  return {
    createAdapter: () => new AllOrNothingAdapter(),
    createDriver: () => new SqliteDriver(way),
    createIntrospector: (database: Kysely<unknown>) => new SqliteIntrospector(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/**
 * Kysely makes migrations of SQLite without a transaction, although it can undo what they do to tables (sqlite.org/lang_transaction.html):
 * a server that is killed in the middle of its first start would leave half of the tables, and no later one could go on.
 */
class AllOrNothingAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** One connection, which its users have one after the other. */
class SqliteDriver implements Driver {
  private readonly way: SqliteWay;
  private readonly turns: (() => void)[] = [];
  private isTaken = false;

  constructor(way: SqliteWay) {
    this.way = way;
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  async acquireConnection(): Promise<SqliteWay> {
    if (this.isTaken) await new Promise<void>((resolve) => this.turns.push(resolve));
    this.isTaken = true;
    return this.way;
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

  /** A database is let go of at every failure, and its transaction with it. */
  async rollbackTransaction(): Promise<void> {
    await this.run('rollback').catch(() => undefined);
  }

  async destroy(): Promise<void> {
    await this.way.end();
  }

  private async run(sql: string): Promise<void> {
    await this.way.executeQuery({ sql, parameters: [] });
  }
}
