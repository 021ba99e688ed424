import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { assertMay } from '../api/access.ts';
import { asker } from '../api/asker.ts';
import type { EventStream } from '../api/event-stream.ts';
import { LiveStreams } from '../api/live-streams.ts';
import { VisibleState } from '../api/visible-state.ts';
import { DomainError, invalid, isKind } from '../domain/errors.ts';
import type { LogLine, LogRequest } from '../domain/log-line.ts';
import type { Principal } from '../domain/role.ts';
import { SwarmGateway } from '../swarm/swarm-gateway.ts';
import { LogEvents } from './log-events.ts';
import { LogText } from './log-text.ts';
import { requestOf, resumed } from './log-request.ts';
import type { LogList, LogQuery } from './logs.types.ts';
import { NewestLines } from './newest-lines.ts';

/** How long all the lines of one answer may take to come from the engine, in milliseconds. */
const COLLECTED_WITHIN_MS = 20_000;

/** What the tasks of services write, read from the engine when it is asked for. */
@Injectable()
export class LogsService {
  constructor(
    private readonly visible: VisibleState,
    private readonly gateway: SwarmGateway,
    private readonly streams: LiveStreams,
  ) {}

  /**
   * The lines that have been written, in the order of time; of very many the newest. Fails `not-found`, `ambiguous`,
   * `invalid`, `conflict` when there is nothing that can be read, and as reads of the gateway do.
   */
  async list(reference: string, query: LogQuery): Promise<LogList> {
    if (query.follow) {
      throw invalid([
        {
          pointer: '/follow',
          detail: 'An answer in JSON has an end. Ask for text/event-stream or text/plain in Accept.',
        },
      ]);
    }
    const deadline = AbortSignal.timeout(COLLECTED_WITHIN_MS);
    const newest = new NewestLines();
    let warning: string | null = null;
    try {
      for await (const line of await this.lines(reference, requestOf(query, Date.now()), deadline)) {
        newest.add(line);
      }
    } catch (error) {
      if (!isKind(error, 'conflict') || newest.all().length === 0) throw error;
      warning = error.message;
    }
    if (deadline.aborted) {
      throw new DomainError(
        'timeout',
        'The logs are too long to be read in time. Ask for less with tail or since.',
      );
    }
    return { items: newest.all(), truncated: newest.truncated, warning };
  }

  /** The lines as text, as they come from the engine. Fails as `list` does, before it begins. */
  async text(reference: string, query: LogQuery, principal: Principal): Promise<Readable> {
    const stop = new AbortController();
    const lines = await this.lines(reference, requestOf(query, Date.now()), stop.signal);
    const text = new LogText(lines, query.timestamps ?? false, stop);
    return this.streams.holdBytes(text, principal);
  }

  /** The lines as server-sent events, after the one that the client has seen last. Fails as `text` does. */
  async events(
    reference: string,
    query: LogQuery,
    lastEventId: string | undefined,
    principal: Principal,
  ): Promise<EventStream> {
    const stop = new AbortController();
    const request = resumed(requestOf(query, Date.now()), lastEventId);
    const lines = await this.lines(reference, request, stop.signal);
    const { stream } = new LogEvents(lines, stop, this.streams.heartbeatMs);
    return this.streams.holdEvents(stream, principal);
  }

  private async lines(
    reference: string,
    request: LogRequest,
    signal: AbortSignal,
  ): Promise<AsyncIterable<LogLine>> {
    const service = this.visible.resolve('service', reference);
    assertMay(asker(), 'view', 'log', service);
    return this.gateway.serviceLogs(service.id, request, signal);
  }
}
