import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import type { ExecutionArgs, GraphQLError } from 'graphql';
import { CloseCode, handleProtocols, makeServer, type Context, type SubscribePayload } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { rightsOf, type Principal } from '../../domain/role.ts';
import { DomainError, isKind } from '../../domain/errors.ts';
import { ClusterState } from '../../swarm/cluster-state.ts';
import { AllowedOrigins } from '../allowed-origins.ts';
import { askedBy, iteratedBy } from '../asker.ts';
import { AuditTrail } from '../audit-trail.ts';
import { Authenticator } from '../authenticator.ts';
import { ClientAddresses } from '../limits/client-addresses.ts';
import { FailedProofs } from '../limits/failed-proofs.ts';
import { Limits } from '../limits/limits.ts';
import { Refusals } from '../limits/refusals.ts';
import { PerPrincipal } from '../per-principal.ts';
import { credentialsOf } from '../credentials.ts';
import { codeOf } from '../error-table.ts';
import type { RequestContext } from '../request-context.ts';
import { sendRawProblem } from '../raw-problem.ts';
import { originOfSocket } from '../request-origin.ts';
import { Sessions } from '../sessions.ts';
import { formatGraphqlError, formatResult, toGraphqlError } from './format.ts';
import { GraphqlRecords } from './graphql-records.ts';
import { Operations, PreparedDocument } from './operations.ts';
import { serveSocket } from './serve-socket.ts';
import { NO_HANDSHAKE, upgradeRefusal } from './upgrade-refusal.ts';

const MAX_MESSAGE_BYTES = 64 * 1024;
/** How many operations can be under way on one socket: subscriptions, for the most part. */
const MAX_OPERATIONS = 100;
/** Close codes of 44xx follow HTTP's; clients of graphql-ws do not come back after this one. */
const TOO_MANY = 4429;
type Closing = readonly [code: number, reason: string];

/** How long a client may take to answer the closing of its socket, in milliseconds. */
const LINGER_MS = 2_000;
const GOING_AWAY = 1001;
const NOT_IN_FORCE = 'The token was revoked or has expired. Ask an admin for a new one.';
const ENDED: Closing = [CloseCode.Unauthorized, NOT_IN_FORCE];
/** As HTTP's 205 Reset Content. Clients of graphql-ws come back after it. */
const OTHER_RIGHTS: Closing = [4205, 'What you may see has changed. Connect again, and read anew.'];
/** A close frame holds 125 bytes, two of them the code (RFC 6455). */
const MAX_REASON_LENGTH = 120;

/** What an operation is executed with; graphql-ws hands it on as it is. */
type SocketArgs = ExecutionArgs & { readonly prepared: PreparedDocument };
type SocketExtra = Extra & { session?: RequestContext };
type SocketContext = Context<Record<string, unknown> | undefined, SocketExtra>;

/**
 * GraphQL over WebSocket (graphql-transport-ws). Its own server rather than Nest's, which leaves upgrades of
 * other paths hanging, takes messages of 100 MiB and lets no error be formatted.
 */
@Injectable()
export class GraphqlSocket implements OnApplicationBootstrap {
  private readonly log = new Logger('GraphqlSocket');
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols,
  });
  private readonly counted = new PerPrincipal();

  constructor(
    private readonly adapters: HttpAdapterHost,
    private readonly operations: Operations,
    private readonly authenticator: Authenticator,
    private readonly sessions: Sessions,
    private readonly state: ClusterState,
    private readonly origins: AllowedOrigins,
    private readonly trail: AuditTrail,
    private readonly limits: Limits,
    private readonly failedProofs: FailedProofs,
    private readonly refusals: Refusals,
    private readonly addresses: ClientAddresses,
  ) {}

  onApplicationBootstrap(): void {
    const server = makeServer<Record<string, unknown> | undefined, SocketExtra>({
      onConnect: (context) => this.connect(context),
      onSubscribe: (context, _id, payload) => this.takeIn(context, payload),
      context: ({ extra }: SocketContext) => ({ ...extra.session, records: this.recordsOf(extra) }),
      execute: (args) => this.execute(args as SocketArgs),
      subscribe: (args) => this.subscribe(args as SocketArgs),
      onError: (context, _id, _payload, errors) =>
        errors.map((error) => formatGraphqlError(error, requestIdOf(context))),
      onNext: (context, _id, _payload, _args, result) =>
        result.errors ? formatResult(result, requestIdOf(context)) : undefined,
    });
    // The HTTP server waits for every connection before it is closed, and no hook of Nest's comes before that.
    this.adapters.httpAdapter.getInstance<FastifyInstance>().addHook('preClose', async () => {
      for (const socket of this.sockets.clients) socket.close(GOING_AWAY, 'The server stops.');
      await new Promise((resolve) => this.sockets.close(resolve));
    });
    this.sockets.on('wsClientError', (_error, socket) => sendRawProblem(socket, NO_HANDSHAKE));
    (this.adapters.httpAdapter.getHttpServer() as Server).on('upgrade', (request, socket, head) =>
      this.upgrade(request, socket, head, (webSocket) => serveSocket(server, webSocket, request, this.log)),
    );
  }

  private upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    serve: (webSocket: WebSocket) => void,
  ): void {
    const refusal = upgradeRefusal(request, this.origins);
    if (refusal) return sendRawProblem(socket, refusal);
    this.sockets.handleUpgrade(request, socket, head, serve);
  }

  /** The operation, or what is wrong with it. That is on record where it was to write, unless too much was asked. */
  private async takeIn(
    context: SocketContext,
    payload: SubscribePayload,
  ): Promise<SocketArgs | readonly GraphQLError[]> {
    const tooMuch = this.overfull(context) ?? (await this.limit(context));
    if (tooMuch) return [tooMuch];
    const taken = this.admit(context) ?? this.prepare(payload);
    if ('prepared' in taken) return taken;
    await this.recordsOf(context.extra).refuse(
      payload,
      taken.map(({ extensions }) => extensions['code']).find((code) => typeof code === 'string') ??
        codeOf('invalid'),
    );
    return taken;
  }

  private recordsOf({ request, session }: SocketExtra): GraphqlRecords {
    const address = this.addresses.of(request);
    const origin = originOfSocket(request, address, session?.requestId ?? '', session?.principal ?? null);
    return new GraphqlRecords(this.trail, () => origin);
  }

  /** What is wrong when the socket carries too many operations; the one that asks is among them already. */
  private overfull(context: SocketContext): GraphQLError | undefined {
    if (Object.keys(context.subscriptions).length <= MAX_OPERATIONS) return undefined;
    this.refusals.add('operations');
    const detail = `One socket carries ${MAX_OPERATIONS} operations at most. End some, or open another socket.`;
    return toGraphqlError(new DomainError('too-many', detail), requestIdOf(context));
  }

  /** Waits for the operation's turn. What is wrong when its principal asks too much. */
  private limit({ extra: { session } }: SocketContext): Promise<GraphQLError | undefined> | undefined {
    return (
      session &&
      this.limits.admit(session.principal).then(
        () => undefined,
        (error: unknown) => toGraphqlError(error, session.requestId),
      )
    );
  }

  /** Why an operation may not begin on its socket; undefined when it may. */
  private admit(context: SocketContext): readonly GraphQLError[] | undefined {
    const { session, socket } = context.extra;
    // A token that was revoked a moment ago must not be good for one more mutation.
    if (!session || !this.authenticator.isInForce(session.principal)) {
      socket.close(
        ...(session && this.authenticator.standing(session.principal) !== 'ended' ? OTHER_RIGHTS : ENDED),
      );
      return [toGraphqlError(new DomainError('unauthenticated', NOT_IN_FORCE), requestIdOf(context))];
    }
    return undefined;
  }

  /** The operation, or what is wrong with it; graphql-ws itself would close the socket over a syntax error. */
  private prepare({
    operationName,
    query,
    variables,
  }: SubscribePayload): SocketArgs | readonly GraphQLError[] {
    const prepared = this.operations.prepare(query);
    if (!(prepared instanceof PreparedDocument)) return prepared;
    const { schema, document } = prepared;
    return { schema, document, operationName, variableValues: variables, prepared };
  }

  private execute({ prepared, operationName, variableValues, contextValue }: SocketArgs) {
    const context = contextValue as RequestContext;
    return askedBy(context.principal, () =>
      prepared.execute({ operationName, variables: variableValues }, context),
    );
  }

  private async subscribe({ prepared, operationName, variableValues, contextValue }: SocketArgs) {
    const context = contextValue as RequestContext;
    const { principal } = context;
    const scope = (): string => `${this.state.revision} ${rightsOf(principal)}`;
    const results = await askedBy(principal, () =>
      prepared.subscribe({ operationName, variables: variableValues }, context, scope),
    );
    return Symbol.asyncIterator in results ? iteratedBy(principal, results) : results;
  }

  /** Proves who connects, from `connectionParams`; browsers cannot send headers with a WebSocket. */
  private async connect({ connectionParams, extra }: SocketContext): Promise<boolean> {
    const credentials = credentialsOf(extra.request, this.addresses.of(extra.request));
    const header =
      connectionParams?.['Authorization'] ?? connectionParams?.['authorization'] ?? credentials.authorization;
    try {
      const authorization = typeof header === 'string' ? header : undefined;
      const principal = await this.authenticator.authenticate({ ...credentials, authorization });
      if (extra.socket.readyState !== extra.socket.OPEN) return false;
      if (!this.take(principal, extra.socket)) return false;
      const leaving = new AbortController();
      extra.socket.once('close', () => leaving.abort());
      extra.session = { requestId: randomUUID(), principal, signal: leaving.signal };
      return true;
    } catch (thrown) {
      const error = this.failedProofs.judge(thrown, credentials.address);
      const reason = error instanceof Error ? error.message : '';
      extra.socket.close(closeCodeOf(error), reason.slice(0, MAX_REASON_LENGTH));
      return false;
    }
  }

  /** Counts a socket as its principal's and watches over it. False when it is one too many, and closed. */
  private take(principal: Principal, socket: WebSocket): boolean {
    const { sockets } = this.limits.settings;
    const giveBack = this.counted.take(principal, sockets);
    if (!giveBack) {
      this.refusals.add('sockets');
      socket.close(TOO_MANY, `A token has ${sockets} sockets at most. Close some.`);
      return false;
    }
    const leave = this.sessions.open(principal, (end) => {
      socket.close(...(end === 'ended' ? ENDED : OTHER_RIGHTS));
      // A client that does not answer is not waited for: what was sent before must not reach it much later.
      setTimeout(() => socket.terminate(), LINGER_MS).unref();
    });
    socket.once('close', () => {
      leave();
      giveBack();
    });
    return true;
  }
}

function closeCodeOf(error: unknown): number {
  if (isKind(error, 'too-many')) return TOO_MANY;
  return isKind(error, 'unauthenticated') ? CloseCode.Unauthorized : CloseCode.InternalServerError;
}

const requestIdOf = ({ extra }: SocketContext): string => extra.session?.requestId ?? '';
