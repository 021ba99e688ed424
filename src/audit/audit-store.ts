import { Injectable } from '@nestjs/common';
import type { Kysely, Selectable, Transaction } from 'kysely';
import { databaseAt, type Database } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { columnsOf, hashAfter, type AuditContent } from './audit-content.ts';
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
  append(contents: readonly AuditContent[]): Promise<void> {
    return this.inChain((transaction) => add(transaction, contents));
  }

  /**
   * Takes away the oldest rows from before a moment, and leaves an anchor for them. Answers how many.
   * @param atMost so many at once, for meanwhile nobody else can write
   */
  forget(
    before: string,
    atMost: number,
    anchor: { readonly at: string; readonly server: string },
  ): Promise<number> {
    return this.inChain(async (transaction) => {
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
      await add(transaction, [{ type: 'anchor', ...anchor, upTo: last.seq, hash: last.hash }]);
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

  /** Runs with the end of the chain locked: whoever writes it first has it until the end of the transaction. */
  private async inChain<T>(act: (transaction: Transaction<AuditTables>) => Promise<T>): Promise<T> {
    const writer = await this.writer();
    return writer.transaction().execute(act);
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

async function add(transaction: Transaction<AuditTables>, given: readonly AuditContent[]): Promise<void> {
  const contents = await withoutRepeats(transaction, given);
  if (contents.length === 0) return;
  // The statement that says where the chain ends also locks it, in either database.
  const end = await transaction
    .updateTable('audit_chain')
    .set((chain) => ({ seq: chain('seq', '+', contents.length) }))
    .where('id', '=', 1)
    .returning(['seq', 'hash'])
    .executeTakeFirstOrThrow();
  let { hash } = end;
  const first = end.seq - contents.length + 1;
  const rows = contents.map((each, index): AuditRow => {
    const seq = first + index;
    const content = JSON.stringify(each);
    hash = hashAfter(hash, seq, content);
    return { ...columnsOf(each), seq, content, hash };
  });
  await transaction.insertInto('audit_row').values(rows).execute();
  await transaction.updateTable('audit_chain').set({ hash }).where('id', '=', 1).execute();
  const opened = contents.filter((each) => each.type === 'intent');
  if (opened.length === 0) return;
  await transaction
    .insertInto('audit_open')
    .values(opened.map(({ entry, server, at }) => ({ entry, server, at })))
    .execute();
}

/** Without the results of what has one already, or was never begun: a result that is told twice counts once. */
async function withoutRepeats(
  transaction: Transaction<AuditTables>,
  contents: readonly AuditContent[],
): Promise<readonly AuditContent[]> {
  const entries = contents.filter((each) => each.type === 'result').map(({ entry }) => entry);
  if (entries.length === 0) return contents;
  const closed = await transaction
    .deleteFrom('audit_open')
    .where('entry', 'in', entries)
    .returning('entry')
    .execute();
  const counting = new Set(closed.map(({ entry }) => entry));
  return contents.filter((each) => each.type !== 'result' || counting.delete(each.entry));
}
