import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RouterConfig, RouterConfigPatch } from '../../src/domain/router-config.ts';
import type { RouterReport } from '../../src/domain/router-report.ts';
import { checkRouterReport } from '../../src/domain/router-report-rules.ts';

/** What routers see of a server: its stream of configurations, and its ear for reports. */
export class FakeConfigServer {
  private readonly directory = mkdtempSync(join(tmpdir(), 'fcs-'));
  readonly socketPath = join(this.directory, 's.sock');
  readonly address = { kind: 'unix', path: this.socketPath } as const;
  /** The paths of all requests for the stream, and the reports, in their order. */
  readonly asked: string[] = [];
  readonly reports: RouterReport[] = [];
  /** Answered to everything instead, when it is not null. */
  refusal: number | null = null;
  private server: Server | undefined;
  private readonly streams = new Map<ServerResponse, RouterConfig>();
  private readonly waiting: (() => void)[] = [];

  constructor(public config: RouterConfig) {}

  async start(): Promise<this> {
    const server = createServer((request, response) => this.answer(request, response));
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.socketPath, resolve));
    return this;
  }

  /** Ends all connections and listens no more. */
  async stop(): Promise<void> {
    const { server } = this;
    this.streams.clear();
    await new Promise<void>((resolve) =>
      server ? (server.close(() => resolve()), server.closeAllConnections()) : resolve(),
    );
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** How many routers follow. */
  get followers(): number {
    return this.streams.size;
  }

  /** A new configuration, sent as a change to all who follow. */
  change(config: RouterConfig): void {
    this.config = config;
    for (const [stream, known] of this.streams) {
      this.event(stream, 'patch', patchBetween(known, config));
      this.streams.set(stream, config);
    }
  }

  /** Sends any event to all who follow. */
  say(event: string, data: unknown): void {
    for (const stream of this.streams.keys()) this.event(stream, event, data);
  }

  /** The first report, of those to come or there already, that fits. */
  async report(fits: (report: RouterReport) => boolean, withinMs = 15_000): Promise<RouterReport> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const found = this.reports.findLast(fits);
      if (found) return found;
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`No such report came. The last: ${JSON.stringify(this.reports.at(-1))}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    if (this.refusal !== null) {
      response.writeHead(this.refusal, { 'Content-Type': 'application/problem+json' });
      response.end(JSON.stringify({ detail: 'The fake server refuses.' }));
    } else if (request.method === 'PUT' && /^\/v1\/routers\/[^/]+\/report$/.test(path)) {
      void this.hear(request, response);
    } else if (request.method === 'GET' && path.startsWith('/v1/routers/config')) {
      this.asked.push(path);
      this.stream(path, response);
    } else {
      response.writeHead(404).end();
    }
  }

  private async hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const report = JSON.parse(Buffer.concat(chunks).toString()) as RouterReport;
    const [error] = checkRouterReport(report);
    response
      .writeHead(error ? 400 : 204)
      .end(error ? JSON.stringify({ detail: `${error.pointer}: ${error.detail}` }) : '');
    if (error) return;
    this.reports.push(report);
    for (const wake of this.waiting.splice(0)) wake();
  }

  private stream(path: string, response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const { config } = this;
    const same = new URL(path, 'http://localhost').searchParams.get('hash') === config.hash;
    this.event(response, same ? 'patch' : 'config', same ? patchBetween(config, config) : config);
    this.streams.set(response, config);
    response.on('close', () => this.streams.delete(response));
  }

  private event(stream: ServerResponse, event: string, data: unknown): void {
    stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }
}

/** How a router gets from one configuration to the next. */
export function patchBetween(from: RouterConfig, to: RouterConfig): RouterConfigPatch {
  const changed = <T extends { readonly id: string }>(old: readonly T[], now: readonly T[]): readonly T[] =>
    now.filter((item) => JSON.stringify(old.find(({ id }) => id === item.id)) !== JSON.stringify(item));
  const removed = (
    old: readonly { readonly id: string }[],
    now: readonly { readonly id: string }[],
  ): string[] => old.map(({ id }) => id).filter((id) => !now.some((item) => item.id === id));
  return {
    base: from.hash,
    version: to.version,
    hash: to.hash,
    settings: to.settings,
    routes: changed(from.routes, to.routes),
    removedRoutes: removed(from.routes, to.routes),
    certificates: changed(from.certificates, to.certificates),
    removedCertificates: removed(from.certificates, to.certificates),
  };
}
