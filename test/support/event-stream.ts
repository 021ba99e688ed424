import { get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { within } from './subscription.ts';

/** One block of a stream of server-sent events: its fields, as they were sent. */
export interface Block {
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly data: string | undefined;
  readonly retry: string | undefined;
  readonly comment: string | undefined;
}

/** What a change looks like in an event. */
export interface EventData {
  readonly type: 'ADDED' | 'UPDATED' | 'REMOVED';
  readonly kind: string;
  readonly object: { readonly id: string; readonly name?: string; readonly version: number } & Record<
    string,
    unknown
  >;
  readonly previous: Record<string, unknown> | null;
}

/** A reader of a stream of server-sent events. */
export class EventReader {
  readonly blocks: Block[] = [];
  /** The id that an `EventSource` would come back with. */
  lastEventId: string | undefined;
  private text = '';
  private over = false;
  private wake = (): void => {};

  private constructor(private readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.read(chunk));
    const end = (): void => {
      this.over = true;
      this.wake();
    };
    response.on('close', end);
    response.on('error', end);
  }

  /** Asks for the stream, and comes back with the head of the answer, whatever its status. */
  static async open(
    url: string,
    headers: Record<string, string> = {},
    tls: SecureContextOptions = {},
  ): Promise<EventReader> {
    const response = await within(
      new Promise<IncomingMessage>((resolve, reject) => {
        const ask = url.startsWith('https:') ? getSecurely : get;
        ask(url, { ...tls, headers, agent: false }, resolve).on('error', reject);
      }),
      'The stream did not begin',
    );
    const reader = new EventReader(response);
    // What comes first says that the server follows the changes.
    if (response.statusCode === 200) await reader.block();
    return reader;
  }

  get status(): number {
    return this.response.statusCode ?? 0;
  }

  get headers(): IncomingHttpHeaders {
    return this.response.headers;
  }

  /** All of a body that is no stream. */
  async body(): Promise<unknown> {
    await this.end();
    return JSON.parse(this.text) as unknown;
  }

  /** The next block, a comment or an event. Fails when none comes in time, or the stream ends. */
  async block(): Promise<Block> {
    while (this.blocks.length === 0 && !this.over) await this.more('No event came');
    const block = this.blocks.shift();
    if (!block) throw new Error('The stream has ended.');
    return block;
  }

  /** The next event that has data. */
  async event(): Promise<Block> {
    for (;;) {
      const block = await this.block();
      if (block.data !== undefined) return block;
    }
  }

  /** The next change. */
  async change(): Promise<EventData> {
    return JSON.parse((await this.event()).data ?? '') as EventData;
  }

  /** All changes up to the first that fits. */
  async until(fits: (change: EventData) => boolean): Promise<EventData[]> {
    const seen: EventData[] = [];
    for (;;) {
      const change = await this.change();
      seen.push(change);
      if (fits(change)) return seen;
    }
  }

  /** Waits until the server has ended the stream. */
  async end(): Promise<void> {
    while (!this.over) await this.more('The stream did not end');
  }

  close(): void {
    this.response.destroy();
  }

  private more(complaint: string): Promise<void> {
    return within(new Promise<void>((resolve) => (this.wake = resolve)), complaint);
  }

  private read(chunk: string): void {
    this.text += chunk;
    const parts = this.text.split('\n\n');
    if (this.status === 200) {
      this.text = parts.pop() ?? '';
      for (const part of parts) this.take(part);
    }
    this.wake();
  }

  private take(text: string): void {
    const field = (name: string): string | undefined => new RegExp(`^${name}: ?(.*)$`, 'm').exec(text)?.[1];
    const block: Block = {
      event: field('event'),
      id: field('id'),
      data: field('data'),
      retry: field('retry'),
      comment: field(''),
    };
    this.lastEventId = block.id ?? this.lastEventId;
    this.blocks.push(block);
  }
}
