import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Change } from '../domain/change.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { EVENT_KINDS, type EventKind } from './event-kinds.ts';
import type { ResyncReason } from './resync.ts';

/** How many changes are remembered for clients that come back: each keeps its objects, and their JSON, in memory. */
export const HISTORY_LENGTH = 5_000;

/** Told of a change and its position, in the turn in which it happens. Must be quick and must not throw. */
export type EventListener = (change: Change<EventKind>, position: number) => void;

/**
 * The last changes of all that clients are told of, numbered from 1. The numbers mean something only to this server
 * and until it is started anew, so cursors carry an epoch.
 */
@Injectable()
export class EventHistory {
  private readonly epoch = randomBytes(6).toString('base64url');
  /** A ring: the change at position `p` is at `p % length`. */
  private readonly ring: Change<EventKind>[] = [];
  private readonly listeners = new Set<EventListener>();
  private last = 0;

  constructor(state: ClusterState) {
    state.subscribe((changes) => {
      for (const change of changes) if (isEvent(change)) this.add(change);
    });
  }

  /** The position of the latest change; 0 before the first. */
  get position(): number {
    return this.last;
  }

  /** The id of an event at this position. */
  cursorAt(position: number): string {
    return `${this.epoch}.${position}`;
  }

  /** The position that a cursor means, or why one cannot go on from there. */
  positionOf(cursor: string): number | ResyncReason {
    const digits = cursor.startsWith(`${this.epoch}.`) ? cursor.slice(this.epoch.length + 1) : '';
    if (!/^\d{1,15}$/.test(digits) || Number(digits) > this.last) return 'unknown';
    return Number(digits) < this.last - HISTORY_LENGTH ? 'too-old' : Number(digits);
  }

  /** Tells of every remembered change after the position. */
  replay(position: number, listener: EventListener): void {
    for (let next = position + 1; next <= this.last; next++) {
      const change = this.ring[next % HISTORY_LENGTH];
      if (change) listener(change, next);
    }
  }

  /** Tells of every change from now on. Returns the way to stop it. */
  follow(listener: EventListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private add(change: Change<EventKind>): void {
    this.last += 1;
    this.ring[this.last % HISTORY_LENGTH] = change;
    for (const listener of this.listeners) listener(change, this.last);
  }
}

function isEvent(change: Change): change is Change<EventKind> {
  return (EVENT_KINDS as readonly string[]).includes(change.kind);
}
