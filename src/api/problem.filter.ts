import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { GqlContextType } from '@nestjs/graphql';
import type { FastifyReply } from 'fastify';
import type { GraphQLError } from 'graphql';
import { ERROR_TABLE } from './error-table.ts';
import { DomainError } from '../domain/errors.ts';
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
    const request = http.getRequest<{ id: string }>();
    this.report(error, request.id);
    sendProblem(http.getResponse<FastifyReply>(), error);
    return undefined;
  }

  private toGraphql(error: unknown, host: ArgumentsHost): GraphQLError {
    const context = host.getArgByIndex<RequestContext | undefined>(2);
    const requestId = context?.requestId ?? '';
    this.report(error, requestId);
    return toGraphqlError(error, requestId);
  }

  /** Bugs are errors; what the engine did to us is a warning; what clients do wrong or too early is their business. */
  private report(error: unknown, requestId: string): void {
    if (!(error instanceof DomainError)) {
      this.log.error(
        `${requestId} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    } else if (ERROR_TABLE[error.kind].status >= 500 && error.kind !== 'not-synced') {
      const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
      this.log.warn(`${requestId} ${error.kind}${cause}`);
    }
  }
}
