import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Describe } from '../api/describe.ts';
import { ChangesWithinVersion } from '../api/etag.ts';
import { FromState } from '../api/from-state.ts';
import { fromQuery, type Page } from '../api/page.ts';
import { NodesService } from './nodes.service.ts';
import { Node, NodeList, NodeQuery } from './nodes.types.ts';

@ApiTags('Nodes')
@ChangesWithinVersion()
@Controller('v1/nodes')
export class NodesController {
  constructor(private readonly nodes: NodesService) {}

  @Get()
  @FromState()
  @Describe('Lists the nodes of the swarm', NodeList)
  list(@Query() query: NodeQuery): Page<Node> {
    return this.nodes.list(query, fromQuery(query));
  }

  @Get(':node')
  @Describe('Shows a node', Node)
  get(@Param('node') reference: string): Node {
    return this.nodes.get(reference);
  }
}
