import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { AuditColumns } from './audit-content.ts';
import { GENESIS } from './audit-content.ts';

/** A row of the trail. */
interface AuditRow extends AuditColumns {
  /** From 1, without gaps. */
  readonly seq: number;
  /** JSON; what is hashed. */
  readonly content: string;
  readonly hash: string;
}

/** The tables of the trail, the same in SQLite and PostgreSQL. */
export interface AuditTables {
  readonly audit_row: AuditRow;
  /** One row: the end of the chain. Whoever changes it has the chain until the end of the transaction. */
  readonly audit_chain: { readonly id: number; readonly seq: number; readonly hash: string };
  /** The intents that have no result yet. */
  readonly audit_open: { readonly entry: string; readonly server: string; readonly at: string };
}

/** How the tables came to be what they are, by name in the order of their making. Never changed once released. */
export const AUDIT_MIGRATIONS: Readonly<Record<string, Migration>> = {
  '2026-11-audit': {
    async up(database: Kysely<unknown>): Promise<void> {
      const { schema } = database;
      let rows = schema
        .createTable('audit_row')
        .addColumn('seq', 'bigint', (column) => column.primaryKey())
        .addColumn('type', 'text', (column) => column.notNull())
        .addColumn('at', 'text', (column) => column.notNull())
        .addColumn('content', 'text', (column) => column.notNull())
        .addColumn('hash', 'text', (column) => column.notNull());
      for (const name of FOUND_BY) rows = rows.addColumn(name, 'text');
      await rows.execute();
      for (const name of ['at', 'entry', 'actor_id', 'object_id', 'object_name', 'request_id'] as const) {
        await schema.createIndex(`audit_row_${name}`).on('audit_row').column(name).execute();
      }
      await schema
        .createTable('audit_chain')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('seq', 'bigint', (column) => column.notNull())
        .addColumn('hash', 'text', (column) => column.notNull())
        .execute();
      await schema
        .createTable('audit_open')
        .addColumn('entry', 'text', (column) => column.primaryKey())
        .addColumn('server', 'text', (column) => column.notNull())
        .addColumn('at', 'text', (column) => column.notNull())
        .execute();
      await (database as Kysely<AuditTables>)
        .insertInto('audit_chain')
        .values({ id: 1, seq: 0, hash: GENESIS })
        .execute();
    },
  },
};

const FOUND_BY = [
  'entry',
  'actor_id',
  'actor_name',
  'verb',
  'kind',
  'object_id',
  'object_name',
  'outcome',
  'request_id',
] as const;
