import { eventBytes, EventStream, eventText, retryText, type EventText } from '../api/event-stream.ts';
import type { ChangeQueue } from './change-queue.ts';
import type { EventHistory } from './event-history.ts';
import type { EventKind } from './event-kinds.ts';
import type { EventViews } from './event-views.ts';
import { RESYNC, type ResyncReason } from './resync.ts';

/** One reader of a stream of events: what it follows, what waits for it, and where it is. */
export class EventSubscriber implements EventText {
  readonly stream: EventStream;
  private readonly unfollow: () => void;

  /**
   * @param queue what waits for the reader, by what it follows
   * @param lastEventId the event that the reader has seen last; it goes on after that, or is told that it cannot
   * @param heartbeatMs how often a silent stream says that it is alive, in milliseconds
   */
  constructor(
    private readonly history: EventHistory,
    private readonly views: EventViews,
    private readonly queue: ChangeQueue<EventKind>,
    lastEventId: string | undefined,
    heartbeatMs: number,
  ) {
    const from = lastEventId ? history.positionOf(lastEventId) : history.position;
    const isKnown = typeof from === 'number';
    const start = history.cursorAt(isKnown ? from : history.position);
    // An id without data is remembered by clients, so that they can come back before the first event.
    const opening = `${retryText()}id: ${start}\n\n${isKnown ? '' : resyncText(from, start)}`;
    this.stream = new EventStream(this, opening, heartbeatMs);
    // All in one turn, so nothing is missing between what was and what comes.
    if (isKnown) history.replay(from, (change, position) => queue.push(change, position));
    this.unfollow = history.follow((change, position) => {
      queue.push(change, position);
      this.notice();
    });
    this.notice();
  }

  take(length: number): Buffer {
    const parts: Buffer[] = [];
    for (let taken = 0; taken < length;) {
      const pending = this.queue.shift();
      if (!pending) break;
      const { change, position } = pending;
      const name = `${change.kind}.${change.type.toLowerCase()}`;
      const event = eventBytes(name, this.views.json(change), this.history.cursorAt(position));
      parts.push(event);
      taken += event.length;
    }
    return Buffer.concat(parts);
  }

  heartbeat(): string {
    // Whoever has been told all can come back to here, however long nothing fits its filter.
    return `: alive\n${this.queue.size === 0 ? `id: ${this.here}\n` : ''}\n`;
  }

  release(): void {
    this.unfollow();
  }

  private get here(): string {
    return this.history.cursorAt(this.history.position);
  }

  private notice(): void {
    if (this.queue.hasOverflowed) this.stream.finish(resyncText('overflow', this.here));
    else if (this.queue.size > 0) this.stream.wake();
  }
}

/** Tells a client that it has missed something, and from where it goes on. */
function resyncText(reason: ResyncReason, id: string): string {
  return eventText(
    'resync',
    JSON.stringify({ reason, detail: `${RESYNC[reason]} Read the lists again.` }),
    id,
  );
}
