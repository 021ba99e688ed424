import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLString,
  isEnumType,
  type GraphQLLeafType,
} from 'graphql';
import { BAIL } from './bail.ts';

/** Makes the JSON of a value that is not null. Throws, or throws `BAIL`, where graphql-js would refuse it. */
export type LeafText = (value: unknown) => string;

const MAX_INT = 2 ** 31 - 1;
const MIN_INT = -(2 ** 31);
/** What JSON has to escape; lone surrogates are escaped by `JSON.stringify`, too. */
// eslint-disable-next-line no-control-regex -- control characters are just what JSON escapes
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

/** Text as a JSON string; for short text without anything to escape faster than `JSON.stringify`. */
export function quote(text: string): string {
  return text.length < 100 && !ESCAPED.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** How values of a scalar or enum are written: what graphql-js' `serialize` and `JSON.stringify` do, in one step. */
export function leafText(type: GraphQLLeafType): LeafText {
  const slow: LeafText = (value) => {
    const serialized: unknown = type.serialize(value);
    if (serialized === undefined || serialized === null) throw BAIL;
    return JSON.stringify(serialized);
  };
  if (isEnumType(type)) {
    const texts = new Map<unknown, string>(
      type.getValues().map(({ name, value }) => [value, JSON.stringify(name)]),
    );
    return (value) => texts.get(value) ?? slow(value);
  }
  switch (type) {
    case GraphQLString:
    case GraphQLID:
      return (value) => (typeof value === 'string' ? quote(value) : slow(value));
    case GraphQLBoolean:
      return (value) => (typeof value === 'boolean' ? String(value) : slow(value));
    case GraphQLInt:
      return (value) =>
        Number.isInteger(value) && (value as number) <= MAX_INT && (value as number) >= MIN_INT
          ? String(value)
          : slow(value);
    case GraphQLFloat:
      return (value) => (Number.isFinite(value) ? String(value) : slow(value));
    default:
      return slow;
  }
}
