import { Injectable } from '@nestjs/common';
import { invalid } from '../domain/errors.ts';
import type { Expression, ExpressionBuilder, Nullable, SqlBool } from 'kysely';
import type { IntentContent, RefusalContent, ResultContent } from './audit-content.ts';
import { AuditStore, type AuditRow, type ChainEnd } from './audit-store.ts';
import type { AuditTables } from './audit-tables.ts';
import type { AuditEntry, AuditFilter } from './audit.types.ts';

/** A part of the trail, as a list shows it. */
export interface AuditRange {
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  /** The entry after which it begins, in this order; null begins at its end. */
  readonly after: number | null;
}

/** An intent or refusal, and the result of the former once there is one. */
interface FoundEntry {
  readonly seq: number;
  readonly content: string;
  readonly hash: string;
  readonly result: string | null;
}

/** Reads the trail. Fails as the database does. */
@Injectable()
export class AuditReads {
  constructor(private readonly store: AuditStore) {}

  /** Some of the entries that fit. */
  async entries(filter: AuditFilter, { limit, order, after }: AuditRange): Promise<AuditEntry[]> {
    const found = await (
      await this.matching(filter)
    )
      .$if(after !== null, (query) => query.where('e.seq', order === 'asc' ? '>' : '<', after))
      .select(['e.seq', 'e.content', 'e.hash', 'r.content as result'])
      .orderBy('e.seq', order)
      .limit(limit)
      .execute();
    return found.map(toEntry);
  }

  /** How many fit. */
  async count(filter: AuditFilter): Promise<number> {
    const { count } = await (
      await this.matching(filter)
    )
      .select(({ fn }) => fn.countAll().as('count'))
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  /** The rows after one, in the order of the chain. */
  async rowsAfter(seq: number, limit: number): Promise<AuditRow[]> {
    const reader = await this.store.reader();
    return reader
      .selectFrom('audit_row')
      .selectAll()
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(limit)
      .execute();
  }

  /** The newest anchor; undefined while all rows are kept. */
  async anchor(): Promise<AuditRow | undefined> {
    const reader = await this.store.reader();
    return reader
      .selectFrom('audit_row')
      .selectAll()
      .where('type', '=', 'anchor')
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
  }

  /** Where the chain ends. */
  async end(): Promise<ChainEnd> {
    const reader = await this.store.reader();
    return reader.selectFrom('audit_chain').select(['seq', 'hash']).executeTakeFirstOrThrow();
  }

  private async matching(filter: AuditFilter) {
    const reader = await this.store.reader();
    return reader
      .selectFrom('audit_row as e')
      .leftJoin('audit_row as r', (join) => join.onRef('r.entry', '=', 'e.entry').on('r.type', '=', 'result'))
      .where('e.type', 'in', ['intent', 'refusal'])
      .where((row) => row.and(conditionsOf(filter, row)));
  }
}

/** The tables that entries are read from: a row, and the row of its result. */
type Joined = AuditTables & { e: AuditTables['audit_row']; r: Nullable<AuditTables['audit_row']> };

/** What must hold of an entry that fits. */
function conditionsOf(filter: AuditFilter, row: ExpressionBuilder<Joined, 'e' | 'r'>): Expression<SqlBool>[] {
  const { actor, verb, kind, object, outcome, since, until, requestId } = filter;
  const became = row.fn.coalesce('r.outcome', 'e.outcome');
  return [
    ...(actor ? [row.or([row('e.actor_id', '=', actor), row('e.actor_name', '=', actor)])] : []),
    ...(verb ? [row('e.verb', '=', verb)] : []),
    ...(kind ? [row('e.kind', '=', kind)] : []),
    ...(object
      ? [
          row.or([
            row('e.object_id', '=', object),
            row('e.object_name', '=', object),
            row('r.object_id', '=', object),
          ]),
        ]
      : []),
    ...(outcome ? [outcome === 'pending' ? row(became, 'is', null) : row(became, '=', outcome)] : []),
    ...(since ? [row('e.at', '>=', momentOf(since, '/since'))] : []),
    ...(until ? [row('e.at', '<', momentOf(until, '/until'))] : []),
    ...(requestId ? [row('e.request_id', '=', requestId)] : []),
  ];
}

/** A moment as the rows have it. Fails `invalid` for a second that only RFC 3339 knows. */
function momentOf(text: string, pointer: string): string {
  const moment = new Date(text);
  if (!Number.isNaN(moment.getTime())) return moment.toISOString();
  throw invalid([{ pointer, detail: 'There is no such moment. Leave leap seconds out.' }]);
}

function toEntry({ seq, content, hash, result }: FoundEntry): AuditEntry {
  const attempt = JSON.parse(content) as IntentContent | RefusalContent;
  const end = result === null ? null : (JSON.parse(result) as ResultContent);
  const isRefusal = attempt.type === 'refusal';
  return {
    id: attempt.entry,
    sequence: seq,
    at: attempt.at,
    actor: attempt.actor,
    proof: attempt.proof,
    address: attempt.address,
    userAgent: attempt.userAgent,
    surface: attempt.surface,
    requestId: attempt.requestId,
    operation: attempt.operation,
    verb: attempt.verb,
    kind: attempt.kind,
    objectId: attempt.objectId ?? end?.objectId ?? null,
    objectName: attempt.objectName,
    rule: attempt.rule,
    admission: isRefusal ? null : attempt.admission,
    changes: isRefusal ? [] : attempt.changes,
    outcome: isRefusal ? 'refused' : (end?.outcome ?? 'pending'),
    code: isRefusal ? attempt.code : (end?.code ?? null),
    durationMs: end?.durationMs ?? null,
    server: attempt.server,
    hash,
  };
}
