import { isDeepStrictEqual } from 'node:util';
import { columnsOf, GENESIS, hashAfter, type AnchorContent, type AuditContent } from './audit-content.ts';
import type { AuditRow, ChainEnd } from './audit-store.ts';
import type { AuditVerification } from './audit.types.ts';

/** What is known of the chain besides its rows. */
export interface ChainFrame {
  /** Where it ends, as its database says. */
  readonly end: ChainEnd;
  /** The newest anchor; undefined while all rows are kept. */
  readonly anchor: AuditRow | undefined;
}

/** Goes along the chain, portion by portion, and says where it breaks. What it needs to remember has a fixed size. */
export class ChainCheck {
  private readonly anchor: AnchorContent | null;
  private at: ChainEnd;
  private checked = 0;
  private broken: AuditVerification['broken'] = null;

  constructor(private readonly frame: ChainFrame) {
    this.anchor = anchorIn(frame.anchor);
    this.at = this.anchor ? { seq: this.anchor.upTo, hash: this.anchor.hash } : { seq: 0, hash: GENESIS };
  }

  /** The row after which it goes on. */
  get position(): number {
    return this.at.seq;
  }

  /** Whether there is nothing more to look at. */
  get isOver(): boolean {
    return this.broken !== null || this.at.seq >= this.frame.end.seq;
  }

  /** Takes the next rows in. None means that there are no more. */
  take(rows: readonly AuditRow[]): void {
    if (rows.length === 0) this.breakAt('The row is missing.');
    for (const row of rows) {
      if (this.isOver) return;
      const reason = this.reasonAgainst(row);
      if (reason !== null) return this.breakAt(reason);
      this.at = { seq: row.seq, hash: row.hash };
      this.checked += 1;
    }
  }

  result(): AuditVerification {
    const { seq, hash } = this.frame.end;
    if (this.broken === null && this.at.seq === seq && this.at.hash !== hash) {
      this.broken = { sequence: seq, reason: 'The chain does not end with this row.' };
    }
    return {
      intact: this.broken === null,
      checked: this.checked,
      end: { sequence: seq, hash },
      anchor: this.anchor && { sequence: this.anchor.upTo, hash: this.anchor.hash },
      broken: this.broken,
    };
  }

  private reasonAgainst({ seq, content, hash, ...columns }: AuditRow): string | null {
    if (seq !== this.at.seq + 1) return 'The row is missing.';
    if (hash !== hashAfter(this.at.hash, seq, content)) {
      return 'The hash does not fit: this row, or the one before it, is not as it was written.';
    }
    // Who looks for a row finds it by its columns, which the hash does not cover.
    return isDeepStrictEqual({ ...columns }, columnsOf(JSON.parse(content) as AuditContent))
      ? null
      : 'The columns of the row do not say what its content says.';
  }

  private breakAt(reason: string): void {
    this.broken = { sequence: this.at.seq + 1, reason };
  }
}

function anchorIn(row: AuditRow | undefined): AnchorContent | null {
  if (!row) return null;
  const content = JSON.parse(row.content) as AuditContent;
  return content.type === 'anchor' ? content : null;
}
