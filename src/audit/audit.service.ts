import { setImmediate as turn } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { cursorOf, positionAt, type Page, type PageRequest } from '../api/page.ts';
import { DomainError } from '../domain/errors.ts';
import { AuditReads } from './audit-reads.ts';
import type { AuditEntry, AuditFilter, AuditVerification } from './audit.types.ts';
import { ChainCheck } from './chain-check.ts';

/** So many rows are read at once where all are. */
const PORTION = 500;
const POSITION = { fields: ['sequence'] } as const;

/** The audit trail as clients see it. */
@Injectable()
export class AuditService {
  constructor(private readonly reads: AuditReads) {}

  /** The entries that fit, the newest first. Fails `audit-unavailable`, `invalid`. */
  async list(filter: AuditFilter, { limit, cursor }: PageRequest): Promise<Page<AuditEntry>> {
    const after = cursor === null ? null : positionAt<AuditEntry>(cursor, POSITION).sequence;
    return reading(async () => {
      const entries = await this.reads.entries(filter, { limit: limit + 1, order: 'desc', after });
      const items = entries.slice(0, limit);
      const last = items.at(-1);
      const nextCursor = last && entries.length > limit ? cursorOf(last, POSITION) : null;
      return { items, nextCursor, total: await this.reads.count(filter) };
    });
  }

  /** The entries that fit, the oldest first, as lines of JSON. They are read as fast as they are taken. */
  async lines(filter: AuditFilter): Promise<Readable> {
    const first = await this.portion(filter, null);
    const more = (after: number): Promise<AuditEntry[]> => this.portion(filter, after);
    return Readable.from(linesOf(first, more), { objectMode: false });
  }

  /** Looks at all rows, whether each builds on the one before it. Fails `audit-unavailable`. */
  async verify(): Promise<AuditVerification> {
    return reading(async () => {
      // First the end: the chain grows meanwhile.
      const end = await this.reads.end();
      const check = new ChainCheck({ end, anchor: await this.reads.anchor() });
      while (!check.isOver) {
        check.take(await this.reads.rowsAfter(check.position, PORTION));
        // Others have the thread in between.
        await turn();
      }
      return check.result();
    });
  }

  private portion(filter: AuditFilter, after: number | null): Promise<AuditEntry[]> {
    return reading(() => this.reads.entries(filter, { limit: PORTION, order: 'asc', after }));
  }
}

async function* linesOf(
  first: AuditEntry[],
  more: (after: number) => Promise<AuditEntry[]>,
): AsyncIterable<string> {
  for (let entries = first; ;) {
    const last = entries.at(-1);
    if (!last) return;
    yield entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    if (entries.length < PORTION) return;
    entries = await more(last.sequence);
  }
}

/** What fails here is the database, unless it says something else. */
async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof DomainError) throw cause;
    throw new DomainError(
      'audit-unavailable',
      'The audit trail cannot be read now. Try again later; the server log has the cause.',
      { cause },
    );
  }
}
