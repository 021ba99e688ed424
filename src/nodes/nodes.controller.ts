import { Body, Controller, Get, Param, Patch, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Me, Needs } from '../api/access.ts';
import { Conditional, Describe } from '../api/describe.ts';
import { ChangesWithinVersion, IfMatch } from '../api/etag.ts';
import { FromState } from '../api/from-state.ts';
import { fromQuery, mapPage, type Page } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { mapWrite, perform, type WriteRequest } from '../api/write.ts';
import { DescribeWrite, Writing } from '../api/writing.ts';
import type { Principal } from '../domain/role.ts';
import { NodesService } from './nodes.service.ts';
import { Node, NodeList, NodeQuery, toNode, UpdateNodeInput, UpdateNodeQuery } from './nodes.types.ts';

@ApiTags('Nodes')
@ChangesWithinVersion()
@Needs('view', 'node')
@Controller('v1/nodes')
export class NodesController {
  constructor(private readonly nodes: NodesService) {}

  @Get()
  @FromState()
  @Describe('Lists the nodes of the swarm', NodeList)
  list(@Query() query: NodeQuery): Page<Node> {
    return mapPage(this.nodes.list(query, fromQuery(query)), toNode);
  }

  @Get(':node')
  @Describe('Shows a node', Node)
  get(@Param('node') reference: string): Node {
    return toNode(this.nodes.get(reference));
  }

  @Patch(':node')
  @Needs('update', 'node')
  @Conditional()
  @DescribeWrite(
    'Changes availability, labels or (admins only) the role of a node by a JSON Merge Patch',
    Node,
  )
  update(
    @Param('node') reference: string,
    @Body() patch: UpdateNodeInput,
    @Query() { force = false }: UpdateNodeQuery,
    @IfMatch() ifMatch: number | null,
    @Me() by: Principal,
    @Writing() request: WriteRequest,
  ): Promise<Node | Plan> {
    return perform(mapWrite(this.nodes.update(reference, patch, { ifMatch, force, by }), toNode), request);
  }
}
