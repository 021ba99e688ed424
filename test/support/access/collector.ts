import { get, type IncomingMessage } from 'node:http';
import { CloseCode, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { eventually } from '../eventually.ts';
import type { Surface } from '../surface.ts';

/** What one stream or subscription has told. */
interface Heard {
  readonly name: string;
  /** What it was asked with. */
  readonly asked: string;
  text: string;
}

/** Opens streams and subscriptions, and keeps all that they tell. */
export class Collector {
  private readonly all: Heard[] = [];
  private readonly ends: (() => unknown)[] = [];

  constructor(
    private readonly surface: Surface,
    private readonly token: string,
  ) {}

  /** Server-sent events; a refusal is kept, too. Comes back with the head of the answer. */
  async stream(url: string): Promise<void> {
    const heard = this.hear(`GET ${url}`, decodeURIComponent(url));
    const headers = { Authorization: `Bearer ${this.token}`, Accept: 'text/event-stream' };
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      get(`http://${this.surface.address}${url}`, { headers, agent: false }, resolve).on('error', reject),
    );
    heard.text += JSON.stringify(response.headers);
    response.setEncoding('utf8').on('data', (text: string) => (heard.text += text));
    response.on('error', () => undefined);
    this.ends.push(() => response.destroy());
  }

  /** A subscription, on a socket of its own; it is under way when this comes back. */
  async subscription(
    field: string,
    operation: { readonly query: string; readonly variables: Record<string, unknown> },
    variant: string,
  ): Promise<void> {
    const heard = this.hear(`${field} ${variant}`, JSON.stringify(operation.variables));
    const client = createClient({
      url: `ws://${this.surface.address}/graphql`,
      connectionParams: { Authorization: `Bearer ${this.token}` },
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      lazy: false,
    });
    this.ends.push(() => client.dispose());
    const connected = new Promise((resolve) => client.on('connected', resolve));
    client.on('closed', (event) => {
      const { code, reason } = event as { code: number; reason: string };
      if (code !== Number(CloseCode.Forbidden)) heard.text += reason;
    });
    client.on('message', (message) => (heard.text += JSON.stringify(message)));
    client.subscribe(operation, { next: () => {}, error: () => {}, complete: () => {} });
    await connected;
  }

  /** Comes back once a stream and a subscription have told of something. */
  async heard(text: string): Promise<void> {
    for (const kind of ['GET /v1/events?', 'Subscription.serviceChanged own']) {
      await eventually(`${kind} tells of ${text}`, () =>
        this.all.find((one) => one.name === kind && one.text.includes(text)),
      );
    }
  }

  get texts(): readonly Heard[] {
    return this.all;
  }

  async close(): Promise<void> {
    await Promise.all(this.ends.map((end) => end()));
  }

  private hear(name: string, asked: string): Heard {
    const heard: Heard = { name, asked, text: '' };
    this.all.push(heard);
    return heard;
  }
}
