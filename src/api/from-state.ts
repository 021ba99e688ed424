import { applyDecorators, SetMetadata } from '@nestjs/common';
import { Extensions } from '@nestjs/graphql';
import type { GraphQLField } from 'graphql';

export const FROM_STATE = 'swarmplane:from-state';
const EXTENSION = { fromState: true };

/**
 * Marks a handler, of REST or GraphQL, whose answer is made from the state in memory and nothing else: as long as the
 * state has not changed, the same question by who may see the same has the same answer.
 */
export const FromState = (): MethodDecorator =>
  applyDecorators(SetMetadata(FROM_STATE, true), Extensions(EXTENSION));

/**
 * The same for a property of a class, where a `@ResolveField` of that name takes its place: Nest drops the extensions
 * of such a method.
 */
export const ResolvedFromState = (): PropertyDecorator => Extensions(EXTENSION);

/** Whether the resolver of a GraphQL field is marked as `FromState`. */
export function isFromState(field: GraphQLField<unknown, unknown>): boolean {
  return field.extensions['fromState'] === true;
}
