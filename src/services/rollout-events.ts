import { EventStream, eventText, retryText, type EventText } from '../api/event-stream.ts';
import { ALIVE, failureText } from '../api/live-streams.ts';
import type { Rollout } from '../domain/rollout.ts';

/** A rollout as server-sent events: the newest state, whenever the reader is ready for it. */
export class RolloutEvents implements EventText {
  readonly stream: EventStream;
  private waiting = '';

  /**
   * @param first what the stream begins with
   * @param more what comes after it, until the rollout is over
   */
  constructor(
    first: Rollout,
    private readonly more: AsyncIterableIterator<Rollout>,
    heartbeatMs: number,
  ) {
    this.stream = new EventStream(this, `${retryText()}\n${rolloutText(first)}`, heartbeatMs);
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
      for await (const rollout of this.more) {
        this.waiting = rolloutText(rollout);
        this.stream.wake();
      }
      this.stream.finish(this.waiting);
    } catch (error) {
      this.stream.finish(failureText(error));
    }
  }
}

const rolloutText = (rollout: Rollout): string => eventText('rollout', JSON.stringify(rollout));
