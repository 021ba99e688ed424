import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { DomainError } from '../../domain/errors.ts';
import { extensionsOf, problemOf, PROBLEM_TYPE } from '../error-table.ts';
import { graphqlTypeFor } from '../graphql/send-graphql-error.ts';
import { securityHeaders } from '../security-headers.ts';
import { problemHeaders } from '../send-problem.ts';

/**
 * Answers a refusal, as `sendProblem` and `sendGraphqlError` would, but past everything that looks at answers: when there
 * are many, what a refusal costs is taken from those who are served.
 */
export function refuseAtOnce(reply: FastifyReply, error: DomainError, isGraphql: boolean): void {
  const { id, headers } = reply.request;
  const problem = problemOf(error, id);
  const body = isGraphql
    ? { errors: [{ message: error.message, extensions: extensionsOf(error, id) }] }
    : problem;
  const text = Buffer.from(JSON.stringify(body));
  const { raw } = reply.hijack();
  raw.writeHead(problem.status, {
    ...(reply.getHeaders() as OutgoingHttpHeaders),
    ...securityHeaders(raw.socket),
    ...problemHeaders(error),
    'Content-Type': isGraphql ? graphqlTypeFor(headers.accept) : PROBLEM_TYPE,
    'Content-Length': text.length,
  });
  raw.end(text);
}
