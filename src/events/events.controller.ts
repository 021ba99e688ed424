import { Controller, Get, Header, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Me, Needs, TakesTicket } from '../api/access.ts';
import { Describe, DescribeEvents } from '../api/describe.ts';
import { EventStream } from '../api/event-stream.ts';
import { LastEventId } from '../api/last-event-id.ts';
import { TicketsService } from '../auth/tickets.service.ts';
import type { Principal } from '../domain/role.ts';
import { EventStreams } from './event-streams.ts';
import { EVENT_EXAMPLE, EventQuery, EventTicket } from './events.types.ts';

@ApiTags('Events')
@Needs('view', 'task', 'service', 'network', 'node')
@Controller('v1/events')
export class EventsController {
  constructor(
    private readonly streams: EventStreams,
    private readonly tickets: TicketsService,
  ) {}

  @Get()
  @TakesTicket()
  @Header('Cache-Control', 'no-store')
  @Header('X-Accel-Buffering', 'no')
  @DescribeEvents('Tells of changes as they happen, as server-sent events', EVENT_EXAMPLE)
  events(
    @Query() query: EventQuery,
    @Me() principal: Principal,
    @LastEventId() lastEventId?: string,
  ): EventStream {
    return this.streams.open(query, lastEventId ?? query.lastEventId, principal);
  }

  @Post('ticket')
  @Header('Cache-Control', 'no-store')
  @Describe('Makes a single-use ticket for a stream of events, for browsers', EventTicket, 201)
  ticket(@Me() principal: Principal): EventTicket {
    return this.tickets.issue(principal);
  }
}
