/** A JSON object of the Engine API, whose fields we know only in part. */
export type Document = { [key: string]: unknown };

const isDocument = (value: unknown): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a dotted path, or undefined where the path ends early. */
export function at(document: unknown, path: string): unknown {
  let value = document;
  for (const key of path.split('.')) {
    if (!isDocument(value)) return undefined;
    value = value[key];
  }
  return value;
}

/** Sets the value at a dotted path, making the objects on the way; undefined removes the field instead. */
export function put(document: Document, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() as string;
  let holder = document;
  for (const key of keys) {
    const next = holder[key];
    if (isDocument(next)) {
      holder = next;
    } else {
      if (value === undefined) return;
      const made: Document = {};
      holder[key] = made;
      holder = made;
    }
  }
  if (value === undefined) delete holder[last];
  else holder[last] = value;
}

/** The string at a path; the empty string, which is how Go writes "unset", is null. */
export function text(document: unknown, path: string): string | null {
  const value = at(document, path);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The number at a path, or null. */
export function number(document: unknown, path: string): number | null {
  const value = at(document, path);
  return typeof value === 'number' ? value : null;
}

/** The boolean at a path; absent is false. */
export function flag(document: unknown, path: string): boolean {
  return at(document, path) === true;
}

/** The array of objects at a path; null and absent are empty. */
export function documents(document: unknown, path: string): Document[] {
  const value = at(document, path);
  return Array.isArray(value) ? value.filter(isDocument) : [];
}

/** The array of strings at a path; null and absent are empty. */
export function texts(document: unknown, path: string): string[] {
  const value = at(document, path);
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** The string map at a path; null and absent are empty. */
export function textMap(document: unknown, path: string): Record<string, string> {
  const value = at(document, path);
  if (!isDocument(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** `Version.Index` of a swarm object. */
export function version(document: unknown): number {
  return number(document, 'Version.Index') ?? 0;
}

/** Drops the prefix length that Swarm writes behind an address: `10.0.9.2/24` is `10.0.9.2`. */
export function plainAddress(address: string): string {
  const slash = address.indexOf('/');
  return slash < 0 ? address : address.slice(0, slash);
}
