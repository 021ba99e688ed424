import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { GqlContextType } from '@nestjs/graphql';
import { GraphQLError } from 'graphql';
import { ERROR_TABLE, extensionsOf, problemOf, PROBLEM_TYPE } from './error-table.ts';
import { DomainError } from '../domain/errors.ts';
import { fromFramework } from './http-errors.ts';
import type { RequestContext } from './request-context.ts';

/** Answers every error of both surfaces from the one table. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger('Problem');

  constructor(private readonly adapters: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): unknown {
    const error = fromFramework(exception);
    if (host.getType<GqlContextType>() === 'graphql') return this.toGraphql(error, host);
    const http = host.switchToHttp();
    const request = http.getRequest<{ id: string }>();
    const reply = http.getResponse<unknown>();
    const problem = problemOf(error, request.id);
    this.report(error, request.id);
    const adapter = this.adapters.httpAdapter;
    adapter.setHeader(reply, 'Content-Type', PROBLEM_TYPE);
    if (problem.status === 401) adapter.setHeader(reply, 'WWW-Authenticate', 'Bearer realm="swarmplane"');
    const retryAfter = error instanceof DomainError ? ERROR_TABLE[error.kind].retryAfter : undefined;
    if (retryAfter !== undefined) adapter.setHeader(reply, 'Retry-After', String(retryAfter));
    adapter.reply(reply, problem, problem.status);
    return undefined;
  }

  private toGraphql(error: unknown, host: ArgumentsHost): GraphQLError {
    const context = host.getArgByIndex<RequestContext | undefined>(2);
    const requestId = context?.requestId ?? '';
    this.report(error, requestId);
    return new GraphQLError(problemOf(error, requestId).detail, {
      extensions: extensionsOf(error, requestId),
    });
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
