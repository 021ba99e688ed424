import { EventStream, eventText, retryText, type EventText } from '../api/event-stream.ts';
import { ALIVE, failureText } from '../api/live-streams.ts';
import type { Network } from '../domain/network.ts';
import type { Principal } from '../domain/role.ts';
import type { NameBook } from './name-book.ts';
import { NamesFollower } from './names-follower.ts';

/** Changes of the names of a network as server-sent events, after all that answer now. */
export class NamesEvents implements EventText {
  readonly stream: EventStream;
  private readonly follower: NamesFollower;

  constructor(book: NameBook, network: Network, by: Pick<Principal, 'rights'>, heartbeatMs: number) {
    this.stream = new EventStream(this, `${retryText()}\n`, heartbeatMs);
    this.follower = new NamesFollower(book, network, by, true, () => this.stream.wake());
    this.stream.wake();
  }

  take(): Buffer {
    try {
      const change = this.follower.take();
      return Buffer.from(change ? eventText('names', JSON.stringify(change)) : '');
    } catch (error) {
      this.stream.finish(failureText(error));
      return Buffer.alloc(0);
    }
  }

  heartbeat(): string {
    return ALIVE;
  }

  release(): void {
    void this.follower.return();
  }
}
