import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request, type RequestOptions } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Writable } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pino from 'pino';
import { createApp } from '../../src/app.ts';
import type { ClientRole } from '../../src/auth/client-certificates.ts';
import { newToken } from '../../src/auth/token-format.ts';
import { ClusterState } from '../../src/swarm/cluster-state.ts';
import { ServerTls } from '../../src/tls/server-tls.ts';
import type { ClientTlsSettings } from '../../src/tls/tls-settings.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { makeCertificate, type CertificateWish, type MadeCertificate } from './certificate-maker.ts';
import { EventReader } from './event-stream.ts';
import { revocationList } from './revocation-list.ts';
import { Subscription } from './subscription.ts';

const READY_WITHIN_MS = 5_000;

/** What a client shows: a certificate and its key. */
export type Shown = Pick<MadeCertificate, 'certificate' | 'key'> | null;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface TlsServerOptions {
  /** Whether clients are asked for certificates; left out, they are not. */
  readonly clients?: ClientTlsSettings['auth'];
  /** Certificates of clients that are revoked; left out, no list is asked. */
  readonly revoked?: readonly MadeCertificate[];
  readonly roles?: readonly ClientRole[];
}

/** The whole server over a fake swarm, reached over TLS, with authorities and files of its own. */
export class TlsServer {
  readonly directory = mkdtempSync(join(tmpdir(), 'swarmplane-tls-'));
  readonly swarm = new FakeSwarm();
  readonly token = newToken();
  /** Vouches for the server. */
  readonly authority = makeCertificate({ commonName: 'Authority of servers', isAuthority: true });
  /** Vouches for clients. */
  readonly clients = makeCertificate({ commonName: 'Authority of clients', isAuthority: true });
  /** The lines of the log, as objects. */
  readonly log: { readonly level: number; readonly msg: string }[] = [];
  private app: NestFastifyApplication | undefined;
  private readonly ends: (() => unknown)[] = [];

  constructor(private readonly options: TlsServerOptions = {}) {
    this.renew();
    this.put('clients.pem', this.clients.certificate);
    this.put('revoked.pem', revocationList(this.clients, options.revoked));
  }

  /** Where a file of the server is. */
  path(name: string): string {
    return join(this.directory, name);
  }

  /** Replaces a file by another one, at once, as a careful program does. */
  put(name: string, content: string): void {
    writeFileSync(this.path(`${name}.new`), content);
    renameSync(this.path(`${name}.new`), this.path(name));
  }

  /** Gives the server another certificate, which it has to notice. */
  renew(wish: Partial<CertificateWish> = {}): MadeCertificate {
    const made = makeCertificate({
      commonName: 'the server',
      names: ['localhost'],
      addresses: ['127.0.0.1'],
      issuer: this.authority,
      ...wish,
    });
    this.put('server-key.pem', made.key);
    this.put('server.pem', made.certificate);
    return made;
  }

  /** A certificate of a client, valid unless told otherwise. */
  client(wish: Partial<CertificateWish> = {}): MadeCertificate {
    return makeCertificate({ commonName: 'alice', usages: ['client'], issuer: this.clients, ...wish });
  }

  async start(): Promise<void> {
    const { clients, revoked, roles } = this.options;
    const tls = new ServerTls({
      certFile: this.path('server.pem'),
      keyFile: this.path('server-key.pem'),
      clients: clients
        ? {
            caFile: this.path('clients.pem'),
            crlFile: revoked ? this.path('revoked.pem') : null,
            auth: clients,
          }
        : null,
    });
    const settings = { adminToken: this.token, tls, clientRoles: roles };
    const lines = new Writable({
      write: (line: Buffer, _, done) => {
        this.log.push(JSON.parse(line.toString()) as (typeof this.log)[number]);
        done();
      },
    });
    this.app = await createApp(this.swarm.ports, settings, pino({ level: 'info' }, lines));
    await this.app.listen({ host: '127.0.0.1', port: 0 });
    const state = this.app.get(ClusterState, { strict: false });
    await state.until(() => state.hasSynced || undefined, READY_WITHIN_MS);
  }

  get port(): number {
    return (this.app?.getHttpServer().address() as AddressInfo).port;
  }

  /** A part of the server. */
  part<T>(of: Type<T>): T {
    if (!this.app) throw new Error('The server has not been started.');
    return this.app.get(of, { strict: false });
  }

  /** What a client of the server connects with. */
  tls(shown: Shown): SecureContextOptions {
    return { ca: this.authority.certificate, ...(shown && { cert: shown.certificate, key: shown.key }) };
  }

  /** An agent that keeps its connection, as a client with this certificate. */
  agent(shown: Shown): Agent {
    const agent = new Agent({ ...this.tls(shown), keepAlive: true, maxSockets: 1 });
    this.ends.push(() => agent.destroy());
    return agent;
  }

  /** Asks over a connection of its own, unless an agent is given. */
  async ask(
    path: string,
    { shown = null, token, body, headers: given, ...options }: Ask = {},
  ): Promise<Answer> {
    const headers = {
      ...given,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const method = body === undefined ? 'GET' : 'POST';
    const connection = { agent: false, ...this.tls(shown), ...options, host: '127.0.0.1', port: this.port };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ ...connection, path, method, headers }, resolve)
        .on('error', reject)
        .end(body === undefined ? undefined : JSON.stringify(body));
    });
    return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
  }

  /** Opens `GET /v1/events`. */
  async events(shown: Shown, query = '', token?: string): Promise<EventReader> {
    const headers = token === undefined ? undefined : { Authorization: `Bearer ${token}` };
    const url = `https://127.0.0.1:${this.port}/v1/events${query}`;
    const reader = await EventReader.open(url, headers, this.tls(shown));
    this.ends.push(() => reader.close());
    return reader;
  }

  /** Subscribes to changes of nodes. */
  subscribe(shown: Shown, token?: string): Subscription<{ nodeChanged: unknown }> {
    const subscription = new Subscription<{ nodeChanged: unknown }>(
      `wss://127.0.0.1:${this.port}/graphql`,
      token === undefined ? {} : { Authorization: `Bearer ${token}` },
      'subscription { nodeChanged(initial: true) { type } }',
      {},
      this.tls(shown),
    );
    this.ends.push(() => subscription.close());
    return subscription;
  }

  async close(): Promise<void> {
    for (const end of this.ends) await end();
    await this.app?.close();
    rmSync(this.directory, { recursive: true });
  }
}

type Ask = Omit<RequestOptions, 'headers'> & {
  readonly headers?: Readonly<Record<string, string>>;
  readonly shown?: Shown;
  readonly token?: string;
  readonly body?: unknown;
};
