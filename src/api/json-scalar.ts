import { applyDecorators } from '@nestjs/common';
import { Field } from '@nestjs/graphql';
import { ApiProperty } from '@nestjs/swagger';
import { GraphQLScalarType } from 'graphql';

/** Any JSON, as it is; for answers only. */
export const JsonScalar = new GraphQLScalarType({
  name: 'JSON',
  description: 'Any JSON value, as it is.',
  serialize: (value) => value,
});

/** How OpenAPI describes any JSON. */
export const ANY_JSON = {
  oneOf: [
    { type: 'string' },
    { type: 'number' },
    { type: 'boolean' },
    { type: 'array', items: {} },
    { type: 'object' },
  ],
  nullable: true,
  description: 'Any JSON; null where there is nothing.',
};

/** Declares a property of an answer that can be any JSON, for both surfaces. */
export function JsonProp(example: unknown): PropertyDecorator {
  return applyDecorators(
    Field(() => JsonScalar, { nullable: true, description: ANY_JSON.description }),
    ApiProperty({ ...ANY_JSON, example }),
  );
}
