import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { isListened, listenerParameters, nodeParameters } from '../domain/dialects/docker-flow-listener.ts';
import { DomainError } from '../domain/errors.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { ServiceNotices } from './service-notices.ts';
import type { SwarmListenerOptions } from './swarm-listener-settings.ts';

const ROOT = '/v1/docker-flow-swarm-listener/';
/** How long a request may take to come in, in milliseconds. */
const REQUEST_MS = 5_000;
const MAX_CONNECTIONS = 64;

/**
 * The API of Docker Flow's Swarm Listener (`docs/usage.md`, `serve.go`), by which a proxy asks for all services when it
 * starts. It is a listener of its own because that proxy sends no token.
 */
@Injectable()
export class SwarmListener implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly server: Server;
  private readonly answers: Readonly<Record<string, () => unknown>> = {
    ping: () => ({ Status: 'OK' }),
    'get-services': () => this.state.services.all().filter(isListened).map(listenerParameters),
    'get-nodes': () => this.state.nodes.all().map(nodeParameters),
    'notify-services': () => {
      this.notices.again();
      return { Status: 'OK' };
    },
  };

  constructor(
    private readonly state: ClusterState,
    private readonly notices: ServiceNotices,
    private readonly options: SwarmListenerOptions,
  ) {
    this.server = createServer(
      { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
      (request, response) => this.answer(request, response),
    );
    this.server.maxConnections = MAX_CONNECTIONS;
  }

  /** `host:port`, once it listens. */
  get address(): string {
    const { address, port, family } = this.server.address() as AddressInfo;
    return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
  }

  async onApplicationBootstrap(): Promise<void> {
    const { address, port } = this.options;
    this.server.listen(port, address);
    await once(this.server, 'listening').catch((cause: unknown) => {
      throw new DomainError(
        'invalid',
        `SWARMPLANE_DFSL_LISTEN: nothing can listen on ${address}, port ${port} (${(cause as Error).message}).`,
        { cause },
      );
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (!this.server.listening) return;
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer({ method, url = '' }: IncomingMessage, response: ServerResponse): void {
    const [path = ''] = url.split('?');
    const name = path.startsWith(ROOT) ? path.slice(ROOT.length) : '';
    const make = Object.hasOwn(this.answers, name) ? this.answers[name] : undefined;
    if (!make) return send(response, 404, { error: 'There is nothing here.' });
    if (method !== 'GET') return send(response, 405, { error: 'Only GET is answered.' });
    if (!this.state.hasSynced) return send(response, 503, { error: 'The swarm has not been read yet.' });
    return send(response, 200, make());
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
