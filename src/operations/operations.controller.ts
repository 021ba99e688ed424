import { Body, Controller, Delete, Get, Header, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Accepted } from '../api/accept.ts';
import { Me, Needs, TakesTicket } from '../api/access.ts';
import { Conditional, Describe, DescribeFormats } from '../api/describe.ts';
import { IfMatch } from '../api/etag.ts';
import { EVENT_STREAM_TYPE, type EventStream } from '../api/event-stream.ts';
import { FromState } from '../api/from-state.ts';
import { fromQuery, type Page } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, performDelete, type WriteRequest } from '../api/write.ts';
import { DescribeWrite, Writing } from '../api/writing.ts';
import type { Principal } from '../domain/role.ts';
import {
  Operation,
  OPERATION_EXAMPLE,
  OperationGetQuery,
  OperationList,
  OperationQuery,
  ResumeOperationInput,
} from './operations.types.ts';
import { OperationsService } from './operations.service.ts';

const FORMATS = ['application/json', EVENT_STREAM_TYPE] as const;

@ApiTags('Operations')
@Needs('view', 'operation')
@Controller('v1/operations')
export class OperationsController {
  constructor(private readonly operations: OperationsService) {}

  @Get()
  @FromState()
  @Describe('Lists the operations that are under way, and the last that are over', OperationList)
  list(@Query() query: OperationQuery): Page<Operation> {
    return this.operations.list(query, fromQuery(query));
  }

  @Get(':operation')
  @TakesTicket()
  @Header('Vary', 'Accept')
  @Header('X-Accel-Buffering', 'no')
  @DescribeFormats('Shows an operation, now or until it does not go on by itself', Operation, {
    [EVENT_STREAM_TYPE]: OPERATION_EXAMPLE,
  })
  get(
    @Param('operation') reference: string,
    @Query() _query: OperationGetQuery,
    @Accepted(FORMATS) format: (typeof FORMATS)[number],
    @Me() principal: Principal,
  ): Operation | Promise<EventStream> {
    return format === 'application/json'
      ? this.operations.get(reference)
      : this.operations.events(reference, principal);
  }

  @Post(':operation/revoke')
  @Needs('update', 'operation')
  @Conditional()
  @DescribeWrite('Takes an operation back, until the old network is gone', Operation, { status: 202 })
  revoke(
    @Param('operation') reference: string,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<Operation | Plan> {
    return perform(this.operations.revoke(reference, ifMatch), request);
  }

  @Post(':operation/resume')
  @Needs('update', 'operation')
  @Conditional()
  @DescribeWrite('Lets an operation go on that has stopped', Operation, { status: 202 })
  resume(
    @Param('operation') reference: string,
    @Body() { skip }: ResumeOperationInput,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<Operation | Plan> {
    return perform(this.operations.resume(reference, skip ?? false, ifMatch), request);
  }

  @Delete(':operation')
  @Needs('delete', 'operation')
  @Conditional()
  @DescribeWrite('Forgets an operation that is over', null)
  delete(
    @Param('operation') reference: string,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<Plan | undefined> {
    return performDelete(this.operations.delete(reference, ifMatch), request);
  }
}
