import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, type Context } from 'graphql-ws';
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
export class GraphqlSocket implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  private dispose: () => void | Promise<void> = () => {};

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
        context: (context: SocketContext) => context.extra.session,
        onError: (context, _id, _payload, errors) =>
          errors.map((error) =>
            formatGraphqlError(asClientError(error.toJSON()), context.extra.session?.requestId),
          ),
        onNext: (context, _id, _payload, _args, result) =>
          result.errors
            ? {
                ...result,
                errors: result.errors.map((error) =>
                  formatGraphqlError(error.toJSON(), context.extra.session?.requestId),
                ),
              }
            : undefined,
      },
      this.sockets,
    );
    this.dispose = () => server.dispose();
    (this.adapters.httpAdapter.getHttpServer() as Server).on('upgrade', (request, socket, head) =>
      this.upgrade(request, socket, head),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.dispose();
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

/** graphql-ws validates documents itself and gives its errors no code: whatever has none is the document's fault. */
function asClientError<T extends { extensions?: Record<string, unknown> }>(error: T): T {
  return error.extensions?.['code'] ? error : { ...error, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } };
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
