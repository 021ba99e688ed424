import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the router says of itself on its own machine. */
export interface Health {
  /** Whether requests are answered. */
  readonly ready: boolean;
  /** What there is to know besides. */
  readonly [field: string]: unknown;
}

/**
 * `GET /livez` answers 200 as long as the agent runs, `GET /readyz` 200 or 503 by whether HAProxy serves a
 * configuration; both with the same JSON. On the loopback only.
 */
export class HealthServer {
  private readonly server: Server;

  constructor(health: () => Health) {
    this.server = createServer((request, response) => {
      const body = health();
      const status = { '/livez': 200, '/readyz': body.ready ? 200 : 503 }[request.url ?? ''] ?? 404;
      response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
      response.end(status === 404 ? '{}' : JSON.stringify(body));
    });
  }

  /** Begins to listen; answers the port. Rejects when it is taken. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', resolve);
    });
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
