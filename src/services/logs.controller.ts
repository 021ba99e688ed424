import { Controller, Get, Header, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import { Accepted } from '../api/accept.ts';
import { Me, TakesTicket, Needs } from '../api/access.ts';
import { DescribeFormats } from '../api/describe.ts';
import { EVENT_STREAM_TYPE, type EventStream } from '../api/event-stream.ts';
import { LastEventId } from '../api/last-event-id.ts';
import type { Principal } from '../domain/role.ts';
import { LogsService } from './logs.service.ts';
import { LOG_EXAMPLE, LogList, LogQuery } from './logs.types.ts';

const FORMATS = ['application/json', 'text/plain', EVENT_STREAM_TYPE] as const;

@ApiTags('Services')
@Needs('view', 'log')
@Controller('v1/services')
export class LogsController {
  constructor(private readonly logs: LogsService) {}

  @Get(':service/logs')
  @TakesTicket()
  @Header('Cache-Control', 'no-store')
  @Header('Vary', 'Accept')
  @Header('X-Accel-Buffering', 'no')
  @DescribeFormats('Tells what the tasks of a service have written, or write', LogList, {
    'text/plain': 'ready\n',
    [EVENT_STREAM_TYPE]: LOG_EXAMPLE,
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'Of text/event-stream: the id of the event seen last, to go on with the lines after it.',
  })
  async read(
    @Param('service') reference: string,
    @Query() query: LogQuery,
    @Accepted(FORMATS) format: (typeof FORMATS)[number],
    @Me() principal: Principal,
    @LastEventId() lastEventId?: string,
  ): Promise<LogList | StreamableFile | EventStream> {
    switch (format) {
      case 'application/json':
        return this.logs.list(reference, query);
      case 'text/plain':
        return new StreamableFile(await this.logs.text(reference, query, principal), {
          type: 'text/plain; charset=utf-8',
        });
      case EVENT_STREAM_TYPE:
        return this.logs.events(reference, query, lastEventId, principal);
    }
  }
}
