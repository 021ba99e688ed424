import { createHash } from 'node:crypto';
import type { Admitted } from '../domain/admission/verdict.ts';
import type { AuditOutcome, AuditProof, AuditSurface, Deed } from '../domain/audit.ts';
import type { FieldChange } from '../domain/field-changes.ts';
import type { Role } from '../domain/role.ts';

/** What every row says. */
interface Stamp {
  /** RFC 3339, in UTC and to the millisecond, so that times sort as text. */
  readonly at: string;
  /** Which server has written it. */
  readonly server: string;
}

/** What somebody has tried, as it is kept. */
export interface AttemptContent extends Stamp, Deed {
  readonly entry: string;
  readonly requestId: string;
  readonly surface: AuditSurface;
  readonly operation: string;
  readonly actor: { readonly id: string; readonly name: string; readonly role: Role | null } | null;
  readonly proof: AuditProof;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly decision: 'allowed' | 'refused';
  /** By what it was decided: `create service`, or the code of the refusal. */
  readonly rule: string | null;
  readonly objectId: string | null;
  readonly objectName: string | null;
}

/** Written before anything is touched. */
export interface IntentContent extends AttemptContent {
  readonly type: 'intent';
  readonly changes: readonly FieldChange[];
  /** Why the access policy lets it through; null where it has no say. */
  readonly admission: Admitted | null;
}

/** Written when nothing was to be touched. */
export interface RefusalContent extends AttemptContent {
  readonly type: 'refusal';
  readonly code: string;
}

/** What became of an intent. */
export interface ResultContent extends Stamp {
  readonly type: 'result';
  /** Of the intent. */
  readonly entry: string;
  readonly outcome: Extract<AuditOutcome, 'done' | 'failed' | 'unknown'>;
  readonly code: string | null;
  readonly objectId: string | null;
  /** From the intent to the end of the write; null where nobody was there to see the end. */
  readonly durationMs: number | null;
}

/** Stands for the oldest rows, which are no longer kept. */
export interface AnchorContent extends Stamp {
  readonly type: 'anchor';
  /** The last row that is gone, and its hash, on which the first that is left builds. */
  readonly upTo: number;
  readonly hash: string;
}

export type AuditContent = IntentContent | RefusalContent | ResultContent | AnchorContent;

/** What is found by, beside the content; all of it can be made from that again. */
export interface AuditColumns {
  readonly type: AuditContent['type'];
  readonly at: string;
  readonly entry: string | null;
  readonly actor_id: string | null;
  readonly actor_name: string | null;
  readonly verb: string | null;
  readonly kind: string | null;
  readonly object_id: string | null;
  readonly object_name: string | null;
  readonly outcome: string | null;
  readonly request_id: string | null;
}

const NOTHING = {
  entry: null,
  actor_id: null,
  actor_name: null,
  verb: null,
  kind: null,
  object_id: null,
  object_name: null,
  outcome: null,
  request_id: null,
};

/** The columns of a row with this content. */
export function columnsOf(content: AuditContent): AuditColumns {
  const { type, at } = content;
  switch (content.type) {
    case 'anchor':
      return { ...NOTHING, type, at };
    case 'result': {
      const { entry, outcome, objectId } = content;
      return { ...NOTHING, type, at, entry, outcome, object_id: objectId };
    }
    default: {
      const { entry, actor, verb, kind, objectId, objectName, requestId } = content;
      return {
        type,
        at,
        entry,
        actor_id: actor?.id ?? null,
        actor_name: actor?.name ?? null,
        verb,
        kind,
        object_id: objectId,
        object_name: objectName,
        outcome: content.type === 'refusal' ? 'refused' : null,
        request_id: requestId,
      };
    }
  }
}

/** On which the first row of all builds. */
export const GENESIS = '0'.repeat(64);

/** The hash of a row: over the one before it, its own number and its content. */
export function hashAfter(before: string, seq: number, content: string): string {
  return createHash('sha256').update(`${before}\n${seq}\n${content}`).digest('hex');
}
