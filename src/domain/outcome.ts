import type { FieldChange } from './field-changes.ts';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Whether what is there is what was asked for: equal wherever anything was said. Where null was asked for, Swarm may
 * have filled in its default.
 */
export function isAsAsked(asked: unknown, there: unknown): boolean {
  if (asked === null || asked === undefined) return true;
  if (Array.isArray(asked)) {
    return (
      Array.isArray(there) &&
      asked.length === there.length &&
      asked.every((item, index) => isAsAsked(item, there[index]))
    );
  }
  if (isObject(asked)) {
    return isObject(there) && Object.entries(asked).every(([key, part]) => isAsAsked(part, there[key]));
  }
  return Object.is(asked, there);
}

/** Whether an object shows all changes of a write: what was set is as asked, and what was unset is not as before. */
export function showsChanges(changes: readonly FieldChange[], there: unknown): boolean {
  return changes.every(({ pointer, before, after }) => {
    const now = at(there, pointer);
    return after === null ? !isAsAsked(before, now) : isAsAsked(after, now);
  });
}

/** The value at a JSON pointer (RFC 6901); undefined where there is none. */
function at(value: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (part, key) => (isObject(part) && Object.hasOwn(part, key) ? part[key] : undefined),
      value,
    );
}
