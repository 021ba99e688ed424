import type { Readable } from 'node:stream';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { DomainError } from '../domain/errors.ts';
import type { Principal } from '../domain/role.ts';
import { problemOf } from './error-table.ts';
import { eventText, retryText, type EventStream } from './event-stream.ts';
import { Limits } from './limits/limits.ts';
import { Refusals } from './limits/refusals.ts';
import { PerPrincipal } from './per-principal.ts';
import { Sessions, type SessionEnd } from './sessions.ts';

/** The last thing that is told on a stream that may not go on. */
const LAST_WORDS: Readonly<Record<SessionEnd, string>> = {
  ended: eventText(
    'unauthenticated',
    JSON.stringify({ detail: 'The token was revoked or has expired. Ask an admin for a new one.' }),
  ),
  'other-rights': eventText(
    'resync',
    JSON.stringify({
      reason: 'rights-changed',
      detail: 'What you may see has changed. Read the lists again, and open the stream anew.',
    }),
  ),
};
const HEARTBEAT_MS = 15_000;

/** Something that goes on until it is closed, by either side. */
interface Live {
  once(event: 'close', listener: () => void): unknown;
  destroy(): unknown;
}

/**
 * Responses that go on after their request was let through. Each ends as soon as its principal's token is no longer in
 * force, and when the server stops.
 */
@Injectable()
export class LiveStreams implements OnApplicationBootstrap {
  /** How often a silent stream of server-sent events says that it is alive, in milliseconds. */
  heartbeatMs = HEARTBEAT_MS;
  private readonly endings = new Map<Live, () => void>();
  private readonly counted = new PerPrincipal();

  constructor(
    private readonly adapters: HttpAdapterHost,
    private readonly sessions: Sessions,
    private readonly limits: Limits,
    private readonly refusals: Refusals,
  ) {}

  onApplicationBootstrap(): void {
    // The HTTP server waits for every response before it is closed, and no hook of Nest's comes before that.
    this.adapters.httpAdapter.getInstance<FastifyInstance>().addHook('preClose', (done) => {
      for (const end of this.endings.values()) end();
      done();
    });
  }

  /** How many streams are open. */
  get size(): number {
    return this.endings.size;
  }

  /**
   * Looks after a stream of server-sent events, which is told why it ends. Answers the stream. Fails `too-many`, and
   * ends the stream, when its principal has too many.
   */
  holdEvents(stream: EventStream, principal: Principal): EventStream {
    return this.hold(
      stream,
      principal,
      (end) => stream.finish(LAST_WORDS[end]),
      () => stream.finish(`: the server stops\n${retryText()}\n`),
    );
  }

  /** Looks after any other stream, which is cut off. Answers the stream. Fails as `holdEvents` does. */
  holdBytes<T extends Readable>(stream: T, principal: Principal): T {
    const cut = (): void => void stream.destroy();
    return this.hold(stream, principal, cut, cut);
  }

  private hold<T extends Live>(
    stream: T,
    principal: Principal,
    refuse: (end: SessionEnd) => void,
    stop: () => void,
  ): T {
    const { streams } = this.limits.settings;
    const giveBack = this.counted.take(principal, streams);
    if (!giveBack) {
      stream.destroy();
      this.refusals.add('streams');
      const detail = `A token has ${streams} streams at most on one server. Close some, or let clients share one.`;
      throw new DomainError('too-many', detail);
    }
    const leave = this.sessions.open(principal, refuse);
    this.endings.set(stream, stop);
    stream.once('close', () => {
      leave();
      this.endings.delete(stream);
      giveBack();
    });
    return stream;
  }
}

/** The last event of a stream that has failed: named by the kind of the error. */
export function failureText(error: unknown): string {
  const { detail } = problemOf(error, '');
  return eventText(error instanceof DomainError ? error.kind : 'internal', JSON.stringify({ detail }));
}

/** What a silent stream without ids says to show that it is alive. */
export const ALIVE = ': alive\n\n';
