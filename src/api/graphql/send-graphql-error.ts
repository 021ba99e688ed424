import type { FastifyReply } from 'fastify';
import type { GraphQLError } from 'graphql';
import { problemOf } from '../error-table.ts';
import { problemHeaders } from '../send-problem.ts';
import { formatResult, toGraphqlError } from './format.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const GRAPHQL_TYPE = 'application/graphql-response+json; charset=utf-8';

/** Answers that an operation is refused, with the headers that belong to the error. */
export function sendGraphqlError(reply: FastifyReply, error: unknown): FastifyReply {
  const { id } = reply.request;
  const { status } = problemOf(error, id);
  return sendGraphqlErrors(reply.headers(problemHeaders(error)), status, [toGraphqlError(error, id)]);
}

/** Answers what is wrong with an operation. */
export function sendGraphqlErrors(
  reply: FastifyReply,
  status: number,
  errors: readonly GraphQLError[],
): FastifyReply {
  return reply
    .status(status)
    .header('Content-Type', graphqlTypeFor(reply.request.headers.accept))
    .send(JSON.stringify(formatResult({ errors }, reply.request.id)));
}

/** The type of an answer: the newer one for clients that ask for it and not for JSON before. */
export function graphqlTypeFor(accept: string | undefined): string {
  const [newer, older] = ['application/graphql-response+json', 'application/json'].map((type) =>
    accept === undefined ? -1 : accept.indexOf(type),
  ) as [number, number];
  return newer >= 0 && (older < 0 || newer < older) ? GRAPHQL_TYPE : JSON_TYPE;
}
