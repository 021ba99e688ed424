import type { Kysely, Transaction } from 'kysely';
import type { Job } from '../database/job.ts';
import { columnsOf, hashAfter, type AuditContent } from './audit-content.ts';
import type { AuditTables } from './audit-tables.ts';

// How rows get to the end of the chain; done in the thread of the database, so there is no syntax here that needs to be
// compiled.

/** Adds rows to the chain, all or none. */
export function append(database: Kysely<AuditTables>, contents: readonly AuditContent[]): Promise<void> {
  return database.transaction().execute((transaction) => appendRows(transaction, contents));
}

export const APPEND: Job<AuditTables, readonly AuditContent[], void> = {
  module: import.meta.url,
  run: append,
};

/** Adds rows to the chain, in a transaction that then has its end locked. */
export async function appendRows(
  transaction: Transaction<AuditTables>,
  given: readonly AuditContent[],
): Promise<void> {
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
  const rows = contents.map((each, index): AuditTables['audit_row'] => {
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
