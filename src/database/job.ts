import type { Kysely } from 'kysely';

/**
 * Work with a database that is done where the database is: in a thread of its own, SQLite is asked once and not statement
 * by statement. That thread finds the work by its module and its name, so `run` is exported by that module under its
 * own name, what it is given and answers can be cloned, and neither the module nor what it imports has decorators or other
 * syntax that needs to be compiled: in tests Node runs them as they stand.
 */
export interface Job<T, A, R> {
  /** `import.meta.url` of the module. */
  readonly module: string;
  readonly run: (database: Kysely<T>, given: A) => Promise<R>;
}
