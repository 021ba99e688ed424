import { EventStream, eventText, retryText, type EventText } from '../api/event-stream.ts';
import { ALIVE, failureText } from '../api/live-streams.ts';
import type { LogLine } from '../domain/log-line.ts';

/** How much waits for a slow reader before no more is read from the engine, in characters. */
const ENOUGH = 16 * 1024;

/** Lines as server-sent events, read from the engine only as fast as the client reads. */
export class LogEvents implements EventText {
  readonly stream: EventStream;
  private waiting = '';
  private taken = (): void => {};

  /** @param stop ends the lines, when nobody reads them any more */
  constructor(
    lines: AsyncIterable<LogLine>,
    private readonly stop: AbortController,
    heartbeatMs: number,
  ) {
    this.stream = new EventStream(this, `${retryText()}\n`, heartbeatMs);
    void this.tell(lines);
  }

  take(): Buffer {
    const text = Buffer.from(this.waiting);
    this.waiting = '';
    this.taken();
    return text;
  }

  heartbeat(): string {
    return ALIVE;
  }

  release(): void {
    this.stop.abort();
    this.taken();
  }

  private async tell(lines: AsyncIterable<LogLine>): Promise<void> {
    try {
      for await (const line of lines) {
        this.waiting += eventText('log', JSON.stringify(line), line.timestamp);
        this.stream.wake();
        await this.untilShorterThan(ENOUGH);
      }
      // An EventSource would come back when the stream ends; this tells it that there is no need to.
      await this.untilShorterThan(1);
      this.stream.finish(eventText('end', '{}'));
    } catch (error) {
      await this.untilShorterThan(1);
      this.stream.finish(failureText(error));
    }
  }

  private async untilShorterThan(length: number): Promise<void> {
    while (this.waiting.length >= length && !this.stop.signal.aborted) {
      await new Promise<void>((resolve) => (this.taken = resolve));
    }
  }
}
