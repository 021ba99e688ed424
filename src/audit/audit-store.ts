import { Injectable } from '@nestjs/common';
import type { Kysely, Selectable } from 'kysely';
import { databaseAt, type Database } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { APPEND, appendRows } from './audit-chain.ts';
import type { AuditContent } from './audit-content.ts';
import { KeptAudit } from './audit-settings.ts';
import { AUDIT_MIGRATIONS, type AuditTables } from './audit-tables.ts';

export type AuditRow = Selectable<AuditTables['audit_row']>;

/** The end of the chain. */
export interface ChainEnd {
  readonly seq: number;
  readonly hash: string;
}

/** An intent that has no result yet. */
export type OpenIntent = Selectable<AuditTables['audit_open']>;

/** The trail in its database. Whatever it is asked fails as the database does. */
@Injectable()
export class AuditStore {
  private readonly database: Database<AuditTables>;
  private migrated: Promise<void> | undefined;

  constructor({ database }: KeptAudit) {
    this.database = databaseAt(database);
  }

  /** Adds rows to the chain, all or none; they are there once this resolves, also after a loss of power. */
  async append(contents: readonly AuditContent[]): Promise<void> {
    await this.ready();
    return this.database.work(APPEND, contents);
  }

  /**
   * Takes away the oldest rows from before a moment, and leaves an anchor for them. Answers how many.
   * @param atMost so many at once, for meanwhile nobody else can write
   */
  async forget(
    before: string,
    atMost: number,
    anchor: { readonly at: string; readonly server: string },
  ): Promise<number> {
    const writer = await this.writer();
    return writer.transaction().execute(async (transaction) => {
      const oldest = await transaction
        .selectFrom('audit_row')
        .select(['seq', 'hash', 'at'])
        .orderBy('seq')
        .limit(atMost)
        .execute();
      const firstKept = oldest.findIndex(({ at }) => at >= before);
      const going = firstKept < 0 ? oldest : oldest.slice(0, firstKept);
      const last = going.at(-1);
      if (!last) return 0;
      await appendRows(transaction, [{ type: 'anchor', ...anchor, upTo: last.seq, hash: last.hash }]);
      await transaction.deleteFrom('audit_row').where('seq', '<=', last.seq).execute();
      return going.length;
    });
  }

  /** The intents without a result. */
  async open(): Promise<OpenIntent[]> {
    const writer = await this.writer();
    return writer.selectFrom('audit_open').selectAll().execute();
  }

  /** A way to read that holds up nobody who writes. */
  async reader(): Promise<Kysely<AuditTables>> {
    await this.ready();
    return this.database.reader;
  }

  close(): Promise<void> {
    return this.database.close();
  }

  private async writer(): Promise<Kysely<AuditTables>> {
    await this.ready();
    return this.database.writer;
  }

  private ready(): Promise<void> {
    this.migrated ??= migrate(this.database.writer, AUDIT_MIGRATIONS).catch((error: unknown) => {
      this.migrated = undefined;
      throw error;
    });
    return this.migrated;
  }
}
