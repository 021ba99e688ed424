import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { DomainError } from '../domain/errors.ts';
import type { AuditContent, IntentContent, ResultContent } from './audit-content.ts';
import { AuditStore } from './audit-store.ts';

/** So many rows go to the disk together at most. */
const MAX_GROUP = 200;
/** So many rows wait at most; those that come then are refused at once. */
const MAX_WAITING = 5_000;
/** How soon it is tried again to write what must get there, in milliseconds. */
const RETRY_MS = 1_000;

interface Waiting {
  readonly content: AuditContent;
  /** Told once; later words are not heard. */
  readonly settle: (error?: unknown) => void;
}

/**
 * Rows on their way to the disk. While a group of them is written, the next one gathers: however many write at once, they
 * wait for the disk together.
 */
@Injectable()
export class AuditQueue implements OnApplicationShutdown {
  /** How long a row may take to be written before its write is refused, in milliseconds. */
  withinMs = 5_000;
  private readonly log = new Logger('Audit');
  private waiting: Waiting[] = [];
  /** Results that must get there, however long that takes: without them nobody knows what came of a write. */
  private overdue: ResultContent[] = [];
  private writing: Promise<void> | undefined;
  private retry: NodeJS.Timeout | undefined;
  private isFailing = false;
  /** Groups that were written, rows in them, and groups that could not be written, since the start. */
  readonly counts = { groups: 0, rows: 0, failures: 0 };

  constructor(private readonly store: AuditStore) {}

  /** Whether the last attempt to write has failed. */
  get fails(): boolean {
    return this.isFailing;
  }

  /** Resolves once the row would survive a crash. Fails `audit-unavailable`; then the row is not there, or void. */
  async write(content: AuditContent): Promise<void> {
    if (this.waiting.length >= MAX_WAITING) throw unavailable('too many wait for it');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const settle = (error?: unknown): void => (error === undefined ? resolve() : reject(unavailable(error)));
    const late = setTimeout(() => settle(`it took longer than ${this.withinMs} ms`), this.withinMs).unref();
    this.waiting.push({ content, settle });
    this.start();
    try {
      await promise;
    } catch (error) {
      this.waiting = this.waiting.filter((each) => each.content !== content);
      // It can be on its way, or even there: an intent of which nothing came is then closed.
      if (content.type === 'intent') this.writeInTime(neverBegun(content));
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  /** The same for a result, which gets there in the end: resolves once it is there, or after a while. Never fails. */
  async writeResult(content: ResultContent): Promise<void> {
    await this.write(content).catch(() => this.writeInTime(content));
  }

  /** Not before the last request is answered; and the database is closed by whoever writes last. */
  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.retry);
    await this.writing;
    if (this.overdue.length > 0) await this.writeGroup([]).catch(() => undefined);
    await this.store.close();
  }

  private writeInTime(content: ResultContent): void {
    // What is left open without its result is closed as unknown in time.
    if (this.overdue.length >= MAX_WAITING) return;
    this.overdue.push(content);
    this.retryLater();
  }

  private retryLater(): void {
    this.retry ??= setTimeout(() => {
      this.retry = undefined;
      this.start();
    }, RETRY_MS).unref();
  }

  private start(): void {
    this.writing ??= this.writeAll();
  }

  private async writeAll(): Promise<void> {
    try {
      await this.writeGroups();
    } finally {
      // In the same turn as the last look at what waits: nobody comes in between and finds it still writing.
      this.writing = undefined;
    }
  }

  private async writeGroups(): Promise<void> {
    do {
      const group = this.waiting.splice(0, MAX_GROUP);
      try {
        await this.writeGroup(group.map(({ content }) => content));
        for (const { settle } of group) settle();
      } catch (error) {
        this.noteFailure(error);
        for (const { settle } of group) settle(error);
        // Whoever comes next tries it again; what nobody waits for has its timer.
        if (this.overdue.length > 0) this.retryLater();
        if (this.waiting.length === 0) return;
      }
    } while (this.waiting.length > 0 || this.overdue.length > 0);
  }

  private async writeGroup(contents: readonly AuditContent[]): Promise<void> {
    const late = this.overdue.slice(0, MAX_GROUP);
    await this.store.append([...late, ...contents]);
    this.overdue = this.overdue.slice(late.length);
    this.counts.groups += 1;
    this.counts.rows += late.length + contents.length;
    if (this.isFailing) this.log.log('The audit trail can be written again.');
    this.isFailing = false;
  }

  private noteFailure(error: unknown): void {
    this.counts.failures += 1;
    if (!this.isFailing) {
      this.log.error(`The audit trail cannot be written, so nothing is: ${reasonOf(error)}`);
    }
    this.isFailing = true;
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function unavailable(cause: unknown): DomainError {
  return new DomainError(
    'audit-unavailable',
    'What is done must be put on record first, and that is not possible now, so nothing was done. Try again later; the server log has the cause.',
    { cause: cause instanceof Error ? cause : new Error(String(cause)) },
  );
}

/** The result of an intent that may have been written although its write was refused. */
function neverBegun({ entry, server, objectId }: IntentContent): ResultContent {
  const code = 'AUDIT_UNAVAILABLE';
  const at = new Date().toISOString();
  return { type: 'result', entry, at, server, outcome: 'failed', code, objectId, durationMs: null };
}
