import { Agent, request } from 'node:http';

/** Requests to foo.example.com on kept connections, each sending the next when it was answered. */
export class Load {
  requests = 0;
  readonly failures: string[] = [];
  private isOver = false;
  private readonly agent: Agent;
  private readonly loops: Promise<void>[];

  constructor(
    private readonly port: number,
    connections: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
    this.loops = Array.from({ length: connections }, () => this.loop());
  }

  /** Ends it; answers how many were sent, and what went wrong. */
  async end(): Promise<{ readonly requests: number; readonly failures: readonly string[] }> {
    this.isOver = true;
    await Promise.all(this.loops);
    this.agent.destroy();
    return { requests: this.requests, failures: this.failures };
  }

  private async loop(): Promise<void> {
    while (!this.isOver) {
      const outcome = await this.ask();
      this.requests++;
      if (outcome !== '200') this.failures.push(outcome);
    }
  }

  private ask(): Promise<string> {
    return new Promise((resolve) => {
      const options = {
        port: this.port,
        host: '127.0.0.1',
        headers: { host: 'foo.example.com' },
        agent: this.agent,
      };
      request(options, (response) => {
        response.resume();
        response.on('end', () => resolve(String(response.statusCode)));
        response.on('error', (error) => resolve(error.message));
      })
        .on('error', (error) => resolve(error.message))
        .end();
    });
  }
}
