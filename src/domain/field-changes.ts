import { pointerTo } from './errors.ts';

/** One field that a write changes. `before` and `after` are JSON; null where there is nothing. */
export interface FieldChange {
  /** JSON pointer (RFC 6901) into the object. */
  readonly pointer: string;
  readonly before: unknown;
  readonly after: unknown;
}

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What differs between two JSON values, field by field: objects are compared key by key, in the order of the second
 * and then of the first; lists are compared as a whole, as JSON Merge Patch replaces them. Nothing differs between null
 * and what is not there.
 */
export function fieldChanges(before: unknown, after: unknown, pointer = ''): FieldChange[] {
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(after), ...Object.keys(before)]);
    return [...keys].flatMap((key) => {
      const values = [own(before, key), own(after, key)] as const;
      return values[0] === values[1] ? [] : fieldChanges(...values, pointerTo(pointer, key));
    });
  }
  return isSame(before ?? null, after ?? null)
    ? []
    : [{ pointer, before: before ?? null, after: after ?? null }];
}

function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  }
  if (isObject(a) && isObject(b)) return fieldChanges(a, b).length === 0;
  return Object.is(a, b);
}
