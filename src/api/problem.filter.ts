import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { GqlContextType } from '@nestjs/graphql';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLError } from 'graphql';
import { ERROR_TABLE } from './error-table.ts';
import { DomainError } from '../domain/errors.ts';
import { withoutValues } from '../domain/hidden-text.ts';
import { registryAuth } from '../swarm/registry-credentials.ts';
import { fromFramework } from './http-errors.ts';
import { toGraphqlError } from './graphql/format.ts';
import { sendProblem } from './send-problem.ts';
import type { RequestContext } from './request-context.ts';

/** Answers every error of both surfaces from the one table. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger('Problem');

  catch(exception: unknown, host: ArgumentsHost): unknown {
    const error = fromFramework(exception);
    if (host.getType<GqlContextType>() === 'graphql') return this.toGraphql(error, host);
    const http = host.switchToHttp();
    const { id, body, query, headers } = http.getRequest<FastifyRequest>();
    this.report(error, id, [body, query, headers]);
    sendProblem(http.getResponse<FastifyReply>(), error);
    return undefined;
  }

  private toGraphql(error: unknown, host: ArgumentsHost): GraphQLError {
    const context = host.getArgByIndex<RequestContext | undefined>(2);
    const requestId = context?.requestId ?? '';
    // The arguments of the field, as its resolver got them.
    this.report(error, requestId, [host.getArgByIndex(1), registryAuth()]);
    return toGraphqlError(error, requestId);
  }

  /**
   * Bugs are errors; what the engine did to us is a warning; what clients do wrong or too early is their business.
   * @param said what came with the request: a text that repeats it could repeat its secrets
   */
  private report(error: unknown, requestId: string, said: readonly unknown[]): void {
    if (!(error instanceof DomainError)) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      // Where it happened is told as it is: words of the request can be names of files.
      const [message = '', ...frames] = text.split(/(?=\n {4}at )/);
      this.log.error([`${requestId} ${withoutValues(message, said)}`, ...frames].join(''));
    } else if (ERROR_TABLE[error.kind].status >= 500 && error.kind !== 'not-synced') {
      const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
      this.log.warn(`${requestId} ${error.kind}${withoutValues(cause, said)}`);
    }
  }
}
