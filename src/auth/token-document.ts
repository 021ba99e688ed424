import { ROLES, type Role } from '../domain/access/access-role.ts';
import { EVERYTHING, type Scope } from '../domain/access/scope.ts';
import { invalid } from '../domain/errors.ts';
import { readScope } from '../grants/scope.types.ts';

/** A secret that goes on for a while after another one has taken its place. */
export interface FormerSecret {
  readonly sha256: string;
  /** Until when, RFC 3339. */
  readonly expiresAt: string;
}

/** What the swarm keeps of a token. Times are RFC 3339. */
export interface TokenDocument {
  readonly name: string;
  /** What it may do by itself; null where only grants say. */
  readonly role: Role | null;
  /** With which objects it may do that. */
  readonly scope: Scope;
  readonly sha256: string;
  /** How often it has been rotated. */
  readonly rotation: number;
  readonly previous: FormerSecret | null;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
}

/**
 * A token as it is kept. What earlier versions did not know has the value that it had for them. Fails `invalid` for what is
 * none; fields that are not known yet do no harm.
 */
export function readToken(kept: unknown): TokenDocument {
  const fields = kept as Readonly<Record<string, unknown>>;
  const text = (field: string): string => read(field, fields[field], isText);
  const time = (field: string): string | null => read(field, fields[field] ?? null, isTimeOrNull);
  return {
    name: text('name'),
    role: read('role', fields['role'] ?? null, isRoleOrNull),
    scope: fields['scope'] === undefined ? EVERYTHING : readScope(fields['scope']),
    sha256: text('sha256'),
    rotation: read('rotation', fields['rotation'] ?? 0, isCount),
    previous: read('previous', fields['previous'] ?? null, isFormerOrNull),
    createdAt: read('createdAt', fields['createdAt'], isTime),
    createdBy: text('createdBy'),
    expiresAt: time('expiresAt'),
    lastUsedAt: time('lastUsedAt'),
  };
}

function read<T>(field: string, value: unknown, isRight: (value: unknown) => value is T): T {
  if (isRight(value)) return value;
  throw invalid([{ pointer: `/${field}`, detail: 'It is not what a token has there.' }]);
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTime = (value: unknown): value is string => isText(value) && !Number.isNaN(Date.parse(value));
const isTimeOrNull = (value: unknown): value is string | null => value === null || isTime(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value);
const isRoleOrNull = (value: unknown): value is Role | null =>
  value === null || ROLES.some((role) => role === value);

function isFormerOrNull(value: unknown): value is FormerSecret | null {
  if (value === null) return true;
  const { sha256, expiresAt } = value as Partial<FormerSecret>;
  return isText(sha256) && isTime(expiresAt);
}
