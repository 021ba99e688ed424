import { Injectable } from '@nestjs/common';
import type { ChangeEvent } from './change-event.ts';
import { concerns, type Follows } from './change-queue.ts';
import type { Selection } from './event-filter.ts';
import { EventHistory } from './event-history.ts';
import type { EventKind } from './event-kinds.ts';
import { seenEvent, type Sight } from './sight.ts';

/** Whoever is told of changes; whether one concerns it has been found out. */
export interface EventMember {
  tell(event: ChangeEvent<EventKind>, isConcerned: boolean): void;
}

/** Subscribers that follow the same, and may see the same. */
export class EventGroup {
  private readonly members = new Set<EventMember>();

  constructor(
    readonly follows: Follows<EventKind>,
    readonly sight: Sight | null,
    private readonly changed: (isEmpty: boolean) => void,
  ) {}

  /** Tells the subscriber of every change from now on. */
  join(member: EventMember): void {
    this.members.add(member);
    this.changed(false);
  }

  leave(member: EventMember): void {
    this.members.delete(member);
    this.changed(this.members.size === 0);
  }

  tell(event: ChangeEvent<EventKind>): void {
    const seen = seenEvent(event, this.sight);
    if (!seen) return;
    const isConcerned = concerns(seen.change, this.follows);
    for (const member of this.members) member.tell(seen, isConcerned);
  }
}

/** Subscribers by what they follow: whether a change concerns them is decided once for all that follow the same. */
@Injectable()
export class EventGroups {
  private readonly groups = new Map<string, EventGroup>();
  private unfollow: (() => void) | undefined;

  constructor(private readonly history: EventHistory) {}

  /** The group of those that follow this; a new one when there is none yet. */
  of({ key, follows, sight }: Selection): EventGroup {
    const known = this.groups.get(key);
    if (known) return known;
    const group = new EventGroup(follows, sight, (isEmpty) => {
      if (isEmpty) this.groups.delete(key);
      else this.groups.set(key, group);
      this.follow();
    });
    return group;
  }

  /** Follows the changes as long as there is somebody to tell. */
  private follow(): void {
    if (this.groups.size === 0) {
      this.unfollow?.();
      this.unfollow = undefined;
    } else {
      this.unfollow ??= this.history.follow((event) => {
        for (const group of this.groups.values()) group.tell(event);
      });
    }
  }
}
