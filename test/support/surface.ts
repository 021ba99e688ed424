import { setImmediate as turn } from 'node:timers/promises';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pino, { type Logger } from 'pino';
import supertest from 'supertest';
import { NO_LIMITS, type LimitSettings } from '../../src/api/limits/limit-settings.ts';
import type { AppSettings } from '../../src/app.module.ts';
import { createApp } from '../../src/app.ts';
import { newToken } from '../../src/auth/token-format.ts';
import { Operations, PreparedDocument } from '../../src/api/graphql/operations.ts';
import type { SwarmListenerOptions } from '../../src/dockerflow/swarm-listener-settings.ts';
import type { Role } from '../../src/domain/role.ts';
import { ClusterState } from '../../src/swarm/cluster-state.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { Subscription, type GraphqlError } from './subscription.ts';

const READY_WITHIN_MS = 5_000;

/** supertest's agent: `get(path)`, `post(path)` and so on, with the token already set. */
export type Rest = ReturnType<typeof supertest.agent>;

/** An answer of the GraphQL endpoint. */
export interface GraphqlAnswer<T> {
  readonly status: number;
  readonly data: T | null | undefined;
  readonly errors: readonly GraphqlError[];
}

type Variables = Record<string, unknown>;

/** The whole server over a fake swarm, listening on a port of its own. */
export class Surface {
  /** For the installation's admin. */
  readonly rest: Rest;
  private readonly subscriptions: Subscription<unknown>[] = [];
  /** How often the server has begun to follow the changes for a subscriber. */
  private followed = 0;
  private subscribing: Promise<unknown> = Promise.resolve();

  constructor(
    readonly swarm: FakeSwarm,
    readonly app: NestFastifyApplication,
    readonly adminToken: string,
  ) {
    this.rest = this.as(adminToken);
    const operations = app.get(Operations, { strict: false });
    const prepare = operations.prepare.bind(operations);
    operations.prepare = (text) => {
      const prepared = prepare(text);
      if (prepared instanceof PreparedDocument) this.count(prepared);
      return prepared;
    };
  }

  /** Counts whenever a subscription of this document has begun. */
  private count(document: PreparedDocument): void {
    if (Object.hasOwn(document, 'subscribe')) return;
    const subscribe = document.subscribe.bind(document);
    document.subscribe = async (...args) => {
      const results = await subscribe(...args);
      this.followed += 1;
      return results;
    };
  }

  get server(): Server {
    return this.app.getHttpServer();
  }

  /** `host:port` of the server. */
  get address(): string {
    const { address, port } = this.server.address() as AddressInfo;
    return `${address}:${port}`;
  }

  /** The state in memory that the server answers from. */
  get state(): ClusterState {
    return this.app.get(ClusterState, { strict: false });
  }

  /** REST with another token; null sends none. */
  as(token: string | null): Rest {
    const agent = supertest.agent(`http://${this.address}`);
    if (token !== null) agent.set('Authorization', `Bearer ${token}`);
    return agent;
  }

  /** A new token with this role. */
  async tokenFor(role: Role): Promise<string> {
    const response = await this.rest
      .post('/v1/tokens')
      .send({ name: `a ${role}`, role })
      .expect(201);
    return bodyOf<{ token: string }>(response).token;
  }

  /** Sends a GraphQL operation over HTTP; `token` null sends none. */
  async graphql<T = Record<string, unknown>>(
    query: string,
    variables: Variables = {},
    token: string | null = this.adminToken,
  ): Promise<GraphqlAnswer<T>> {
    const response = await this.as(token).post('/graphql').send({ query, variables });
    const { data, errors } = bodyOf<{ data?: T; errors?: GraphqlError[] }>(response);
    return { status: response.status, data, errors: errors ?? [] };
  }

  /** What an operation answers that must not fail. */
  async data<T>(query: string, variables: Variables = {}, token?: string): Promise<T> {
    const { data, errors } = await this.graphql<T>(query, variables, token);
    if (!data || errors.length > 0) throw new Error(`GraphQL failed: ${JSON.stringify(errors)}`);
    return data;
  }

  /** Subscribes, and comes back once the server follows the changes or has refused to. */
  async subscribe<T>(
    query: string,
    variables: Variables = {},
    token: string | null = this.adminToken,
  ): Promise<Subscription<T>> {
    // One at a time: the server does not say for whom it has begun to follow the changes.
    const turnOf = this.subscribing.then(() => this.subscribeNow<T>(query, variables, token));
    this.subscribing = turnOf.catch(() => undefined);
    return turnOf;
  }

  private async subscribeNow<T>(
    query: string,
    variables: Variables,
    token: string | null,
  ): Promise<Subscription<T>> {
    const before = this.followed;
    const subscription = new Subscription<T>(
      `ws://${this.address}/graphql`,
      token === null ? {} : { Authorization: `Bearer ${token}` },
      query,
      variables,
    );
    this.subscriptions.push(subscription);
    const deadline = Date.now() + READY_WITHIN_MS;
    // The protocol has no message that says "subscribed": changes before that moment would be missed.
    while (this.followed === before && !subscription.isOver) {
      if (Date.now() > deadline) throw new Error('The server has not begun to follow the changes.');
      await turn();
    }
    return subscription;
  }

  async close(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.close()));
    await this.app.close();
  }
}

export interface SurfaceOptions {
  readonly swarm?: FakeSwarm;
  /** False comes back before the state has been read. */
  readonly ready?: boolean;
  /** Where the log goes; nowhere when left out. */
  readonly logger?: Logger;
  /** Where the audit trail is kept; in memory when left out. */
  readonly audit?: AppSettings['audit'];
  /** What clients may ask for: as much as they like, for tests ask more than people, but for what is said here. */
  readonly limits?: Partial<LimitSettings>;
  /** Issuers whose tokens are taken. */
  readonly oidcIssuers?: AppSettings['oidcIssuers'];
  /** Built-in roles of organizations of client certificates. */
  readonly clientRoles?: AppSettings['clientRoles'];
  /** Origins besides its own. */
  readonly allowedOrigins?: readonly string[];
  /** Where new networks get their subnets from, in CIDR notation. */
  readonly addressPools?: readonly string[];
  /** What no network may have, in CIDR notation. */
  readonly reservedRanges?: readonly string[];
  /** Seals the keys of certificates. */
  readonly certificateKey?: Uint8Array;
  /** Tells services to a Docker Flow Proxy. */
  readonly swarmListener?: SwarmListenerOptions;
  /** Whether router services are attached to networks that routes need. */
  readonly attachRouters?: boolean;
}

/** Starts the real server over a fake swarm. */
export async function startSurface({
  swarm = new FakeSwarm(),
  ready = true,
  logger = pino({ level: 'silent' }),
  limits,
  ...settings
}: SurfaceOptions = {}): Promise<Surface> {
  const adminToken = newToken();
  const all = { adminToken, ...settings, limits: { ...NO_LIMITS, ...limits } };
  const app = await createApp(swarm.ports, all, logger);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const surface = new Surface(swarm, app, adminToken);
  if (ready) {
    const isReady = await surface.state.until(() => surface.state.hasSynced || undefined, READY_WITHIN_MS);
    if (!isReady) throw new Error('The server has not read the state of the swarm.');
  }
  return surface;
}

/** The body of a response as what it is known to be. */
export function bodyOf<T>(response: { body: unknown }): T {
  return response.body as T;
}
