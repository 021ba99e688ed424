import { Logger } from '@nestjs/common';
import { GraphQLError, type ExecutionResult, type GraphQLFormattedError } from 'graphql';
import { DomainError, invalid } from '../../domain/errors.ts';
import { extensionsOf, problemOf } from '../error-table.ts';
import { withoutRepeatedValues } from './repeated-values.ts';

const log = new Logger('Graphql');

/**
 * Gives a GraphQL error the extensions of the one error table. Errors that a filter has seen have them already; what
 * the document or its variables got wrong is `INVALID`; anything else is a bug, whose text stays in the log.
 */
export function formatGraphqlError(error: GraphQLError, requestId: string): GraphQLFormattedError {
  const { message, locations, path } = error.toJSON();
  const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
  const { code, type, status, errors, usedBy, retryAfter } = error.extensions;
  if (typeof type === 'string' && typeof status === 'number') {
    const id = (error.extensions['requestId'] as string | undefined) || requestId;
    return {
      message,
      ...place,
      extensions: {
        code,
        type,
        status,
        requestId: id,
        ...(errors ? { errors } : {}),
        ...(usedBy ? { usedBy } : {}),
        ...(retryAfter === undefined ? {} : { retryAfter }),
      },
    };
  }
  const { originalError } = error;
  const isOfGraphql = originalError === undefined || originalError instanceof GraphQLError;
  // graphql-js gives its own errors no code: without a path they are about the document or its variables.
  if (isOfGraphql && !path) {
    const detail = withoutRepeatedValues(message);
    const problem = invalid([{ pointer: '', detail }]);
    return { message: detail, ...place, extensions: extensionsOf(problem, requestId) };
  }
  // What a nested field or the end of a stream threw: no filter has seen it.
  const cause = originalError ?? error;
  if (!(cause instanceof DomainError)) log.error(`${requestId} ${cause.stack ?? cause.message}`);
  return {
    message: problemOf(cause, requestId).detail,
    ...place,
    extensions: extensionsOf(cause, requestId),
  };
}

/** The answer with its errors as clients see them. */
export function formatResult(result: ExecutionResult, requestId: string) {
  const extensions = result.extensions ? { extensions: result.extensions } : {};
  if (!result.errors) return { data: result.data, ...extensions };
  const errors = result.errors.map((error) => formatGraphqlError(error, requestId));
  return { errors, ...(result.data === undefined ? {} : { data: result.data }), ...extensions };
}

/** A GraphQL error of ours, for places where no filter runs. */
export function toGraphqlError(error: unknown, requestId: string): GraphQLError {
  return new GraphQLError(problemOf(error, requestId).detail, { extensions: extensionsOf(error, requestId) });
}
