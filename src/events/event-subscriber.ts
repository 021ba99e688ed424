import { EventStream, eventText, retryText, type EventText } from '../api/event-stream.ts';
import type { ChangeEvent } from './change-event.ts';
import type { ChangeQueue } from './change-queue.ts';
import type { EventGroup } from './event-groups.ts';
import type { EventHistory } from './event-history.ts';
import type { EventKind } from './event-kinds.ts';
import type { EventViews } from './event-views.ts';
import { RESYNC, type ResyncReason } from './resync.ts';
import { seenEvent } from './sight.ts';

const NOTHING = Buffer.alloc(0);

/** One reader of a stream of events: what waits for it, and where it is. */
export class EventSubscriber implements EventText {
  readonly stream: EventStream;

  /**
   * @param group those that follow the same
   * @param queue what waits for it
   * @param lastEventId the event that the reader has seen last; it goes on after that, or is told that it cannot
   * @param heartbeatMs how often a silent stream says that it is alive, in milliseconds
   */
  constructor(
    private readonly history: EventHistory,
    private readonly views: EventViews,
    private readonly group: EventGroup,
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
    if (isKnown) {
      history.replay(from, (event) => {
        const seen = seenEvent(event, group.sight);
        if (seen) queue.push(seen);
      });
    }
    group.join(this);
    this.notice();
  }

  /** Tells of a change that has happened. `isConcerned` says whether it is any of what the subscriber follows. */
  tell(event: ChangeEvent<EventKind>, isConcerned: boolean): void {
    if (!isConcerned && this.queue.size === 0) return;
    this.queue.push(event, isConcerned);
    this.notice();
  }

  take(length: number): Buffer {
    const parts: Buffer[] = [];
    for (let taken = 0; taken < length;) {
      const event = this.queue.shift();
      if (!event) break;
      const bytes = this.views.bytes(event, this.history.cursorAt(event.position));
      parts.push(bytes);
      taken += bytes.length;
    }
    const [first = NOTHING] = parts;
    return parts.length > 1 ? Buffer.concat(parts) : first;
  }

  heartbeat(): string {
    // Whoever has been told all can come back to here, however long nothing fits its filter.
    return `: alive\n${this.queue.size === 0 ? `id: ${this.here}\n` : ''}\n`;
  }

  release(): void {
    this.group.leave(this);
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
