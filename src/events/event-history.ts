import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Change } from '../domain/change.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { ChangeEvent } from './change-event.ts';
import { EVENT_KINDS, type EventKind } from './event-kinds.ts';
import type { ResyncReason } from './resync.ts';
import { StreamSettings } from './stream-settings.ts';
import { weightOf } from './weight.ts';

/** How many changes are remembered for clients that come back. */
export const HISTORY_LENGTH = 5_000;

/** Told of a change in the turn in which it happens. Must be quick and must not throw. */
export type EventListener = (event: ChangeEvent<EventKind>) => void;

/**
 * The last changes of all that clients are told of, numbered from 1. The numbers mean something only to this server
 * and until it is started anew, so cursors carry an epoch. Each change keeps its objects in memory, and its bytes once
 * it was told, so both the number of changes and their weight are bounded.
 */
@Injectable()
export class EventHistory {
  private readonly epoch = randomBytes(6).toString('base64url');
  /** A ring: the change at position `p` is at `p % length`. */
  private readonly ring: ({ readonly event: ChangeEvent<EventKind>; readonly weight: number } | undefined)[] =
    [];
  private readonly listeners = new Set<EventListener>();
  private last = 0;
  /** The position after which all is remembered. */
  private forgotten = 0;
  private weight = 0;
  /** Until somebody has a cursor, nothing needs to be remembered: not the first list of a large swarm, for one. */
  private isAsked = false;

  constructor(
    state: ClusterState,
    private readonly settings: StreamSettings,
  ) {
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
    this.isAsked = true;
    return `${this.epoch}.${position}`;
  }

  /** The position that a cursor means, or why one cannot go on from there. */
  positionOf(cursor: string): number | ResyncReason {
    const digits = cursor.startsWith(`${this.epoch}.`) ? cursor.slice(this.epoch.length + 1) : '';
    if (!/^\d{1,15}$/.test(digits) || Number(digits) > this.last) return 'unknown';
    return Number(digits) < this.forgotten ? 'too-old' : Number(digits);
  }

  /** Tells of every remembered change after the position. */
  replay(position: number, listener: EventListener): void {
    for (let next = Math.max(position, this.forgotten) + 1; next <= this.last; next++) {
      const kept = this.ring[next % HISTORY_LENGTH];
      if (kept) listener(kept.event);
    }
  }

  /** Tells of every change from now on. Returns the way to stop it. */
  follow(listener: EventListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private add(change: Change<EventKind>): void {
    const event = new ChangeEvent(change, this.last + 1);
    if (this.isAsked) this.remember(event);
    else this.forgotten = event.position;
    this.last = event.position;
    for (const listener of this.listeners) listener(event);
  }

  private remember(event: ChangeEvent<EventKind>): void {
    const weight = weightOf(event.change.object) + weightOf(event.change.previous);
    if (event.position - this.forgotten > HISTORY_LENGTH) this.forgetOne();
    this.ring[event.position % HISTORY_LENGTH] = { event, weight };
    this.weight += weight;
    while (this.weight > this.settings.historyBytes && this.forgotten < event.position) this.forgetOne();
  }

  private forgetOne(): void {
    this.forgotten += 1;
    const index = this.forgotten % HISTORY_LENGTH;
    this.weight -= this.ring[index]?.weight ?? 0;
    this.ring[index] = undefined;
  }
}

function isEvent(change: Change): change is Change<EventKind> {
  return (EVENT_KINDS as readonly string[]).includes(change.kind);
}
