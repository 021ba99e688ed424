import { Field, Float, ID, Int, type GqlTypeReference } from '@nestjs/graphql';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type as TransformTo } from 'class-transformer';
import { GraphQLScalarType } from 'graphql';
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  ValidateNested,
} from 'class-validator';
import { enumName, enumValues, type EnumObject } from './enums.ts';
import { StringMapScalar, IsStringMap } from './string-map.ts';

type Class = abstract new (...args: never[]) => unknown;

/**
 * What a property can be. `Int` is a 32-bit integer, `Integer` one of up to 2^53 (versions, bytes,
 * milliseconds), which GraphQL has only `Float` for.
 */
export const Integer = Symbol('Integer');
type PropType = typeof String | typeof Boolean | typeof Integer | GraphQLScalarType | EnumObject | Class;

interface PropOptions {
  /** What the property means, in units; shown in OpenAPI and in the GraphQL schema. */
  readonly description?: string;
  /** An output that can be null. It is always there. */
  readonly nullable?: boolean;
  /** An input that can be left out; null means the same. */
  readonly optional?: boolean;
  readonly example?: unknown;
}

/**
 * Declares one property of a class once, for all that needs to know it: GraphQL, OpenAPI, and, for inputs, the
 * validation of its type (further rules are class-validator's own decorators beside it). A list is `[T]`.
 */
export function Prop(
  type: () => PropType | readonly [PropType],
  options: PropOptions = {},
): PropertyDecorator {
  const declared = type();
  const isArray = Array.isArray(declared);
  const item = (isArray ? (declared as readonly [PropType])[0] : declared) as PropType;
  const { description, nullable = false, optional = false } = options;
  const decorators = [
    Field(() => (isArray ? [graphqlType(item)] : graphqlType(item)), {
      nullable: nullable || optional,
      ...(description ? { description } : {}),
    }),
    ApiProperty(openApi(item, isArray, options)),
    ...validators(item, isArray),
    ...(optional ? [IsOptional()] : []),
  ];
  return (target, property) => {
    for (const decorator of decorators) decorator(target, property);
  };
}

function isEnum(type: PropType): type is EnumObject {
  return typeof type === 'object' && !(type instanceof GraphQLScalarType);
}

function graphqlType(type: PropType): GqlTypeReference {
  return (type === Integer ? Float : type) as GqlTypeReference;
}

function openApi(item: PropType, isArray: boolean, options: PropOptions): ApiPropertyOptions {
  const common = {
    ...(options.description ? { description: options.description } : {}),
    ...(options.nullable || options.optional ? { nullable: true } : {}),
    required: !options.optional,
    ...(options.example === undefined ? {} : { example: options.example }),
    isArray,
  };
  if (item === String || item === ID) return { ...common, type: String };
  if (item === Boolean) return { ...common, type: Boolean };
  if (item === Int) return { ...common, type: 'integer', format: 'int32' };
  if (item === Integer) return { ...common, type: 'integer', format: 'int64' };
  if (item === Float) return { ...common, type: Number };
  if (item === StringMapScalar) {
    return {
      ...common,
      isArray: false,
      type: 'object',
      additionalProperties: { type: 'string' },
    } as unknown as ApiPropertyOptions;
  }
  if (isEnum(item)) return { ...common, enum: enumValues(item), enumName: enumName(item) };
  return { ...common, type: () => item };
}

function validators(item: PropType, isArray: boolean): PropertyDecorator[] {
  const each = { each: isArray };
  const list = isArray ? [IsArray()] : [];
  if (item === String || item === ID) return [...list, IsString(each)];
  if (item === Boolean) return [...list, IsBoolean(each)];
  if (item === Int || item === Integer) return [...list, IsInt(each)];
  if (item === Float) return [...list, IsNumber({}, each)];
  if (item === StringMapScalar) return [...list, IsStringMap(), ...asGiven()];
  if (isEnum(item)) return [...list, IsIn(enumValues(item), each)];
  // `ValidateNested` alone takes a list for an object, and an object for a list.
  return [...list, IsObject(each), ValidateNested(each), TransformTo(() => item as never)];
}

/** class-transformer drops or breaks on keys such as `constructor` and `toString`, which a map may have. */
function asGiven(): PropertyDecorator[] {
  return [
    TransformTo(() => Object),
    Transform(({ obj, key }: { obj: Record<string, unknown>; key: string }) => obj[key]),
  ];
}
