import type { StringMap } from '../object.ts';
import { DEFAULT_WEIGHT, MAX_WEIGHT, type Backend } from '../route.ts';

/** How a value is written in a label. What `write` writes, `read` reads back. */
export interface Format<T> {
  /** Undefined where the text is none of it. */
  read(text: string): T | undefined;
  write(value: T): string;
  /** Ends the sentence "Write …". */
  readonly example: string;
}

/** The items of a list, without the spaces around them. */
export function itemsOf(text: string, separator = ','): string[] {
  return text.trim() === '' ? [] : text.split(separator).map((item) => item.trim());
}

/** A boolean as Go's `strconv.ParseBool` has it. */
export function booleanOf(text: string): boolean | undefined {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true;
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text) ? false : undefined;
}

/** A whole number without sign or leading zeros, up to nine digits. */
export function wholeNumberOf(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,8})$/.test(text) ? Number(text) : undefined;
}

/** As it is: `checkRouteSpec` judges it. */
export const TEXT: Format<string> = { read: (text) => text, write: (text) => text, example: 'a text' };

export const NUMBER: Format<number> = { read: wholeNumberOf, write: String, example: 'a whole number' };

export const BOOLEAN: Format<boolean> = { read: booleanOf, write: String, example: 'true or false' };

/** One of some words. */
export function oneOf<const T extends string>(...words: readonly T[]): Format<T> {
  return {
    read: (text) => words.find((word) => word === text),
    write: (word) => word,
    example: words.join(' or '),
  };
}

/** Items with commas between them, at least one: an empty list of who may come in would let everybody in. */
export function listOf<T>(item: Format<T>): Format<readonly T[]> {
  return {
    read: (text) => {
      const items = itemsOf(text).map((each) => item.read(each));
      return items.length === 0 || items.includes(undefined) ? undefined : (items as T[]);
    },
    write: (items) => items.map((each) => item.write(each)).join(','),
    example: `a list with commas, each item ${item.example}`,
  };
}

const UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

/** Milliseconds, written with a unit: `500ms`, `30s`, `5m`, `1h`. */
export const DURATION: Format<number> = {
  read: (text) => {
    const [, count = '', unit = ''] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
    const size = UNITS.find(([name]) => name === unit)?.[1];
    const number = wholeNumberOf(count);
    return size === undefined || number === undefined ? undefined : number * size;
  },
  write: (value) => {
    const [unit, size] = UNITS.find(([, each]) => value > 0 && value % each === 0) ?? ['ms', 1];
    return `${value / size}${unit}`;
  },
  example: 'a duration with its unit, like 500ms, 30s, 5m or 1h',
};

/** `service:port*weight`: without `:port` where the service publishes just one, without `*weight` where it is 1. */
export const BACKEND: Format<Backend> = {
  read: (text) => {
    const [, service = '', port, weight] = /^([^:*]+)(?::(\d+))?(?:\*(\d+))?$/.exec(text) ?? [];
    const numbers = [port ?? '0', weight ?? '0'].map(wholeNumberOf);
    if (service === '' || numbers.includes(undefined)) return undefined;
    return {
      service,
      port: port === undefined ? null : Number(port),
      weight: Number(weight ?? DEFAULT_WEIGHT),
    };
  },
  write: ({ service, port, weight }) =>
    `${service}${port === null ? '' : `:${port}`}${weight === DEFAULT_WEIGHT ? '' : `*${weight}`}`,
  example: `service:port*weight, like web:8080 or web:8080*9, the weight up to ${MAX_WEIGHT}`,
};

/** `name:hash`, with commas between them: hashes of crypt(3) have none. */
export const USERS: Format<StringMap> = {
  read: (text) => {
    const users =
      listOf(TEXT)
        .read(text)
        ?.map((user) => user.split(':')) ?? [];
    const names = new Set(users.map(([name]) => name));
    return users.every((user) => user.length === 2) && names.size === users.length
      ? (Object.fromEntries(users) as StringMap)
      : undefined;
  },
  write: (users) =>
    Object.entries(users)
      .map(([name, hash]) => `${name}:${hash}`)
      .sort()
      .join(','),
  example: 'a list with commas of name:hash, each name once',
};
