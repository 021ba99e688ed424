import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';

export interface OperationOptions {
  /** How many levels of objects are selected, with all their fields; 0 for their types alone. */
  readonly depth?: number;
  /** What a text is that an argument or a field of an input asks for, by its name. */
  readonly text?: (name: string) => string;
}

/** So many of each list are enough, and cost less than a query may. */
const FIRST = 5;

/** An operation that asks for one field of a root type, as `Query.network`, with whatever arguments it needs. */
export function operationFor(
  schema: GraphQLSchema,
  field: string,
  { depth = 0, text = () => 'nothing-of-this-name' }: OperationOptions = {},
): { query: string; variables: Record<string, unknown> } {
  const [root = '', name = ''] = field.split('.');
  const type = { Query: schema.getQueryType(), Mutation: schema.getMutationType() }[root];
  const definition = (type ?? schema.getSubscriptionType())?.getFields()[name];
  if (!definition) throw new Error(`There is no field ${field}.`);
  const required = definition.args.filter((argument) => isNonNullType(argument.type));
  const declared = required.map((argument) => `$${argument.name}: ${String(argument.type)}`).join(', ');
  const passed = [
    ...required.map((argument) => `${argument.name}: $${argument.name}`),
    ...(depth > 0 ? firstOf(definition) : []),
  ].join(', ');
  const selection = selectionOf(getNamedType(definition.type), depth);
  return {
    query: `${root.toLowerCase()}${declared && ` (${declared})`} { ${name}${passed && `(${passed})`}${selection} }`,
    variables: Object.fromEntries(
      required.map((argument) => [argument.name, valueFor(argument.type, argument.name, text)]),
    ),
  };
}

const firstOf = ({ args }: GraphQLField<unknown, unknown>): string[] =>
  args.some(({ name }) => name === 'first') ? [`first: ${FIRST}`] : [];

function selectionOf(type: GraphQLNamedType, depth: number): string {
  if (isLeafType(type)) return '';
  if (isUnionType(type) && depth > 0) {
    const parts = type.getTypes().map((part) => `... on ${part.name}${selectionOf(part, depth)}`);
    return ` { ${parts.join(' ')} }`;
  }
  if (!isObjectType(type) || depth === 0) return ' { __typename }';
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const inner = getNamedType(field.type);
    if (field.args.some((argument) => isNonNullType(argument.type))) return [];
    const first = firstOf(field).map((argument) => `(${argument})`);
    return [`${field.name}${first.join()}${selectionOf(inner, depth - 1)}`];
  });
  return ` { ${fields.join(' ')} }`;
}

function valueFor(type: GraphQLInputType, name: string, text: (name: string) => string): unknown {
  if (isNonNullType(type)) return valueFor(type.ofType, name, text);
  if (isListType(type)) return [];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) {
    const required = Object.values(type.getFields()).filter((field) => isNonNullType(field.type));
    return Object.fromEntries(required.map((field) => [field.name, valueFor(field.type, field.name, text)]));
  }
  return type.name === 'Int' ? 1 : text(name);
}
