import { Injectable } from '@nestjs/common';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import {
  createSourceEventStream,
  execute,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { RequestContext } from '../request-context.ts';
import { compileQuery, conditionsOf, type CompiledQuery } from './compile-operation.ts';
import { EventResults } from './event-results.ts';
import { FragmentCache } from './fragment-cache.ts';
import type { PlannedField } from './graphql-write.ts';
import { mapStream } from './map-stream.ts';
import { MAX_TOKENS, operationLimits } from './operation-limits.ts';

const RULES = [...specifiedRules, operationLimits];
/** How much text of documents is remembered, in characters; parsed it is some 30 times as large. */
const MAX_DOCUMENTS = 1024 * 1024;
/** A document has few combinations of what its conditions can be. */
const MAX_COMPILED = 16;

/** One operation with what it is executed with. */
export interface OperationRequest {
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** A document that was parsed and validated, once for all who send it. */
export class PreparedDocument {
  private readonly conditions: readonly string[];
  private readonly compiled = new Map<string, CompiledQuery | null>();
  private readonly results = new Map<OperationDefinitionNode, EventResults>();

  constructor(
    readonly schema: GraphQLSchema,
    readonly document: DocumentNode,
    private readonly fragments: FragmentCache,
  ) {
    this.conditions = conditionsOf(document);
  }

  /** The operation with this name, or the only one there is; undefined when there is none. */
  operation(name: string | null | undefined): OperationDefinitionNode | undefined {
    return getOperationAST(this.document, name) ?? undefined;
  }

  /**
   * The JSON of the answer to a query that is answered from the state alone. Undefined when it is no such query, or
   * its answer has an error: then it is for `execute`.
   */
  async write(request: OperationRequest, context: RequestContext): Promise<string | undefined> {
    const operation = this.operation(request.operationName);
    if (!operation) return undefined;
    const { coerced } = getVariableValues(
      this.schema,
      operation.variableDefinitions ?? [],
      request.variables ?? {},
    );
    const query = coerced && this.query(operation, coerced);
    if (!query) return undefined;
    try {
      return `{"data":${await query(coerced, context)}}`;
    } catch {
      // Whatever it was: graphql-js finds it, too, and makes the right answer of it.
      return undefined;
    }
  }

  /** Executes a query or mutation with graphql-js. The plans that were made stand in the extensions of the result. */
  async execute(request: OperationRequest, context: RequestContext): Promise<ExecutionResult> {
    const plans: PlannedField[] = [];
    const result = await execute(this.args(request, { ...context, plans }));
    await context.records?.settle(result, this.document, request.operationName);
    return plans.length === 0 ? result : { ...result, extensions: { ...result.extensions, plans } };
  }

  /**
   * Executes a subscription: a result for each event, or what is wrong from the beginning.
   * @param scope what results depend on besides the event, at the moment: subscribers in the same scope share them
   */
  async subscribe(
    request: OperationRequest,
    context: RequestContext,
    scope: () => string,
  ): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    const args = this.args(request, context);
    const events = await createSourceEventStream(args);
    const operation = this.operation(request.operationName);
    if (!(Symbol.asyncIterator in events) || !operation) return events as ExecutionResult;
    const results = this.results.get(operation) ?? new EventResults(operation);
    this.results.set(operation, results);
    return mapStream(events as AsyncIterable<object>, (event) => results.of(event, scope(), args));
  }

  private args(request: OperationRequest, context: RequestContext): ExecutionArgs {
    return {
      schema: this.schema,
      document: this.document,
      operationName: request.operationName,
      variableValues: request.variables,
      contextValue: context,
    };
  }

  private query(
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>>,
  ): CompiledQuery | null {
    const key = [operation.name?.value, ...this.conditions.map((name) => variables[name] === true)].join();
    let query = this.compiled.get(key);
    if (query === undefined) {
      if (this.compiled.size >= MAX_COMPILED) this.compiled.clear();
      query = compileQuery(this.schema, this.document, operation, variables, this.fragments);
      this.compiled.set(key, query);
    }
    return query;
  }
}

/** What is wrong with a document. */
export type DocumentErrors = readonly GraphQLError[];

/** Parses and validates each document once, and remembers those that are used. */
@Injectable()
export class Operations {
  private readonly documents = new LRUCache<string, PreparedDocument | DocumentErrors>({
    maxSize: MAX_DOCUMENTS,
    sizeCalculation: (_, text) => text.length + 1,
  });
  private readonly fragments = new FragmentCache();

  constructor(private readonly schemas: GraphQLSchemaHost) {}

  /** The document, or what is wrong with it. */
  prepare(text: string): PreparedDocument | DocumentErrors {
    const known = this.documents.get(text);
    if (known) return known;
    const prepared = this.parse(text);
    this.documents.set(text, prepared);
    return prepared;
  }

  private parse(text: string): PreparedDocument | DocumentErrors {
    const { schema } = this.schemas;
    try {
      const document = parse(text, { maxTokens: MAX_TOKENS });
      const errors = validate(schema, document, RULES);
      return errors.length > 0 ? errors : new PreparedDocument(schema, document, this.fragments);
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  }
}
