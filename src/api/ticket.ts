import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';

/** Declares the parameter `ticket` in the query class of a handler that `TakesTicket`. */
export const Ticket = (): PropertyDecorator =>
  applyDecorators(
    ApiProperty({
      required: false,
      type: String,
      description:
        'From POST /v1/events/ticket, for browsers: their EventSource cannot send the header Authorization.',
    }),
    IsOptional(),
    IsString(),
  );
