import { readFileSync } from 'node:fs';

/** A schema of the OpenAPI document, as far as Nest writes them. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly nullable?: boolean;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

export interface Operation {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: 'path' | 'query' | 'header';
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** The contract as it is committed. */
export const OPENAPI = JSON.parse(
  readFileSync(new URL('../../../openapi/openapi.json', import.meta.url), 'utf8'),
) as Document;

/** A route, its method and what the contract says of it. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

export const ROUTES: readonly Route[] = Object.entries(OPENAPI.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);

/** The schema that a reference means. */
export function resolved(schema: Schema): Schema {
  const name = schema.$ref?.split('/').pop();
  if (name === undefined) return schema;
  const found = OPENAPI.components.schemas[name];
  if (!found) throw new Error(`The contract has no schema ${name}.`);
  return found;
}

/** What is only a stream of events: its answer does not end. */
export const STREAMS: ReadonlySet<string> = new Set(['/v1/events', '/v1/routers/config']);
