import { buildSchema, graphql } from 'graphql';
import { describe, expect, it } from 'vitest';
import { withoutRepeatedValues } from '../../../src/api/graphql/repeated-values.ts';

const SCHEMA = buildSchema(`
  enum Role { VIEWER ADMIN }
  input Nested { text: String, count: Int }
  input Input { text: String!, count: Int, role: Role, on: Boolean, id: ID, list: [String!], nested: Nested }
  type Query { ask(input: Input!): Int }
`);
const CANARY = 'can"ary; 7 at "x"; y.';

async function messages(source: string, input?: unknown): Promise<string[]> {
  const { errors = [] } = await graphql({ schema: SCHEMA, source, variableValues: { input } });
  return errors.map(({ message }) => withoutRepeatedValues(message));
}

describe('an error of GraphQL repeats no value', () => {
  const QUERY = 'query ($input: Input!) { ask(input: $input) }';

  it.each<[string, unknown, RegExp]>([
    [
      'in place of a number',
      { text: 'x', count: CANARY },
      /got an invalid value at "input.count"; Int cannot/,
    ],
    ['in place of a switch', { text: 'x', on: CANARY }, /Boolean cannot represent a non boolean value/],
    ['in place of an object', { text: 'x', nested: CANARY }, /at "input.nested"; Expected type "Nested"/],
    [
      'in an object for a text',
      { text: { password: CANARY } },
      /String cannot represent a non string value\.$/,
    ],
    ['in an object for an id', { text: 'x', id: { password: CANARY } }, /ID cannot represent value/],
    [
      'beside a field that there is not',
      { text: 'x', nested: { text: CANARY, nothing: 1 } },
      /"nothing" is not defined/,
    ],
    ['beside a field that is missing', { list: [CANARY] }, /Field "text" of required type/],
    ['in place of everything', CANARY, /Expected type "Input" to be an object/],
  ])('of a variable: %s', async (_, input, rest) => {
    const [message = ''] = await messages(QUERY, input);
    expect(message).toMatch(rest);
    expect(message).not.toContain('ary');
  });

  it.each<[string, string, RegExp]>([
    ['in place of a number', `count: ${JSON.stringify(CANARY)}`, /Int cannot represent non-integer value/],
    ['in place of an object', `nested: ${JSON.stringify(CANARY)}`, /Expected value of type "Nested"/],
    ['in place of an enum', `role: ${JSON.stringify(CANARY)}`, /Enum "Role" cannot represent non-enum value/],
    [
      'in an object',
      `on: { password: ${JSON.stringify(CANARY)} }`,
      /Boolean cannot represent a non boolean value/,
    ],
    ['where there should be a name', JSON.stringify(CANARY), /^Syntax Error: Expected Name, found String/],
  ])('of a literal: %s', async (_, field, rest) => {
    const found = await messages(`{ ask(input: { text: "x", ${field} }) }`);
    expect(found.join('\n')).toMatch(rest);
    expect(found.join('\n')).not.toContain('ary');
  });

  it('of a literal in place of all', async () => {
    const found = await messages(`{ ask(input: ${JSON.stringify(CANARY)}) }`);
    expect(found).toEqual(['Expected value of type "Input!".']);
  });

  it.each([
    'Syntax Error: Expected Name, found "}".',
    'Cannot query field "x" on type "Query". Did you mean "ask"?',
    'Variable "$input" of required type "Input!" was not provided.',
    'Expected value of type "Role", found viewer.',
  ])('and tells all the rest: %s', (message) => expect(withoutRepeatedValues(message)).toBe(message));
});
