import type { Readable } from 'node:stream';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { DomainError } from '../domain/errors.ts';
import type { Principal } from '../domain/role.ts';
import { problemOf } from './error-table.ts';
import { eventText, retryText, type EventStream } from './event-stream.ts';
import { PerPrincipal } from './per-principal.ts';
import { Sessions } from './sessions.ts';

/** The last thing that the holder of a revoked or expired token is told. */
const UNAUTHENTICATED = eventText(
  'unauthenticated',
  JSON.stringify({ detail: 'The token was revoked or has expired. Ask an admin for a new one.' }),
);
const HEARTBEAT_MS = 15_000;
/** How many streams one principal can have at once, on this server: some 20 KiB each. */
const MAX_STREAMS = 20_000;

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
  /** How many streams one principal can have at once. */
  maxStreams = MAX_STREAMS;
  private readonly endings = new Map<Live, () => void>();
  private readonly counted = new PerPrincipal();

  constructor(
    private readonly adapters: HttpAdapterHost,
    private readonly sessions: Sessions,
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
      () => stream.finish(UNAUTHENTICATED),
      () => stream.finish(`: the server stops\n${retryText()}\n`),
    );
  }

  /** Looks after any other stream, which is cut off. Answers the stream. Fails as `holdEvents` does. */
  holdBytes<T extends Readable>(stream: T, principal: Principal): T {
    const cut = (): void => void stream.destroy();
    return this.hold(stream, principal, cut, cut);
  }

  private hold<T extends Live>(stream: T, principal: Principal, refuse: () => void, stop: () => void): T {
    const giveBack = this.counted.take(principal, this.maxStreams);
    if (!giveBack) {
      stream.destroy();
      const detail = `A token has ${this.maxStreams} streams at most on one server. Close some, or let clients share one.`;
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
