import type { RouterConfig } from '../domain/router-config.ts';
import { ConfigStream } from './config-stream.ts';
import type { Problems } from './problems.ts';
import { shownAddress, type ServerAddress } from './server-address.ts';
import { RefusedByServer, type ServerClient } from './server-client.ts';
import { VersionGate } from './version-gate.ts';

/** Who is told what comes from the servers. */
export interface ServerLinkListener {
  /** What a server says is the newest. */
  sent(config: RouterConfig): void;
  /** This is to be served. */
  wanted(config: RouterConfig): void;
  /** A server answers that was not there before. */
  connected(): void;
}

/** Follows the configuration of the servers, whatever happens to the connection. */
export class ServerLink {
  private readonly gate: VersionGate;
  private readonly stream: ConfigStream;
  private lostAt: number | null = performance.now();

  /** @param known the configuration that the router has already; null when there is none */
  constructor(
    private readonly address: ServerAddress,
    client: ServerClient,
    routerId: string,
    known: RouterConfig | null,
    private readonly problems: Problems,
    private readonly listener: ServerLinkListener,
  ) {
    this.gate = new VersionGate(known?.version ?? null, (config) => listener.wanted(config));
    this.stream = new ConfigStream(client, routerId, known, {
      received: (config) => this.received(config),
      lost: (reason) => this.lost(reason),
    });
  }

  /** Until `signal` aborts. Never rejects. */
  async follow(signal: AbortSignal): Promise<void> {
    await this.stream.follow(signal);
    this.gate.forget();
  }

  /** How long no server has answered, in milliseconds; 0 while one does. */
  get awayMs(): number {
    return this.lostAt === null ? 0 : Math.round(performance.now() - this.lostAt);
  }

  private received(config: RouterConfig): void {
    if (this.lostAt !== null) {
      this.lostAt = null;
      this.problems.set('unauthorized', null);
      this.problems.set('server-unreachable', null);
      this.listener.connected();
    }
    this.listener.sent(config);
    this.gate.offer(config);
  }

  private lost(reason: Error): void {
    this.lostAt ??= performance.now();
    this.gate.forget();
    const isUnauthorized = reason instanceof RefusedByServer && reason.isUnauthorized;
    this.problems.set(
      'unauthorized',
      isUnauthorized
        ? `The server does not take the token of this router: ${sentence(reason.message)} Give it one with the role router (SWARMPLANE_TOKEN).`
        : null,
    );
    this.problems.set(
      'server-unreachable',
      isUnauthorized
        ? null
        : `No server answers at ${shownAddress(this.address)}: ${sentence(reason.message)} Requests go where they went last.`,
    );
  }
}

const sentence = (text: string): string => text.replace(/\.?$/, '.');
