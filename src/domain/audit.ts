import type { Admitted } from './admission/verdict.ts';
import type { FieldChange } from './field-changes.ts';
import { PROOFS, type Principal } from './role.ts';

/** The ways in which a write can come. GraphQL over a WebSocket counts as its own. */
export const AUDIT_SURFACES = ['rest', 'graphql', 'websocket'] as const;
export type AuditSurface = (typeof AUDIT_SURFACES)[number];

/** What became of a write; `pending` while it is under way. */
export const AUDIT_OUTCOMES = ['pending', 'done', 'failed', 'unknown', 'refused'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** How somebody has proven who it is. */
export const AUDIT_PROOFS = ['none', ...PROOFS] as const;
export type AuditProof = (typeof AUDIT_PROOFS)[number];

/** Who asks, by which way and from where: what all writes of a request have in common. */
export interface AuditOrigin {
  readonly requestId: string;
  readonly surface: AuditSurface;
  /** Null while nobody has been proven. */
  readonly actor: Principal | null;
  /** As the connection has it, an IP address; null where there is none. */
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** What is meant by a request, in the same words on all surfaces: `scale` a `service`. */
export interface Deed {
  readonly verb: string;
  readonly kind: string;
}

/** What somebody tries to do. */
export interface AuditAttempt extends AuditOrigin, Deed {
  /** The route or the field of GraphQL: `POST /v1/services`, `createService`. */
  readonly operation: string;
  /** What it takes, as in `create service`; null where the request was refused before that was looked at. */
  readonly needs: string | null;
}

/** What is to be written: which object, and how it changes. */
export interface AuditSubject {
  /** Null for one that is yet to be made. */
  readonly id: string | null;
  /** Null where there is no single one. */
  readonly name: string | null;
  readonly changes: readonly FieldChange[];
  /** Why the access policy lets it through; null where it has no say. */
  readonly admission: Admitted | null;
}

const MAX_USER_AGENT = 120;

/** A user agent as it is kept: shortened, and one line. */
export function shortUserAgent(header: string | undefined): string | null {
  // eslint-disable-next-line no-control-regex -- those are what must go
  return header?.replace(/[\u0000-\u001f\u007f]/g, ' ').slice(0, MAX_USER_AGENT) ?? null;
}
