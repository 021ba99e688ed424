import { HIDDEN } from './redaction.ts';

/** Shorter values are words like any other: taking them out of a text would only spoil it. In characters. */
const MIN_LENGTH = 4;
/** How deep values are looked through: no input of ours is deeper. */
const MAX_DEPTH = 32;
/** A text is searched once for each: where there are more, all of it is hidden. */
const MAX_VALUES = 10_000;

/** What is secret wherever it stands, and known by its looks. */
const TOKENS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // Of this API (auth/token-format.ts), and those by which machines join (swarmkit, ca/config.go).
  [/\bswp_[\w-]+/g, HIDDEN],
  [/\bSWMTKN-\d+-[\w-]+/g, HIDDEN],
  // JSON Web Tokens (RFC 7519): a header that begins with `{"`, in base64url.
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, HIDDEN],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${HIDDEN}`],
  [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(-----END \1-----|$)/g, HIDDEN],
  [/\/\/[^/\s@]+@/g, `//${HIDDEN}@`],
];

/** A text without tokens, keys and passwords in URLs, which anything that made it may have put in. */
export function withoutTokens(text: string): string {
  return TOKENS.reduce((left, [pattern, replacement]) => left.replace(pattern, replacement), text);
}

/** A text without these values: every string in them, however deep, and however it was encoded on the way. */
export function withoutValues(text: string, ...values: readonly unknown[]): string {
  const found = new Set(values.flatMap((value) => stringsIn(value)).flatMap(encodingsOf));
  if (found.size > MAX_VALUES) return HIDDEN;
  // The longest first: one can be a part of another.
  const longestFirst = [...found].sort((one, other) => other.length - one.length);
  return longestFirst.reduce((left, value) => left.replaceAll(value, HIDDEN), text);
}

function stringsIn(value: unknown, depth = 0): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return [];
  return Object.values(value).flatMap((part) => stringsIn(part, depth + 1));
}

function encodingsOf(value: string): string[] {
  if (value.length < MIN_LENGTH) return [];
  const bytes = Buffer.from(value);
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value.toWellFormed()),
    bytes.toString('base64'),
    bytes.toString('base64url'),
  ];
}
