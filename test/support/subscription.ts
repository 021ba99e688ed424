import type { SecureContextOptions } from 'node:tls';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';

/** How long a message may take that should come; far more than it does. */
const MESSAGE_WITHIN_MS = 5_000;

/** One message of a subscription: `data` or `errors`, as GraphQL has them. */
export interface Message<T> {
  readonly data?: T | null;
  readonly errors?: readonly GraphqlError[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** A GraphQL error as clients see it. */
export interface GraphqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: {
    readonly code: string;
    readonly type: string;
    readonly status: number;
    readonly requestId: string;
    readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  };
}

/** How a socket was closed. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** A subscription over a WebSocket of its own, by the graphql-transport-ws client. */
export class Subscription<T> {
  private readonly client: Client;
  private readonly queue: Message<T>[] = [];
  private readonly end = Promise.withResolvers<unknown>();
  private ended = false;
  private wake = (): void => {};
  private readonly close_ = Promise.withResolvers<Closing>();

  constructor(
    url: string,
    connectionParams: Record<string, unknown>,
    query: string,
    variables: Record<string, unknown>,
    tls: SecureContextOptions = {},
  ) {
    class TlsWebSocket extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols, tls);
      }
    }
    this.client = createClient({ url, connectionParams, webSocketImpl: TlsWebSocket, retryAttempts: 0 });
    this.client.on('closed', (event) => this.close_.resolve(event as Closing));
    const finish = (failure: unknown): void => {
      this.ended = true;
      this.end.resolve(failure);
      this.wake();
    };
    this.client.subscribe<T>(
      { query, variables },
      {
        next: (message) => {
          this.queue.push(message as Message<T>);
          this.wake();
        },
        error: (failure) => finish(failure),
        complete: () => finish(undefined),
      },
    );
  }

  /** True once no more messages can come. */
  get isOver(): boolean {
    return this.ended;
  }

  /** How many messages have come that nobody has looked at. */
  get waiting(): number {
    return this.queue.length;
  }

  /** The data of the next message. Fails when none comes in time, or one with errors. */
  async next(): Promise<T> {
    const message = await this.message();
    if (!message.data) throw new Error(`The subscription failed: ${JSON.stringify(message.errors)}`);
    return message.data;
  }

  /** The data of all messages up to the first that fits. */
  async until(fits: (data: T) => boolean): Promise<T[]> {
    const seen: T[] = [];
    for (;;) {
      const data = await this.next();
      seen.push(data);
      if (fits(data)) return seen;
    }
  }

  /** The errors that the subscription was refused with: by its document, or by what it asks for. */
  async refusal(): Promise<readonly GraphqlError[]> {
    const failure = await within(this.end.promise, 'The subscription was not refused');
    const errors = Array.isArray(failure) ? (failure as GraphqlError[]) : this.queue.shift()?.errors;
    if (errors) return errors;
    throw new Error(`The subscription was not refused with errors, but ended with ${describe(failure)}.`);
  }

  /** How the socket was closed, by whichever side. */
  closing(): Promise<Closing> {
    return within(this.close_.promise, 'The socket was not closed');
  }

  async close(): Promise<void> {
    await this.client.dispose();
  }

  /** The next message as it is. Fails when none comes in time. */
  async message(): Promise<Message<T>> {
    while (this.queue.length === 0 && !this.ended) {
      await within(new Promise<void>((resolve) => (this.wake = resolve)), 'No message came');
    }
    const message = this.queue.shift();
    if (message) return message;
    const failure = await this.end.promise;
    throw new Error(`The subscription is over: ${describe(failure)}`);
  }
}

/** An end of a subscription, for people: errors, the closing of a socket, or nothing at all. */
function describe(end: unknown): string {
  if (end === undefined) return 'no error';
  const { code, reason } = end as Partial<Closing>;
  return code === undefined ? JSON.stringify(end) : `the socket closed with ${code} ${reason ?? ''}`;
}

/** What the promise gives, or a failure that says what did not happen in time. */
export async function within<T>(
  promise: Promise<T>,
  complaint: string,
  ms: number = MESSAGE_WITHIN_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${complaint} within ${ms} ms.`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
