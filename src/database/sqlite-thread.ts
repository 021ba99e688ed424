import { Worker } from 'node:worker_threads';
import type { QueryResult } from 'kysely';
import type { Job } from './job.ts';
import type { SqliteFile } from './sqlite-connection.ts';
import type { SqliteQuery, SqliteWay } from './sqlite-dialect.ts';
import type { SqliteAnswer, SqliteMessage, SqliteQuestion } from './sqlite-worker.ts';

interface Waiting {
  readonly resolve: (answer: SqliteAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** A connection to a SQLite file whose work is done in a thread of its own. A thread that dies is replaced by another. */
export class SqliteThread implements SqliteWay {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;

  constructor(private readonly file: SqliteFile) {}

  async executeQuery<R>({ sql, parameters }: SqliteQuery): Promise<QueryResult<R>> {
    return (await this.ask({ sql, parameters })) as QueryResult<R>;
  }

  /** Does a job in the thread; nobody else may have the connection meanwhile. Fails as the job does, with its message. */
  async work<T, A, R>({ module, run }: Job<T, A, R>, given: A): Promise<R> {
    return (await this.ask({ module, name: run.name, given })) as R;
  }

  /** Kysely has it; long lists are read page by page instead. */
  streamQuery(): never {
    throw new Error('Read page by page.');
  }

  async end(): Promise<void> {
    await this.worker?.terminate();
  }

  private async ask(question: SqliteQuestion): Promise<unknown> {
    this.worker ??= this.start();
    const id = this.asked++;
    const { answer, failure } = await new Promise<SqliteAnswer>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker?.postMessage({ id, question } satisfies SqliteMessage);
    });
    if (failure !== undefined) throw new Error(failure);
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
