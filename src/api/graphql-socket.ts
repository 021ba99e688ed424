import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import type { FastifyInstance } from 'fastify';
import { GraphQLError, parse, validate, type ExecutionArgs, type GraphQLFormattedError } from 'graphql';
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, type Context, type SubscribePayload } from 'graphql-ws';
import { useServer, type Extra } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { Authenticator } from './authenticator.ts';
import { GRAPHQL_PATH } from './graphql.module.ts';
import { formatGraphqlError } from './graphql-format.ts';
import type { RequestContext } from './request-context.ts';
import { isKind } from '../domain/errors.ts';

const MAX_MESSAGE_BYTES = 64 * 1024;
/** A close frame holds 125 bytes, two of them the code (RFC 6455). */
const MAX_REASON_LENGTH = 120;

type SocketContext = Context<Record<string, unknown> | undefined, Extra & { session?: RequestContext }>;

/**
 * GraphQL over WebSocket (graphql-transport-ws). Its own server rather than Nest's, which leaves upgrades of
 * other paths hanging, takes messages of 100 MiB and lets no error be formatted.
 */
@Injectable()
export class GraphqlSocket implements OnApplicationBootstrap {
  private readonly sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });

  constructor(
    private readonly adapters: HttpAdapterHost,
    private readonly schemas: GraphQLSchemaHost,
    private readonly authenticator: Authenticator,
  ) {}

  onApplicationBootstrap(): void {
    const server = useServer<Record<string, unknown> | undefined, { session?: RequestContext }>(
      {
        schema: this.schemas.schema,
        onConnect: (context) => this.connect(context),
        onSubscribe: (_context, _id, payload) => this.prepare(payload),
        context: (context: SocketContext) => context.extra.session,
        onError: (context, _id, _payload, errors) =>
          errors.map((error) => formatGraphqlError(codedFormat(error), context.extra.session?.requestId)),
        onNext: (context, _id, _payload, _args, result) =>
          result.errors
            ? {
                ...result,
                errors: result.errors.map((error) =>
                  formatGraphqlError(codedFormat(error), context.extra.session?.requestId),
                ),
              }
            : undefined,
      },
      this.sockets,
    );
    // The HTTP server waits for every connection before it is closed, and no hook of Nest's comes before that.
    this.adapters.httpAdapter
      .getInstance<FastifyInstance>()
      .addHook('preClose', async () => server.dispose());
    (this.adapters.httpAdapter.getHttpServer() as Server).on('upgrade', (request, socket, head) =>
      this.upgrade(request, socket, head),
    );
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = request.url?.split('?')[0];
    const protocols = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
    if (path !== GRAPHQL_PATH) return refuse(socket, '404 Not Found');
    if (!protocols.includes(GRAPHQL_TRANSPORT_WS_PROTOCOL)) return refuse(socket, '400 Bad Request');
    this.sockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.sockets.emit('connection', webSocket, request);
    });
  }

  /** Parses and validates an operation; graphql-ws itself would close the socket over a syntax error. */
  private prepare({
    operationName,
    query,
    variables,
  }: SubscribePayload): ExecutionArgs | readonly GraphQLError[] {
    const { schema } = this.schemas;
    try {
      const document = parse(query);
      const errors = validate(schema, document);
      return errors.length > 0 ? errors : { schema, document, operationName, variableValues: variables };
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  }

  /** Proves who connects, from `connectionParams`; browsers cannot send headers with a WebSocket. */
  private connect({ connectionParams, extra }: SocketContext): boolean {
    const header =
      connectionParams?.['Authorization'] ??
      connectionParams?.['authorization'] ??
      extra.request.headers.authorization;
    try {
      const principal = this.authenticator.authenticate(typeof header === 'string' ? header : undefined);
      extra.session = { requestId: randomUUID(), principal };
      return true;
    } catch (error) {
      const known = isKind(error, 'unauthenticated');
      const reason = error instanceof Error ? error.message : '';
      extra.socket.close(
        known ? CloseCode.Unauthorized : CloseCode.InternalServerError,
        reason.slice(0, MAX_REASON_LENGTH),
      );
      return false;
    }
  }
}

/**
 * graphql-js gives its own errors no code. One that comes from no resolver is about the document or its
 * variables, and so the client's.
 */
function codedFormat(error: GraphQLError): GraphQLFormattedError {
  const formatted = error.toJSON();
  const { originalError } = error;
  const fromGraphql = originalError === undefined || originalError instanceof GraphQLError;
  const own = fromGraphql && error.path === undefined && !formatted.extensions?.['code'];
  return own ? { ...formatted, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } } : formatted;
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
