import type { DynamicModule } from '@nestjs/common';
import { AbstractGraphQLDriver, GraphQLModule, type GqlModuleOptions } from '@nestjs/graphql';
import { isObjectType, type GraphQLField, type GraphQLSchema } from 'graphql';

/** Nest makes the schema, and leaves it to `GraphqlEndpoint` and `GraphqlSocket` to serve it. */
class SchemaOnly extends AbstractGraphQLDriver {
  override async generateSchema(options: GqlModuleOptions): Promise<GraphQLSchema> {
    const schema = (await super.generateSchema(options)) as GraphQLSchema;
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        if (readsProperty(field)) field.resolve = undefined;
      }
    }
    return schema;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Whether a resolver is the one that Nest makes for a plain property (`createFieldResolver` of its
 * `ObjectTypeDefinitionFactory`) and reads the one of the field's name: what GraphQL does without a resolver, too. What
 * has none can be compiled.
 */
function readsProperty({ name, resolve }: GraphQLField<unknown, unknown>): boolean {
  if (resolve?.name !== 'rootFieldResolver') return false;
  const value = {};
  return (resolve as (root: object) => unknown)({ [name]: value }) === value;
}

/** The GraphQL schema, made from the decorated classes of all features. */
export function graphqlModule(): DynamicModule {
  return GraphQLModule.forRoot({ driver: SchemaOnly, autoSchemaFile: true, sortSchema: true });
}
