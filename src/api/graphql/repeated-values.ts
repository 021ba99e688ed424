/** A value as graphql-js writes it in a message: strings are in quotes, and nothing else holds a semicolon. */
const VALUE = String.raw`(?:"(?:[^"\\]|\\.)*"|[^";])*?`;
/** Where the value is over: a message goes on with what is wrong, or ends. */
const END = String.raw`(?=(?: at "[^"]*")?; |\.?$)`;

const INVALID = new RegExp(`\\b(got|has) invalid value ${VALUE}${END}`, 's');
/** A string or an object; names are told, since they are what is wrong. */
const FOUND = new RegExp(`^(Expected value of type "[^"]*"), found (?=["{[])${VALUE}${END}`, 's');
const REPRESENTED = /(cannot represent (?:an? )?(?:non[- ][\w ]+)?value): .*$/s;
const UNEXPECTED = /^(Syntax Error: .*?(?:Block)?String) ".*"/s;

/**
 * A message of graphql-js about a document or its variables (16: `execution/values`, `ValuesOfCorrectTypeRule`,
 * `type/scalars`, `language/parser`) without the values that it repeats: they can be secrets that stand in a wrong place.
 */
export function withoutRepeatedValues(message: string): string {
  return message
    .replace(REPRESENTED, '$1.')
    .replace(INVALID, '$1 an invalid value')
    .replace(FOUND, '$1')
    .replace(UNEXPECTED, '$1');
}
