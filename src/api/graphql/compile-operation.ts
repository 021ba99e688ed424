import {
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  OperationTypeNode,
  visit,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type DocumentNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { isFromState } from '../from-state.ts';
import { BAIL } from './bail.ts';
import type { FragmentCache } from './fragment-cache.ts';
import { leafText } from './leaf-text.ts';

type Variables = Readonly<Record<string, unknown>>;

/** What one execution hands to every field. */
interface Run {
  readonly variables: Variables;
  readonly context: unknown;
}

/** Makes the JSON of a value. Throws `BAIL`, or whatever a resolver throws. */
type Write = (value: unknown, run: Run) => string;

/** A field of an object, ready to be written. */
interface Writer {
  readonly write: Write;
  /**
   * Where the text depends on nothing but the value (no resolver, no arguments), what is selected of it: writers of the
   * same type with the same selection write the same. Null otherwise.
   */
  readonly selection: string | null;
}

/**
 * A query that writes its answer, the JSON of `data`. Rejects, with `BAIL` or with a resolver's error, when the answer
 * is not a plain one: then graphql-js has to execute the query. `variables` are coerced.
 */
export type CompiledQuery = (variables: Variables, context: unknown) => Promise<string>;

/**
 * Compiles a query to functions that write JSON, without the tree of objects between. Answers null for what only
 * graphql-js executes: introspection, interfaces and unions, mutations and subscriptions, and whatever is not answered
 * from the state alone, because that must not be asked twice when the first answer is an error.
 *
 * Resolvers of nested fields are called with `(parent, args, context, info)` as always, but must answer at once; the
 * `info` of nested fields has no `path`.
 * @param variables coerced; only those of `@skip` and `@include` matter, so a query is compiled once for each of their
 *   combinations
 */
export function compileQuery(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
  fragments: FragmentCache,
): CompiledQuery | null {
  const root = schema.getQueryType();
  if (operation.operation !== OperationTypeNode.QUERY || !root) return null;
  try {
    return new Compiler(schema, document, operation, variables, fragments).query(root);
  } catch (error) {
    if (error === BAIL) return null;
    throw error;
  }
}

/** The variables on which it depends which fields an operation has: those of `@skip` and `@include`. */
export function conditionsOf(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Directive(directive) {
      const value = directive.arguments?.find(({ name }) => name.value === 'if')?.value;
      if (value?.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}

class Compiler {
  private readonly fragmentsByName = new Map<string, FragmentDefinitionNode>();

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
    private readonly operation: OperationDefinitionNode,
    private readonly variables: Variables,
    private readonly cache: FragmentCache,
  ) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) {
        this.fragmentsByName.set(definition.name.value, definition);
      }
    }
  }

  query(root: GraphQLObjectType): CompiledQuery {
    const fields = [...this.collect(root, [this.operation.selectionSet])].map(([key, nodes]) => {
      if (nodes[0].name.value === '__typename') return constantField(key, root.name);
      const field = fieldOf(root, nodes[0]);
      const { resolve } = field;
      if (!resolve || !isFromState(field)) throw BAIL;
      const args = this.args(field, nodes[0]);
      const info = this.info(root, field, nodes, key);
      const { write } = this.value(field.type, nodes, true);
      return {
        prefix: `${JSON.stringify(key)}:`,
        resolve: (run: Run): unknown =>
          resolve(undefined, args(run), run.context, { ...info, variableValues: run.variables }),
        write,
      };
    });
    return async (variables, context) => {
      const run = { variables, context };
      // All begin in one turn, as graphql-js has it; what is nested is read in one turn, once all are there.
      const values = await Promise.all(fields.map((field) => field.resolve(run)));
      if (values.some(isFailure)) throw BAIL;
      return `{${fields.map(({ prefix, write }, index) => prefix + write(values[index], run)).join(',')}}`;
    };
  }

  /** @param keeps whether the objects in it remember what is made of them; false within one that does */
  private value(type: GraphQLOutputType, nodes: Nodes, keeps: boolean): Writer {
    if (isNonNullType(type)) {
      const { write, selection } = this.present(type.ofType, nodes, keeps);
      return {
        selection,
        write(value, run) {
          if (value === null || value === undefined) throw BAIL;
          return write(value, run);
        },
      };
    }
    const { write, selection } = this.present(type, nodes, keeps);
    return {
      selection,
      write: (value, run) => (value === null || value === undefined ? 'null' : write(value, run)),
    };
  }

  /** How a value that is there is written. */
  private present(type: GraphQLOutputType, nodes: Nodes, keeps: boolean): Writer {
    if (isListType(type)) {
      const { write, selection } = this.value(type.ofType, nodes, keeps);
      return {
        selection,
        write(value, run) {
          if (!Array.isArray(value)) throw BAIL;
          let text = '[';
          for (let index = 0; index < value.length; index++) {
            if (index > 0) text += ',';
            text += write(value[index], run);
          }
          return `${text}]`;
        },
      };
    }
    if (isLeafType(type)) return { write: leafText(type), selection: '' };
    if (isObjectType(type)) return this.object(type, nodes, keeps);
    throw BAIL;
  }

  private object(type: GraphQLObjectType, nodes: Nodes, keeps: boolean): Writer {
    // How graphql-js tells that an object is none of the type; none of ours asks.
    if (type.isTypeOf) throw BAIL;
    const fields = [...this.collect(type, setsOf(nodes))].map(([key, own]) => this.field(type, key, own));
    const runs = runsOf(fields);
    const selections = runs.map((run) => run.selection);
    const parts = runs.map(({ selection, write }) =>
      selection !== null && keeps ? this.remembered(`${type.name} ${selection}`, write) : write,
    );
    return {
      selection: selections.includes(null) ? null : `{${selections.join(' ')}}`,
      write(value, run) {
        if (typeof value !== 'object' || value === null) throw BAIL;
        let text = '{';
        for (let index = 0; index < parts.length; index++) {
          if (index > 0) text += ',';
          text += (parts[index] as Write)(value, run);
        }
        return `${text}}`;
      },
    };
  }

  /** Fields that are read from the object alone: made once for each object that never changes. */
  private remembered(selection: string, write: Write): Write {
    const recall = this.cache.remembering(selection, (object) => write(object, PURE));
    return (value) => (Object.isFrozen(value) ? recall(value as object) : write(value, PURE));
  }

  private field(parent: GraphQLObjectType, key: string, nodes: Nodes): Writer {
    const [node] = nodes;
    const prefix = `${JSON.stringify(key)}:`;
    if (node.name.value === '__typename') {
      const text = prefix + JSON.stringify(parent.name);
      return { write: () => text, selection: `${key}:__typename` };
    }
    const field = fieldOf(parent, node);
    const { resolve, name } = field;
    // What is read from the object alone is remembered with the object, all at once.
    const { write, selection } = this.value(field.type, nodes, !this.isPure(field, nodes));
    if (!resolve) {
      return {
        selection: selection === null ? null : `${key}:${name}${selection}`,
        write(source, run) {
          const value = (source as Record<string, unknown>)[name];
          if (typeof value === 'function') throw BAIL;
          return prefix + write(value, run);
        },
      };
    }
    if (!isFromState(field)) throw BAIL;
    const args = this.args(field, node);
    const info = this.info(parent, field, nodes, key);
    return {
      selection: null,
      write(source, run) {
        const value: unknown = resolve(source, args(run), run.context, info);
        if (isPromise(value)) {
          // Its outcome is for graphql-js' own execution; here nobody waits for it.
          value.catch(() => undefined);
          throw BAIL;
        }
        if (isFailure(value)) throw BAIL;
        return prefix + write(value, run);
      },
    };
  }

  /** Whether nothing in a field has a resolver. */
  private isPure(field: GraphQLField<unknown, unknown>, nodes: Nodes): boolean {
    if (field.resolve) return false;
    const type = getNamedType(field.type);
    if (!isObjectType(type)) return true;
    return [...this.collect(type, setsOf(nodes)).values()].every(
      (own) => own[0].name.value === '__typename' || this.isPure(fieldOf(type, own[0]), own),
    );
  }

  /** The arguments of a field: made once where they have no variables. */
  private args(
    field: GraphQLField<unknown, unknown>,
    node: FieldNode,
  ): (run: Run) => Record<string, unknown> {
    if (hasVariables(node)) return (run) => getArgumentValues(field, node, run.variables);
    const constant = getArgumentValues(field, node);
    return () => constant;
  }

  private info(
    parentType: GraphQLObjectType,
    field: GraphQLField<unknown, unknown>,
    fieldNodes: Nodes,
    key: string,
  ): GraphQLResolveInfo {
    return {
      fieldName: field.name,
      fieldNodes,
      returnType: field.type,
      parentType,
      path: { prev: undefined, key, typename: parentType.name },
      schema: this.schema,
      fragments: Object.fromEntries(this.fragmentsByName),
      rootValue: undefined,
      operation: this.operation,
      variableValues: this.variables,
    };
  }

  /** The fields of a selection by their key in the answer, in order; those of one key are merged. */
  private collect(
    type: GraphQLObjectType,
    sets: readonly SelectionSetNode[],
    into = new Map<string, [FieldNode, ...FieldNode[]]>(),
  ): Map<string, Nodes> {
    for (const selection of sets.flatMap((set) => set.selections)) {
      if (!this.isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const same = into.get(key);
        if (same) same.push(selection);
        else into.set(key, [selection]);
        continue;
      }
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : this.fragmentsByName.get(selection.name.value);
      if (!fragment) throw BAIL;
      const condition = fragment.typeCondition?.name.value;
      if (condition !== undefined && condition !== type.name) throw BAIL;
      this.collect(type, [fragment.selectionSet], into);
    }
    return into;
  }

  private isIncluded(node: Parameters<typeof getDirectiveValues>[1]): boolean {
    if (!node.directives?.length) return true;
    return (
      getDirectiveValues(GraphQLSkipDirective, node, this.variables)?.['if'] !== true &&
      getDirectiveValues(GraphQLIncludeDirective, node, this.variables)?.['if'] !== false
    );
  }
}

type Nodes = readonly [FieldNode, ...FieldNode[]];

/** For what depends on the value alone. */
const PURE: Run = { variables: {}, context: undefined };

function constantField(key: string, value: string) {
  return { prefix: `${JSON.stringify(key)}:`, resolve: () => value, write: () => JSON.stringify(value) };
}

function fieldOf(type: GraphQLObjectType, node: FieldNode): GraphQLField<unknown, unknown> {
  const field = type.getFields()[node.name.value];
  // `__schema` and `__type` are fields of no type.
  if (!field) throw BAIL;
  return field;
}

function setsOf(nodes: Nodes): readonly SelectionSetNode[] {
  return nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
}

function hasVariables(node: FieldNode): boolean {
  let found = false;
  for (const argument of node.arguments ?? []) {
    visit(argument, {
      Variable() {
        found = true;
      },
    });
  }
  return found;
}

/** Neighbours as one where both are pure, or both are not. */
function runsOf(fields: readonly Writer[]): readonly Writer[] {
  const runs: { readonly isPure: boolean; readonly fields: Writer[] }[] = [];
  for (const field of fields) {
    const isPure = field.selection !== null;
    const last = runs.at(-1);
    if (last?.isPure === isPure) last.fields.push(field);
    else runs.push({ isPure, fields: [field] });
  }
  return runs.map((run) => ({
    selection: run.isPure ? run.fields.map(({ selection }) => selection).join(' ') : null,
    write: joined(run.fields.map(({ write }) => write)),
  }));
}

function joined(writes: readonly Write[]): Write {
  const [only] = writes;
  if (writes.length === 1 && only) return only;
  return (value, run) => {
    let text = '';
    for (let index = 0; index < writes.length; index++) {
      if (index > 0) text += ',';
      text += (writes[index] as Write)(value, run);
    }
    return text;
  };
}

/** Nest's filters answer an error instead of throwing it. */
const isFailure = (value: unknown): boolean => value instanceof Error;

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise || typeof (value as { then?: unknown } | null)?.then === 'function';
}
