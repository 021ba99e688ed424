import { isDeepStrictEqual } from 'node:util';
import { at, documents, flag, put, text, textMap, texts, type Document } from './document.ts';

/** How one field of ours is read from and written to a document of the Engine API. */
export interface Codec<T> {
  read(document: Document): T;
  write(document: Document, value: T): void;
}

const NANOSECONDS_PER_MILLISECOND = 1e6;

/** Text that must be there; written as it is. */
export const requiredText = (path: string): Codec<string> => ({
  read: (document) => text(document, path) ?? '',
  write: (document, value) => put(document, path, value),
});

/** Text that may be unset; null removes it. */
export const optionalText = (path: string): Codec<string | null> => ({
  read: (document) => text(document, path),
  write: (document, value) => put(document, path, value ?? undefined),
});

/** One of a few words; an unset one reads as null. */
export const word = <T extends string>(path: string): Codec<T | null> =>
  optionalText(path) as Codec<T | null>;

/** A number, 0 when unset. */
export const count = (path: string): Codec<number> => ({
  read: (document) => (at(document, path) as number | undefined) ?? 0,
  write: (document, value) => put(document, path, value),
});

/** A number for which Swarm writes 0 or nothing when it is unset: both are null to us. */
export const positive = (path: string): Codec<number | null> => ({
  read: (document) => (at(document, path) as number | undefined) || null,
  write: (document, value) => put(document, path, value ?? undefined),
});

/** A number that may be unset, and may be 0. */
export const optionalNumber = (path: string): Codec<number | null> => ({
  read: (document) => (at(document, path) as number | undefined) ?? null,
  write: (document, value) => put(document, path, value ?? undefined),
});

/** Yes or no; absent is no, and no is written as absent, which is how Go leaves it. */
export const yesNo = (path: string): Codec<boolean> => ({
  read: (document) => flag(document, path),
  write: (document, value) => put(document, path, value || undefined),
});

/** Yes, no, or unset. */
export const optionalYesNo = (path: string): Codec<boolean | null> => ({
  read: (document) => (at(document, path) as boolean | undefined) ?? null,
  write: (document, value) => put(document, path, value ?? undefined),
});

/** Text that goes over the wire as base64, and may be unset. */
export const base64Text = (path: string): Codec<string | null> => ({
  read: (document) => {
    const encoded = text(document, path);
    return encoded === null ? null : Buffer.from(encoded, 'base64').toString();
  },
  write: (document, value) =>
    put(document, path, value === null ? undefined : Buffer.from(value).toString('base64')),
});

/** A duration: nanoseconds there, milliseconds here. */
export const duration = (path: string): Codec<number | null> => ({
  read: (document) => {
    const value = at(document, path);
    return typeof value === 'number' ? value / NANOSECONDS_PER_MILLISECOND : null;
  },
  write: (document, value) =>
    put(document, path, value === null ? undefined : Math.round(value * NANOSECONDS_PER_MILLISECOND)),
});

/** A duration for which 0, and nothing, mean that it is unset. */
export const positiveDuration = (path: string): Codec<number | null> => {
  const whole = duration(path);
  return { read: (document) => whole.read(document) || null, write: whole.write.bind(whole) };
};

/** A list of strings; an empty one is removed, which is how the Docker CLI leaves it. */
export const textList = (path: string): Codec<readonly string[]> => ({
  read: (document) => texts(document, path),
  write: (document, value) => put(document, path, value.length === 0 ? undefined : [...value]),
});

/** A map of strings. */
export const map = (path: string): Codec<Readonly<Record<string, string>>> => ({
  read: (document) => textMap(document, path),
  write: (document, value) => put(document, path, { ...value }),
});

/**
 * A list of objects. `known` writes our fields into a copy of the entry there was with the same key, so that
 * fields we do not know live on.
 */
export const list = <T>(
  path: string,
  read: (entry: Document) => T,
  known: (value: T) => Document,
  key: (entry: Document) => string,
): Codec<readonly T[]> => ({
  read: (document) => documents(document, path).map(read),
  write: (document, value) => {
    const before = new Map(documents(document, path).map((entry) => [key(entry), entry]));
    const entries = value.map((item) => {
      const fields = known(item);
      const entry: Document = { ...before.get(key(fields)), ...fields };
      for (const name of Object.keys(entry)) if (entry[name] === undefined) delete entry[name];
      return entry;
    });
    put(document, path, entries.length === 0 ? undefined : entries);
  },
});

/** The codecs of every field of `T`: forgetting one does not compile. */
export type Fields<T> = { readonly [K in keyof T]-?: Codec<T[K]> };

/** Reads every field. */
export function readFields<T>(fields: Fields<T>, document: Document): T {
  const result: Partial<T> = {};
  for (const name of Object.keys(fields) as (keyof T)[]) result[name] = fields[name].read(document);
  return result as T;
}

/** Writes one field. */
export function writeField<T, K extends keyof T>(
  fields: Fields<T>,
  name: K,
  document: Document,
  value: T[K],
): void {
  fields[name].write(document, value);
}

/** Writes the fields that the document does not have as they should be; everything else in it stays as it came. */
export function writeFields<T>(fields: Fields<T>, document: Document, value: T): void {
  for (const name of Object.keys(fields) as (keyof T)[]) {
    if (isDeepStrictEqual(fields[name].read(document), value[name])) continue;
    writeField(fields, name, document, value[name]);
  }
}

/** Always there, made of fields that are each unset or not. */
export const group = <T>(path: string, fields: Fields<T>): Codec<T> => ({
  read: (document) => readFields(fields, (at(document, path) as Document | undefined) ?? {}),
  write: (document, value) => {
    const part = structuredClone((at(document, path) ?? {}) as Document);
    writeFields(fields, part, value);
    put(document, path, part);
  },
});

/** There or not as a whole. */
export const optionalGroup = <T>(path: string, fields: Fields<T>): Codec<T | null> => {
  const whole = group(path, fields);
  return {
    read: (document) => (at(document, path) ? whole.read(document) : null),
    write: (document, value) =>
      value === null ? put(document, path, undefined) : whole.write(document, value),
  };
};

/**
 * A list of objects, each made of fields. An entry with the same key as one that was there keeps what we do not know
 * of it. Entries that are none of ours are not read, and stay behind those that are.
 */
export const items = <T>(
  path: string,
  fields: Fields<T>,
  key: (item: T) => string,
  isOurs: (entry: Document) => boolean = () => true,
): Codec<readonly T[]> => ({
  read: (document) =>
    documents(document, path)
      .filter(isOurs)
      .map((entry) => readFields(fields, entry)),
  write: (document, value) => {
    const there = documents(document, path);
    const before = new Map(there.filter(isOurs).map((entry) => [key(readFields(fields, entry)), entry]));
    const entries = value.map((item) => {
      const entry = structuredClone(before.get(key(item)) ?? {});
      writeFields(fields, entry, item);
      return entry;
    });
    entries.push(...there.filter((entry) => !isOurs(entry)));
    put(document, path, entries.length === 0 ? undefined : entries);
  },
});
