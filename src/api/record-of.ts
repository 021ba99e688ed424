import type { ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext, type GqlContextType } from '@nestjs/graphql';
import type { FastifyRequest } from 'fastify';
import type { RequestContext } from './request-context.ts';
import type { RequestRecord } from './request-record.ts';
import { recordOfRequest } from './rest-record.ts';

/** The record of the write that a handler is called for, on either surface; undefined where nothing is written. */
export function recordOf(context: ExecutionContext): RequestRecord | undefined {
  if (context.getType<GqlContextType>() !== 'graphql') {
    return recordOfRequest(context.switchToHttp().getRequest<FastifyRequest>());
  }
  const graphql = GqlExecutionContext.create(context);
  return graphql.getContext<RequestContext>().records?.of(graphql.getInfo());
}

/** Notes what a handler needs, and what it is about, before anything can be refused. */
export function noteNeeds(context: ExecutionContext, needs: string): void {
  const record = recordOf(context);
  if (!record) return;
  record.needs = needs;
  if (context.getType<GqlContextType>() !== 'graphql') return;
  const { id, input } = GqlExecutionContext.create(context).getArgs<{
    id?: unknown;
    input?: { name?: unknown };
  }>();
  record.refersTo(id, input?.name);
}
