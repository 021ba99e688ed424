import { ValidateBy, buildMessage } from 'class-validator';
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';

const isEntry = (value: unknown): boolean => typeof value === 'string' || value === null;

/** True for an object whose values are strings, or null where a patch removes a key. */
export function isStringMap(value: unknown): value is Record<string, string | null> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every(isEntry)
  );
}

function parse(value: unknown): Record<string, string | null> {
  if (isStringMap(value)) return { ...value };
  throw new GraphQLError('A StringMap is an object whose values are strings.');
}

function fromLiteral(node: ValueNode, variables?: Readonly<Record<string, unknown>> | null): unknown {
  switch (node.kind) {
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields.map((field) => [field.name.value, fromLiteral(field.value, variables)]),
      );
    case Kind.VARIABLE:
      // A document is validated before its variables are known.
      return variables ? variables[node.name.value] : null;
    case Kind.NULL:
      return null;
    case Kind.STRING:
      return node.value;
    default:
      return undefined;
  }
}

/** Labels, options, environments: JSON objects of strings. GraphQL itself has no map. */
export const StringMapScalar = new GraphQLScalarType({
  name: 'StringMap',
  description: 'A JSON object whose values are strings. In the input of an update, a null removes its key.',
  serialize: (value) => value,
  parseValue: parse,
  parseLiteral: (node, variables) => parse(fromLiteral(node, variables)),
});

/** class-validator's side of `StringMapScalar`. */
export function IsStringMap(): PropertyDecorator {
  return ValidateBy({
    name: 'isStringMap',
    validator: {
      validate: isStringMap,
      defaultMessage: buildMessage((each) => `${each}must be an object whose values are strings`),
    },
  });
}
