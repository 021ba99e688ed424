import type { Server } from 'node:https';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Gauge } from 'prom-client';
import { Metrics } from '../api/metrics.ts';
import { ClientCertificates } from '../auth/client-certificates.ts';
import { ClientConnections } from './client-connections.ts';
import { followFiles } from './follow-files.ts';
import { ServerTls, type Renewal } from './server-tls.ts';

/** How long before its end the log begins to warn of the server's certificate, in milliseconds. */
const WARN_MS = 14 * 24 * 3600 * 1000;

/** Takes up files of TLS that are renewed while the server runs, and says when they should be. */
@Injectable()
export class TlsUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger('Tls');
  /** What the log has said last of each: once is enough. */
  private refused: string | null = null;
  private warned: string | null = null;
  private stop = (): void => {};

  constructor(
    private readonly tls: ServerTls,
    private readonly adapters: HttpAdapterHost,
    private readonly certificates: ClientCertificates,
    metrics: Metrics,
  ) {
    new Gauge({
      name: 'swarmplane_tls_certificate_expires_in_seconds',
      help: "Time until the server's own certificate expires; negative once it has.",
      registers: [metrics.registry],
      collect() {
        this.set((tls.expiresAt - Date.now()) / 1000);
      },
    });
  }

  onApplicationBootstrap(): void {
    const server = this.adapters.httpAdapter.getHttpServer() as Server;
    const connections = new ClientConnections(server);
    const look = (): void => this.look(server, connections);
    this.stop = followFiles(this.tls.files, look);
    look();
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  private look(server: Server, connections: ClientConnections): void {
    const renewal = this.renew(server);
    if (renewal === 'trust') {
      this.certificates.forget();
      connections.end();
      this.log.log('Other client certificates are trusted: clients that have shown one show it again.');
    } else if (renewal === 'certificate') {
      const end = new Date(this.tls.expiresAt).toISOString();
      this.log.log(`The renewed certificate of the server is in force. It expires at ${end}.`);
    }
    this.warn();
  }

  private renew(server: Server): Renewal {
    try {
      const renewal = this.tls.renew(server);
      this.refused = null;
      return renewal;
    } catch (error) {
      // Whatever it is: a server that serves must not end over files that it can do without.
      const { message } = error as Error;
      if (message !== this.refused) this.log.warn(`${message} What was there before stays in force.`);
      this.refused = message;
      return 'nothing';
    }
  }

  private warn(): void {
    const { expiresAt } = this.tls;
    const left = expiresAt - Date.now();
    if (left > WARN_MS) return;
    const end = new Date(expiresAt).toISOString();
    const text = `The certificate of the server ${left > 0 ? 'expires' : 'has expired'} at ${end}. Renew SWARMPLANE_TLS_CERT_FILE and SWARMPLANE_TLS_KEY_FILE; no restart is needed.`;
    if (text !== this.warned) this.log.warn(text);
    this.warned = text;
  }
}
