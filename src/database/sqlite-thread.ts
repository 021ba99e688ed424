import { Worker } from 'node:worker_threads';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import type { SQLInputValue } from 'node:sqlite';
import type { SqliteAnswer, SqliteFile, SqliteQuestion } from './sqlite-worker.ts';

interface Waiting {
  readonly resolve: (answer: SqliteAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** A connection to a SQLite file whose work is done in a thread of its own. A thread that dies is replaced by another. */
export class SqliteThread implements DatabaseConnection {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;

  constructor(private readonly file: SqliteFile) {}

  async executeQuery<R>({
    sql,
    parameters,
  }: Pick<CompiledQuery, 'sql' | 'parameters'>): Promise<QueryResult<R>> {
    const { rows, changes } = await this.ask(sql, parameters as readonly SQLInputValue[]);
    return {
      rows: (rows ?? []) as R[],
      ...(changes === undefined ? {} : { numAffectedRows: BigInt(changes) }),
    };
  }

  /** Kysely has it; long lists are read page by page instead. */
  streamQuery(): never {
    throw new Error('Read page by page.');
  }

  async end(): Promise<void> {
    await this.worker?.terminate();
  }

  private async ask(sql: string, parameters: readonly SQLInputValue[]): Promise<SqliteAnswer> {
    this.worker ??= this.start();
    const question: SqliteQuestion = { id: this.asked++, sql, parameters };
    const answer = await new Promise<SqliteAnswer>((resolve, reject) => {
      this.waiting.set(question.id, { resolve, reject });
      this.worker?.postMessage(question);
    });
    if (answer.failure !== undefined) throw new Error(answer.failure);
    return answer;
  }

  private start(): Worker {
    // With the ending that this very file has: `.ts` as it is written, `.js` as it is built.
    const program = new URL(import.meta.url.replace(/sqlite-thread(\.\w+)$/, 'sqlite-worker$1'));
    const worker = new Worker(program, { workerData: this.file });
    worker.unref();
    worker.on('message', (answer: SqliteAnswer) => {
      this.waiting.get(answer.id)?.resolve(answer);
      this.waiting.delete(answer.id);
    });
    worker.on('error', (error) => this.fail(worker, error));
    worker.on('exit', () => this.fail(worker, new Error('The thread of the database has ended.')));
    return worker;
  }

  private fail(worker: Worker, error: unknown): void {
    // It says first why it ends and then that it has ended; by then there can be another.
    if (this.worker !== worker) return;
    this.worker = undefined;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
