import type { FastifyReply } from 'fastify';
import { DomainError } from '../domain/errors.ts';
import { ERROR_TABLE, problemOf, PROBLEM_TYPE } from './error-table.ts';

/** Answers an error as a problem document (RFC 9457), with the headers that belong to it. */
export function sendProblem(reply: FastifyReply, error: unknown): void {
  const problem = problemOf(error, reply.request.id);
  void reply
    .status(problem.status)
    .headers({ 'Content-Type': PROBLEM_TYPE, ...problemHeaders(error) })
    .send(JSON.stringify(problem));
}

/** What an error says in headers: how to authenticate, when to try again. */
export function problemHeaders(error: unknown): Record<string, string> {
  if (!(error instanceof DomainError)) return {};
  const { status, retryAfter } = ERROR_TABLE[error.kind];
  const after = error.retryAfter ?? retryAfter;
  return {
    ...(status === 401 ? { 'WWW-Authenticate': 'Bearer realm="swarmplane"' } : {}),
    ...(after === undefined ? {} : { 'Retry-After': String(after) }),
  };
}
