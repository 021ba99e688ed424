import { TypeMetadataStorage, type GqlTypeReference } from '@nestjs/graphql';

/**
 * Declares an optional argument of a field whose resolver takes GraphQL's own parameters, `(parent, args)`. A method
 * without parameter decorators is called directly; `@Args` and `@Parent` would put a chain of promises between,
 * a hundred times a page. The argument is checked by its GraphQL type and no more.
 */
export function FieldArgument(
  name: string,
  type: () => GqlTypeReference,
  description?: string,
): MethodDecorator {
  return (target, method) => {
    TypeMetadataStorage.addMethodParamMetadata({
      kind: 'arg',
      name,
      target: target.constructor,
      methodName: String(method),
      typeFn: type,
      index: 1,
      ...(description ? { description } : {}),
      options: { nullable: true },
    });
  };
}
