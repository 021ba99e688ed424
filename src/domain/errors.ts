import type { NetworkUser } from './network-user.ts';

/**
 * Every way in which a request can fail, by kind. Surfaces translate a kind to a status and a code in one
 * table (`api/error-table.ts`); a kind nobody reacts to differently does not earn a place here.
 */
export const ERROR_KINDS = [
  'invalid',
  'unauthenticated',
  'forbidden',
  'not-found',
  'not-acceptable',
  'ambiguous',
  'name-taken',
  'conflict',
  'in-use',
  'in-progress',
  'stale',
  'key-reused',
  'resync-required',
  'too-large',
  'unsupported-media-type',
  'too-many',
  'overloaded',
  'not-synced',
  'engine-unreachable',
  'not-a-manager',
  'no-leader',
  'audit-unavailable',
  'issuer-unreachable',
  'unknown-outcome',
  'timeout',
  'internal',
] as const;

export type ErrorKind = (typeof ERROR_KINDS)[number];

/** One thing wrong with one field of the input; `pointer` is a JSON pointer (RFC 6901) into the request. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/**
 * The one error that services, gateways and stores throw. `message` is public and says what to do next;
 * `cause` is for the log only.
 */
export class DomainError extends Error {
  readonly kind: ErrorKind;
  readonly errors: readonly FieldError[];
  /** Of `in-use`: all that uses the object. */
  readonly usedBy: readonly NetworkUser[];
  /** After how many seconds a retry can make sense, where that is known better than by its kind. */
  readonly retryAfter: number | undefined;

  constructor(
    kind: ErrorKind,
    message: string,
    options: {
      cause?: unknown;
      errors?: readonly FieldError[];
      usedBy?: readonly NetworkUser[];
      retryAfter?: number;
    } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'DomainError';
    this.kind = kind;
    this.errors = options.errors ?? [];
    this.usedBy = options.usedBy ?? [];
    this.retryAfter = options.retryAfter;
  }
}

/** The pointer to a key below `parent`, escaped as RFC 6901 asks. */
export function pointerTo(parent: string, key: string): string {
  return `${parent}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** An `invalid` error made of field errors; its message repeats the first so that a log line is enough. */
export function invalid(errors: readonly FieldError[]): DomainError {
  const first = errors[0];
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const message = first
    ? `${first.pointer || 'The request'}: ${first.detail}${more}`
    : 'The request is not valid.';
  return new DomainError('invalid', message, { errors });
}

/** True for a `DomainError` of one of the given kinds. */
export function isKind(error: unknown, ...kinds: ErrorKind[]): error is DomainError {
  return error instanceof DomainError && kinds.includes(error.kind);
}

/** Fails `invalid` when there is anything wrong. */
export function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(errors);
}

/** Fails `conflict`, with the first detail as its message, when there is anything that contradicts the swarm's state. */
export function refuseConflicts(errors: readonly FieldError[]): void {
  if (errors[0]) throw new DomainError('conflict', errors[0].detail, { errors });
}
