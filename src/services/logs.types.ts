import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, Matches } from 'class-validator';
import { QueryFlag } from '../api/query-flag.ts';
import { Ticket } from '../api/ticket.ts';
import { LOG_STREAMS, type LogStream } from '../domain/log-line.ts';

/** How many of the last lines of each task are told when the client does not say. */
export const DEFAULT_TAIL = 100;

/** The query string of logs. */
export class LogQuery {
  @QueryFlag('Goes on with what is written from now on; not with application/json.', false)
  follow?: boolean;

  @ApiProperty({
    required: false,
    type: String,
    default: String(DEFAULT_TAIL),
    example: 'all',
    description: 'At most so many of the last lines of each task, or `all`.',
  })
  @IsOptional()
  @Matches(/^(all|\d{1,9})$/, { message: 'tail must be a number of lines, or "all".' })
  tail?: string;

  @ApiProperty({
    required: false,
    type: String,
    example: '10m',
    description: 'Only lines from this moment on: RFC 3339, or a while ago, such as `10m` or `1h30m`.',
  })
  @IsOptional()
  @IsString()
  since?: string;

  @QueryFlag('Puts the time before each line of text/plain; the other formats always say it.', false)
  timestamps?: boolean;

  @QueryFlag('What is written to the standard output.', true)
  stdout?: boolean;

  @QueryFlag('What is written to the standard error; with a terminal it is all standard output.', true)
  stderr?: boolean;

  @Ticket()
  ticket?: string;
}

/** One line that a task has written. */
export class LogLine {
  @ApiProperty({ type: String, description: 'RFC 3339, to the nanosecond.' })
  timestamp: string;

  @ApiProperty({ enum: LOG_STREAMS })
  stream: LogStream;

  @ApiProperty({ type: String })
  taskId: string;

  @ApiProperty({ type: String })
  nodeId: string;

  @ApiProperty({ type: String })
  message: string;
}

/** What the tasks of a service have written, in the order of time. */
export class LogList {
  @ApiProperty({ type: () => [LogLine] })
  items: readonly LogLine[];

  @ApiProperty({ type: Boolean, description: 'There was more than fits here: only the newest lines are.' })
  truncated: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'Why lines may be missing; null if none are.' })
  warning: string | null;
}

const EXAMPLE_LINE =
  '{"timestamp":"2026-06-07T21:07:31.171892745Z","stream":"stdout","taskId":"…","nodeId":"…","message":"ready"}';

/** What a stream of logs looks like. */
export const LOG_EXAMPLE = [
  'retry: 2718',
  '',
  'id: 2026-06-07T21:07:31.171892745Z',
  'event: log',
  `data: ${EXAMPLE_LINE}`,
  '',
  '',
].join('\n');
