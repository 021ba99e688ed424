import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Accepted } from '../api/accept.ts';
import { Me, TakesTicket, Needs } from '../api/access.ts';
import { Describe, DescribeFormats } from '../api/describe.ts';
import { EVENT_STREAM_TYPE, type EventStream } from '../api/event-stream.ts';
import { fromQuery, type Page } from '../api/page.ts';
import type { Principal } from '../domain/role.ts';
import { ExplainService } from './explain.service.ts';
import { ExplainQuery, Explanation } from './explain.types.ts';
import { NamesService } from './names.service.ts';
import { NameQuery, NAMES_EXAMPLE, Resolution, ResolutionList, ResolveQuery } from './names.types.ts';

const FORMATS = ['application/json', EVENT_STREAM_TYPE] as const;

@ApiTags('Discovery')
@Needs('view', 'network')
@Controller('v1/discovery')
export class DiscoveryController {
  constructor(
    private readonly service: NamesService,
    private readonly explanations: ExplainService,
  ) {}

  @Get('names')
  @TakesTicket()
  @Header('Cache-Control', 'no-cache')
  @Header('Vary', 'Accept')
  @Header('X-Accel-Buffering', 'no')
  @DescribeFormats(
    'Lists the names on a network and what each answers, or tells when that changes',
    ResolutionList,
    {
      [EVENT_STREAM_TYPE]: NAMES_EXAMPLE,
    },
  )
  names(
    @Query() query: NameQuery,
    @Accepted(FORMATS) format: (typeof FORMATS)[number],
    @Me() principal: Principal,
  ): Page<Resolution> | EventStream {
    return format === 'application/json'
      ? this.service.list(query.network, query, fromQuery(query))
      : this.service.events(query, principal);
  }

  @Get('resolve')
  @Describe('Tells what a name answers on a network, or why it does not', Resolution)
  resolve(@Query() { network, name }: ResolveQuery): Resolution {
    return this.service.resolve(network, name);
  }

  @Get('explain')
  @Describe('Tells why one thing can or cannot reach a service, step by step', Explanation)
  explain(
    @Query() { from, to, port = null, probe = false }: ExplainQuery,
    @Me() principal: Principal,
  ): Promise<Explanation> {
    return this.explanations.explain({ from, to, port, probe }, principal);
  }
}
