import {
  getNamedType,
  getNullableType,
  GraphQLError,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  OperationTypeNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';
import { DEFAULT_LIMIT, MAX_LIMIT } from '../page.ts';

/** How deep fields may be nested. */
export const MAX_DEPTH = 12;
/** How many fields may have an alias. */
export const MAX_ALIASES = 100;
/** How many fields an answer may have, estimated: a list counts its fields once for each of its objects. */
export const MAX_COST = 500_000;
/** How many tokens a document may have; parsing stops there. */
export const MAX_TOKENS = 10_000;
/** What a list counts as that has no pages: the tasks of a service, the services on a network. */
const LIST_LENGTH = 10;

interface Measure {
  readonly depth: number;
  readonly aliases: number;
  readonly cost: number;
}

const NOTHING: Measure = { depth: 0, aliases: 0, cost: 0 };

/**
 * A validation rule, for HTTP and WebSocket alike: refuses operations that are too deep, have too many aliases or ask
 * for too much. Fragments count wherever they are spread. Introspection is not counted: graphql-js limits it.
 */
export const operationLimits: ValidationRule = (context) => ({
  OperationDefinition(operation) {
    const schema = context.getSchema();
    const root = schema.getRootType(operation.operation);
    const measure = new Meter(schema, (name) => context.getFragment(name)).measure(
      operation.selectionSet,
      root ?? undefined,
    );
    const refuse = (what: string, is: number, limit: number, advice: string): void => {
      if (is <= limit) return;
      const whole = Number.isSafeInteger(Math.round(is)) ? Math.round(is).toLocaleString('en') : 'too much';
      const message = `${what} of the ${operation.operation} is ${whole}; at most ${limit.toLocaleString('en')} is allowed. ${advice}`;
      context.reportError(new GraphQLError(message, { nodes: operation }));
    };
    refuse('The depth', measure.depth, MAX_DEPTH, 'Nest fewer fields.');
    refuse('The number of aliases', measure.aliases, MAX_ALIASES, 'Use a filter, or several requests.');
    const advice =
      operation.operation === OperationTypeNode.QUERY
        ? 'Ask for shorter pages (`first`) or nest fewer lists.'
        : 'Nest fewer lists.';
    refuse('The cost', measure.cost, MAX_COST, advice);
  },
});

class Meter {
  /** Undefined while a fragment is being measured, so that a circle of them ends; another rule refuses it. */
  private readonly fragments = new Map<string, Measure | undefined>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragment: (name: string) => FragmentDefinitionNode | null | undefined,
  ) {}

  measure(set: SelectionSetNode, parent: GraphQLNamedType | undefined): Measure {
    let [depth, aliases, cost] = [0, 0, 0];
    for (const selection of set.selections) {
      const part =
        selection.kind === Kind.FIELD
          ? this.field(selection, parent)
          : selection.kind === Kind.FRAGMENT_SPREAD
            ? this.spread(selection.name.value)
            : this.measure(
                selection.selectionSet,
                selection.typeCondition ? this.schema.getType(selection.typeCondition.name.value) : parent,
              );
      depth = Math.max(depth, part.depth);
      aliases += part.aliases;
      cost += part.cost;
    }
    return { depth, aliases, cost };
  }

  private field(node: FieldNode, parent: GraphQLNamedType | undefined): Measure {
    const aliases = node.alias ? 1 : 0;
    const name = node.name.value;
    if (name.startsWith('__')) return { depth: 0, aliases, cost: 0 };
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    const inside = node.selectionSet
      ? this.measure(node.selectionSet, field && getNamedType(field.type))
      : NOTHING;
    return {
      depth: inside.depth + 1,
      aliases: aliases + inside.aliases,
      cost: 1 + lengthOf(node, field, parent) * inside.cost,
    };
  }

  private spread(name: string): Measure {
    if (this.fragments.has(name)) return this.fragments.get(name) ?? NOTHING;
    this.fragments.set(name, undefined);
    const definition = this.fragment(name);
    const measure = definition
      ? this.measure(definition.selectionSet, this.schema.getType(definition.typeCondition.name.value))
      : NOTHING;
    this.fragments.set(name, measure);
    return measure;
  }
}

/** How many objects a field is taken to answer. The list in a page is counted where the page is asked for. */
function lengthOf(
  node: FieldNode,
  field: GraphQLField<unknown, unknown> | undefined,
  parent: GraphQLNamedType | undefined,
): number {
  if (!field) return 1;
  if (field.args.some(({ name }) => name === 'first')) return pageLength(node);
  const isInPage = isObjectType(parent) && 'pageInfo' in parent.getFields();
  return isObjectList(field.type) && !isInPage ? LIST_LENGTH : 1;
}

function pageLength(node: FieldNode): number {
  const value = node.arguments?.find(({ name }) => name.value === 'first')?.value;
  if (value === undefined || value.kind === Kind.NULL) return DEFAULT_LIMIT;
  // A document is validated before its variables are known.
  return value.kind === Kind.INT ? Math.min(Math.max(Number(value.value), 1), MAX_LIMIT) : MAX_LIMIT;
}

function isObjectList(type: GraphQLOutputType): boolean {
  return isListType(getNullableType(type)) && isCompositeType(getNamedType(type));
}
