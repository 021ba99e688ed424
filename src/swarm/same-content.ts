/**
 * Whether two values that JSON could hold say the same, whatever the order of their fields. Objects of the state are
 * such values; Node's own comparison, which knows of everything there is, takes several times as long.
 */
export function sameContent(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((part, index) => sameContent(part, b[index]));
  }
  if (Array.isArray(b)) return false;
  let fields = 0;
  for (const field in a) {
    fields++;
    if (!Object.hasOwn(b, field)) return false;
    if (!sameContent((a as Record<string, unknown>)[field], (b as Record<string, unknown>)[field])) {
      return false;
    }
  }
  for (const _ in b) fields--;
  return fields === 0;
}
