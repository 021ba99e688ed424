import type { Principal } from '../domain/role.ts';
import { EventStream, eventText, retryText, type EventText } from './event-stream.ts';
import { ALIVE, failureText, type LiveStreams } from './live-streams.ts';

/**
 * What is followed as server-sent events: the newest state, whenever the reader is ready for it. Fails as the first look
 * does; once it has begun it does not fail but says why it ends.
 * @param event the name of the events
 */
export async function followedEvents<T>(
  event: string,
  followed: AsyncIterableIterator<T>,
  streams: LiveStreams,
  principal: Principal,
): Promise<EventStream> {
  const first = (await followed.next()) as IteratorYieldResult<T>;
  return streams.holdEvents(
    new FollowedEvents(event, first.value, followed, streams.heartbeatMs).stream,
    principal,
  );
}

class FollowedEvents<T> implements EventText {
  readonly stream: EventStream;
  private waiting = '';

  /**
   * @param first what the stream begins with
   * @param more what comes after it, until it is over
   */
  constructor(
    private readonly event: string,
    first: T,
    private readonly more: AsyncIterableIterator<T>,
    heartbeatMs: number,
  ) {
    this.stream = new EventStream(this, `${retryText()}\n${this.textOf(first)}`, heartbeatMs);
    void this.tell();
  }

  take(): Buffer {
    const text = Buffer.from(this.waiting);
    this.waiting = '';
    return text;
  }

  heartbeat(): string {
    return ALIVE;
  }

  release(): void {
    void this.more.return?.();
  }

  private async tell(): Promise<void> {
    try {
      for await (const state of this.more) {
        this.waiting = this.textOf(state);
        this.stream.wake();
      }
      this.stream.finish(this.waiting);
    } catch (error) {
      this.stream.finish(failureText(error));
    }
  }

  private textOf(state: T): string {
    return eventText(this.event, JSON.stringify(state));
  }
}
