import { WebSocket } from 'ws';
import { within } from './subscription.ts';

/** What the server says on a socket that speaks graphql-transport-ws by hand. */
interface Said {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A socket whose messages are written by hand, for what no client would send. */
export class HandSocket {
  private readonly messages: Said[] = [];
  private readonly closed = Promise.withResolvers<number>();
  private wake = (): void => {};

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString()) as Said);
      this.wake();
    });
    socket.once('close', (code) => this.closed.resolve(code));
    // A server may cut off who says too much.
    socket.on('error', () => undefined);
  }

  /** Opens a socket, and proves who is there unless `token` is null. */
  static async open(address: string, token: string | null): Promise<HandSocket> {
    const socket = new WebSocket(`ws://${address}/graphql`, 'graphql-transport-ws');
    const opened = new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const hand = new HandSocket(socket);
    await within(opened, 'The socket did not open');
    if (token === null) return hand;
    hand.say({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } });
    await hand.hear(({ type }) => type === 'connection_ack');
    return hand;
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  ask(id: string, query: string): void {
    this.say({ type: 'subscribe', id, payload: { query } });
  }

  /** The first message that fits, said before or to come. */
  async hear(fits: (message: Said) => boolean): Promise<Said> {
    for (;;) {
      const found = this.messages.find(fits);
      if (found) return found;
      await within(new Promise<void>((resolve) => (this.wake = resolve)), 'The message did not come');
    }
  }

  /** The code that the socket is closed with. */
  closing(): Promise<number> {
    return within(this.closed.promise, 'The socket was not closed');
  }

  close(): void {
    this.socket.terminate();
  }
}
