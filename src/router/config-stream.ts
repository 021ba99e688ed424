import type { IncomingMessage } from 'node:http';
import { createParser } from 'eventsource-parser';
import type { RouterConfig } from '../domain/router-config.ts';
import { Backoff } from './backoff.ts';
import { afterEvent } from './config-events.ts';
import type { ServerClient } from './server-client.ts';

const PATH = '/v1/routers/config';
/** Servers say something every 3 s; a connection that is silent for much longer is dead. In milliseconds. */
const SILENT_AFTER_MS = 10_000;
/** A connection that held this long was a good one: the next attempt after it comes soon. In milliseconds. */
const STEADY_AFTER_MS = 5_000;

/** Who is told what comes of a stream. */
export interface ConfigStreamListener {
  /** A server answers, and this is its newest configuration. */
  received(config: RouterConfig): void;
  /** The connection is gone, or none could be made. */
  lost(reason: Error): void;
}

/** Reads the configuration from a server, and its changes as they come. */
export class ConfigStream {
  private readonly backoff = new Backoff();

  /**
   * @param routerId by which the server knows this router
   * @param known what the router has already, so that a server need only send what is new
   */
  constructor(
    private readonly server: ServerClient,
    private readonly routerId: string,
    private known: RouterConfig | null,
    private readonly listener: ConfigStreamListener,
    private readonly silentAfterMs = SILENT_AFTER_MS,
  ) {}

  /** Connects, and again whenever the connection is lost, until `signal` aborts. Never rejects. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedAt = performance.now();
      try {
        await this.read(await this.server.open(this.path(), signal));
      } catch (error) {
        if (signal.aborted) return;
        this.listener.lost(error as Error);
      }
      if (performance.now() - startedAt > STEADY_AFTER_MS) this.backoff.reset();
      await this.backoff.wait(signal);
    }
  }

  private path(): string {
    const query = new URLSearchParams({ router: this.routerId });
    if (this.known) query.set('hash', this.known.hash);
    return `${PATH}?${query.toString()}`;
  }

  /** Reads one answer to its end, which is always a loss. */
  private async read(response: IncomingMessage): Promise<never> {
    const parser = createParser({ onEvent: ({ event, data }) => this.take(event ?? 'message', data) });
    response.socket.setTimeout(this.silentAfterMs, () =>
      response.destroy(new Error(`The server was silent for ${this.silentAfterMs / 1000} s.`)),
    );
    response.setEncoding('utf8');
    for await (const chunk of response) parser.feed(chunk as string);
    throw new Error('The server ended the stream.');
  }

  private take(event: string, data: string): void {
    const known = this.known;
    // Whatever is wrong with the event, the whole is asked for next time.
    this.known = null;
    const config = afterEvent(known, event, data);
    this.known = config;
    if (config && config !== known) this.listener.received(config);
  }
}
