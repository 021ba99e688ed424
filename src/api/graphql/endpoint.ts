import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OperationTypeNode } from 'graphql';
import { invalid } from '../../domain/errors.ts';
import { Answers } from '../answers.ts';
import { AuditTrail } from '../audit-trail.ts';
import { codeOf, problemOf } from '../error-table.ts';
import { fromFramework } from '../http-errors.ts';
import { acceptJson } from '../json-body.ts';
import { leavingOf } from '../leaving.ts';
import { proven, type Proving } from '../proof.ts';
import { originOf } from '../request-origin.ts';
import { sendProblem } from '../send-problem.ts';
import { refuseIdempotencyKey } from '../refuse-idempotency-key.ts';
import { formatResult } from './format.ts';
import { GraphqlRecords } from './graphql-records.ts';
import { parseGraphqlRequest, type GraphqlRequest } from './graphql-request.ts';
import { PreparedDocument, Operations } from './operations.ts';
import { graphqlTypeFor, sendGraphqlError, sendGraphqlErrors } from './send-graphql-error.ts';

export const GRAPHQL_PATH = '/graphql';

const KEY_IS_ARGUMENT =
  'An operation can have several creates: give each its own argument idempotencyKey instead of the header.';

/** What was asked: as it came, to be recognised when it comes again, and what it says. */
interface Question {
  readonly text: string;
  readonly json: unknown;
}

/**
 * GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/), by POST only: a link can send no POST. Our own rather
 * than a library's, for an answer that is there already must cost no more than sending it.
 */
@Injectable()
export class GraphqlEndpoint implements OnModuleInit {
  constructor(
    private readonly adapters: HttpAdapterHost,
    private readonly operations: Operations,
    private readonly answers: Answers,
    private readonly trail: AuditTrail,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapters.httpAdapter.getInstance<FastifyInstance>();
    // In a scope of its own: nowhere else are bodies kept as text.
    void fastify.register((scope, _, done) => {
      acceptJson(scope, ['application/json'], (text, json): Question => ({ text, json }));
      scope.setErrorHandler((error, _request, reply) => sendProblem(reply, fromFramework(error)));
      scope.post<{ Body: Question | undefined }>(GRAPHQL_PATH, ({ body }, reply) =>
        this.answer(body ?? { text: '', json: undefined }, reply),
      );
      done();
    });
  }

  private async answer({ text, json }: Question, reply: FastifyReply): Promise<FastifyReply> {
    const request: FastifyRequest & Proving = reply.request;
    const records = new GraphqlRecords(this.trail, () => originOf(request, 'graphql'));
    void reply.header('Content-Type', graphqlTypeFor(request.headers.accept));
    try {
      refuseIdempotencyKey(request.headers, KEY_IS_ARGUMENT);
      const principal = proven(request);
      const known = this.answers.find(principal, text);
      if (known) return await reply.send(known);
      const asked = parseGraphqlRequest(json);
      const document = this.operations.prepare(asked.query);
      if (!(document instanceof PreparedDocument)) {
        await records.refuse(json, codeOf('invalid'));
        return sendGraphqlErrors(reply, 400, document);
      }
      assertExecutable(document, asked);
      const context = { requestId: request.id, principal };
      const body = await this.answers.make(principal, text, async () => {
        const written = await document.write(asked, context);
        return written === undefined ? undefined : Buffer.from(written);
      });
      if (body) return await reply.send(body);
      const result = await document.execute(asked, { ...context, records, signal: leavingOf(reply.raw) });
      // Without `data` nothing was executed: the variables do not fit.
      if (result.data === undefined) void reply.status(400);
      return await reply.send(JSON.stringify(formatResult(result, request.id)));
    } catch (error) {
      await records.refuse(json, problemOf(error, request.id).code);
      return sendGraphqlError(reply, error);
    }
  }
}

/** Fails `invalid` unless the document has one operation that is meant, and it is for HTTP. */
function assertExecutable(document: PreparedDocument, { operationName }: GraphqlRequest): void {
  const operation = document.operation(operationName);
  if (!operation) {
    const detail = operationName
      ? `There is no operation "${operationName}" in the document.`
      : 'The document has several operations, or none. Name the one that is meant.';
    throw invalid([{ pointer: '/operationName', detail }]);
  }
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
    const detail = `Subscribe over a WebSocket at ${GRAPHQL_PATH} (graphql-transport-ws), not over HTTP.`;
    throw invalid([{ pointer: '', detail }]);
  }
}
