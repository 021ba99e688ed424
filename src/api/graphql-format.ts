import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { invalid } from '../domain/errors.ts';
import { extensionsOf, problemOf } from './error-table.ts';

/** Apollo's own codes for what is wrong with the document or its variables rather than with us. */
const CLIENT_ERRORS: readonly unknown[] = [
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
];

/**
 * Gives every GraphQL error the extensions of the one error table. Errors of ours have them already; what the
 * document got wrong is `INVALID`; anything else is a bug, whose text stays in the log.
 */
export function formatGraphqlError(formatted: GraphQLFormattedError, requestId = ''): GraphQLFormattedError {
  const { message, locations, path, extensions } = formatted;
  const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
  if (typeof extensions?.['type'] === 'string' && typeof extensions['status'] === 'number') {
    const { code, type, status, errors } = extensions;
    const id = (extensions['requestId'] as string | undefined) || requestId;
    return {
      message,
      ...place,
      extensions: { code, type, status, requestId: id, ...(errors ? { errors } : {}) },
    };
  }
  if (CLIENT_ERRORS.includes(extensions?.['code'])) {
    const error = invalid([{ pointer: '', detail: message }]);
    return { message, ...place, extensions: extensionsOf(error, requestId) };
  }
  const error = new Error(message);
  return {
    message: problemOf(error, requestId).detail,
    ...place,
    extensions: extensionsOf(error, requestId),
  };
}

/** A GraphQL error of ours, for places where no filter runs; `http` sets the status of the HTTP answer. */
export function toGraphqlError(error: unknown, requestId: string): GraphQLError {
  const extensions = extensionsOf(error, requestId);
  return new GraphQLError(problemOf(error, requestId).detail, {
    extensions: { ...extensions, http: { status: extensions['status'] as number } },
  });
}
