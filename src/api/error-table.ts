import { DomainError, type ErrorKind, type FieldError } from '../domain/errors.ts';
import type { NetworkUser } from '../domain/network-user.ts';

interface ErrorRow {
  readonly status: number;
  readonly title: string;
  /** Seconds after which a retry can make sense; sent as `Retry-After`. */
  readonly retryAfter?: number;
}

/** The one place that turns a kind of error into what clients see, on every surface. */
export const ERROR_TABLE: Readonly<Record<ErrorKind, ErrorRow>> = {
  invalid: { status: 400, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'Not authenticated' },
  forbidden: { status: 403, title: 'Not allowed' },
  'not-found': { status: 404, title: 'Not found' },
  'not-acceptable': { status: 406, title: 'No such format' },
  ambiguous: { status: 400, title: 'The reference is ambiguous' },
  'name-taken': { status: 409, title: 'The name is taken' },
  conflict: { status: 409, title: 'In conflict with the current state' },
  'in-use': { status: 409, title: 'Still in use' },
  'in-progress': { status: 409, title: 'Under way', retryAfter: 1 },
  stale: { status: 412, title: 'The object has changed' },
  'key-reused': { status: 422, title: 'The idempotency key was used for something else' },
  'resync-required': { status: 410, title: 'Changes were missed' },
  'too-large': { status: 413, title: 'The request is too large' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  'too-many': { status: 429, title: 'Too many at once' },
  overloaded: { status: 503, title: 'Overloaded', retryAfter: 1 },
  'not-synced': { status: 503, title: 'Not ready yet', retryAfter: 1 },
  'engine-unreachable': { status: 503, title: 'The Docker engine cannot be reached', retryAfter: 2 },
  'not-a-manager': { status: 503, title: 'The engine is not a swarm manager', retryAfter: 10 },
  'no-leader': { status: 503, title: 'The swarm has no leader', retryAfter: 5 },
  'audit-unavailable': { status: 503, title: 'The audit trail cannot be written', retryAfter: 2 },
  'issuer-unreachable': { status: 503, title: 'The issuer of the token cannot be reached', retryAfter: 60 },
  'unknown-outcome': { status: 504, title: 'The outcome is not known' },
  timeout: { status: 504, title: 'The engine did not answer in time', retryAfter: 2 },
  internal: { status: 500, title: 'Internal error' },
};

/** The content type of a problem document. */
export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** An RFC 9457 problem document. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  readonly errors?: readonly FieldError[];
  readonly usedBy?: readonly NetworkUser[];
}

/** The machine-readable code of a kind, the same in REST and GraphQL: `name-taken` is `NAME_TAKEN`. */
export function codeOf(kind: ErrorKind): string {
  return kind.toUpperCase().replaceAll('-', '_');
}

/** The problem document for an error. What is no `DomainError` is a bug: its text stays in the log. */
export function problemOf(error: unknown, requestId: string): Problem {
  const known = error instanceof DomainError ? error : unexpected(error);
  const { status, title } = ERROR_TABLE[known.kind];
  return {
    type: `urn:swarmplane:problem:${known.kind}`,
    title,
    status,
    detail: known.message,
    code: codeOf(known.kind),
    requestId,
    ...(known.errors.length > 0 ? { errors: known.errors } : {}),
    ...(known.usedBy.length > 0 ? { usedBy: known.usedBy } : {}),
  };
}

/**
 * `extensions` of a GraphQL error: the problem document without what GraphQL says elsewhere, and after how many seconds to
 * try again where that is known, for a WebSocket has no headers.
 */
export function extensionsOf(error: unknown, requestId: string): Record<string, unknown> {
  const { code, type, status, errors, usedBy } = problemOf(error, requestId);
  const retryAfter = error instanceof DomainError ? error.retryAfter : undefined;
  return {
    code,
    type,
    status,
    requestId,
    ...(errors ? { errors } : {}),
    ...(usedBy ? { usedBy } : {}),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

function unexpected(cause: unknown): DomainError {
  return new DomainError(
    'internal',
    'Something went wrong that should not have. Report it with the requestId; the server log has the cause.',
    { cause },
  );
}
