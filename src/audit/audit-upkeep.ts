import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { AuditQueue } from './audit-queue.ts';
import { KeptAudit } from './audit-settings.ts';
import { AuditStore } from './audit-store.ts';
import { KeptAuditTrail } from './audit-trail.service.ts';

/** How often old rows are looked for, and open ends, in milliseconds. */
const EVERY_MS = 10 * 60_000;
/** How soon it is tried again while the database is away, in milliseconds. */
const RETRY_MS = 5_000;
/** No write of a server that lives takes so long, in milliseconds: the longest waits for tasks for half a minute. */
const ABANDONED_MS = 15 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
/** So many rows go at once; meanwhile writes wait. */
const PORTION = 1_000;

/**
 * Keeps the trail in order: closes what a server that has died left open, as `unknown`, and takes away what is too old.
 * A server knows its own from before its last start by its name, and those of others by their age.
 */
@Injectable()
export class AuditUpkeep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger('Audit');
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> = Promise.resolve();
  private isStopping = false;
  /** For the database, which is away. */
  private isWaiting = false;

  constructor(
    private readonly store: AuditStore,
    private readonly queue: AuditQueue,
    private readonly trail: KeptAuditTrail,
    private readonly settings: KeptAudit,
  ) {}

  onApplicationBootstrap(): void {
    // Nothing is left from before where nothing is kept.
    if (this.settings.isKept) this.working = this.work();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.timer);
    await this.working;
  }

  /** Closes open ends and forgets what is too old. Fails as the database does. */
  async tidy(now: number = Date.now()): Promise<void> {
    await this.closeOpenEnds(now);
    await this.forgetOld(now);
  }

  private async work(): Promise<void> {
    try {
      await this.tidy();
      this.isWaiting = false;
    } catch (error) {
      if (!this.isWaiting) this.log.warn(`The audit trail cannot be kept in order: ${String(error)}`);
      this.isWaiting = true;
    }
    if (this.isStopping) return;
    const again = (): void => {
      this.working = this.work();
    };
    this.timer = setTimeout(again, this.isWaiting ? RETRY_MS : EVERY_MS).unref();
  }

  private async closeOpenEnds(now: number): Promise<void> {
    const abandoned = new Date(now - ABANDONED_MS).toISOString();
    for (const { entry, server, at } of await this.store.open()) {
      const isMine = server === this.settings.server;
      if (this.trail.underWay.has(entry) || (!isMine && at > abandoned)) continue;
      await this.queue.writeResult({
        type: 'result',
        entry,
        at: new Date(now).toISOString(),
        server: this.settings.server,
        outcome: 'unknown',
        code: null,
        objectId: null,
        durationMs: null,
      });
    }
  }

  private async forgetOld(now: number): Promise<void> {
    const before = new Date(now - this.settings.retentionDays * DAY_MS).toISOString();
    const anchor = { at: new Date(now).toISOString(), server: this.settings.server };
    while (!this.isStopping && (await this.store.forget(before, PORTION, anchor)) === PORTION);
  }
}
