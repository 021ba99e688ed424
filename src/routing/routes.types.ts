import { ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { enumOf } from '../api/enums.ts';
import { ConnectionOf, ListOf, Paged } from '../api/page.ts';
import { Integer, Prop } from '../api/prop.ts';
import { QueryFlag } from '../api/query-flag.ts';
import { StringMapScalar } from '../api/string-map.ts';
import { DryRunQuery } from '../api/writing.ts';
import type { StringMap } from '../domain/object.ts';
import { ROUTE_STATES, type RouteState as StateName } from '../domain/route-status.ts';
import { DIALECTS, ROUTE_SOURCES, type Dialect, type RouteSource as SourceName } from '../domain/route.ts';
import { RouteDialect, RouteFinding } from './lint.types.ts';
import { RouteSpec } from './route.types.ts';

export const RouteSource = enumOf(
  'RouteSource',
  ROUTE_SOURCES,
  'Where a route comes from: the API, or labels of a dialect.',
);
export const RouteState = enumOf(
  'RouteState',
  ROUTE_STATES,
  '`waiting`: there is nothing to send requests to. `conflicted`: an older route has a part of it. `quarantined`: kept from the routers.',
);
export const ServerState = enumOf(
  'RouteServerState',
  ['ready', 'drain'],
  '`drain`: Swarm is about to stop the task; what it has begun goes on.',
);
@ObjectType({ description: 'The service whose labels say a route.' })
export class RouteService {
  @Prop(() => ID)
  id: string;

  @Prop(() => String)
  name: string;
}

@ObjectType({ description: 'An address that requests of a route go to.' })
export class RouteServer {
  @Prop(() => ID, { description: 'Of the task; with the upstream `vip`, of the service.' })
  id: string;

  @Prop(() => String, { description: 'The name of the service.' })
  service: string;

  @Prop(() => String)
  address: string;

  @Prop(() => Int)
  port: number;

  @Prop(() => Int, { description: 'In relation to the other servers of the route.' })
  weight: number;

  @Prop(() => ServerState)
  state: 'ready' | 'drain';

  @Prop(() => ID, { nullable: true, description: 'Where the task runs; null of a virtual IP.' })
  nodeId: string | null;
}

@ObjectType({ description: 'What has come of a route.' })
export class RouteStatus {
  @Prop(() => RouteState)
  state: StateName;

  @Prop(() => String, { nullable: true, description: 'Why, and what to do.' })
  reason: string | null;

  @Prop(() => [ID], { description: 'The routes that it loses to, by id; 100 at most.' })
  by: readonly string[];

  @Prop(() => ID, { nullable: true, description: 'The route by which its tasks are served.' })
  mergedInto: string | null;
}

@ObjectType({ description: 'How far a router is with a route.' })
export class RouteOnRouter {
  @Prop(() => ID)
  router: string;

  @Prop(() => Integer, { nullable: true, description: 'Of the configuration that it serves.' })
  appliedVersion: number | null;

  @Prop(() => Boolean, { description: 'Whether it serves the route as it is now.' })
  applied: boolean;
}

@ObjectType({ description: 'Which requests go to which tasks, who says so, and what has come of it.' })
export class Route extends RouteSpec {
  @Prop(() => ID)
  id: string;

  @Prop(() => Integer, {
    description: 'Of its record; of a label, of the service when its labels last said something else.',
  })
  version: number;

  @Prop(() => RouteSource)
  source: SourceName;

  @Prop(() => RouteService, { nullable: true, description: 'Whose labels say it.' })
  service: RouteService | null;

  @Prop(() => String, {
    nullable: true,
    description: 'The stack of the service, or the name of the token with which it was sent.',
  })
  owner: string | null;

  @Prop(() => String, {
    description: 'RFC 3339; of a label, when its service was made. The older claim wins.',
  })
  createdAt: string;

  @Prop(() => RouteStatus)
  status: RouteStatus;

  @Prop(() => [RouteFinding], { description: 'What its labels say that is not done as they say it.' })
  findings: readonly RouteFinding[];

  @Prop(() => [RouteServer], { description: 'Where its requests go now.' })
  servers: readonly RouteServer[];

  @Prop(() => [RouteOnRouter], { description: 'How far the routers are with it.' })
  routers: readonly RouteOnRouter[];
}

@InputType({ description: 'All that are given must fit.' })
export class RouteFilter {
  @Prop(() => String, { optional: true, description: 'The exact name.' })
  name?: string | null;

  @Prop(() => String, { optional: true, description: 'Routes that are for it, by a wildcard too.' })
  host?: string | null;

  @Prop(() => String, {
    optional: true,
    description: 'Said by its labels, or leading to it: an id, a unique id prefix or a name.',
  })
  service?: string | null;

  @Prop(() => RouteSource, { optional: true })
  source?: SourceName | null;

  @Prop(() => RouteState, { optional: true })
  state?: StateName | null;

  @Prop(() => String, {
    optional: true,
    description: 'Over which it is reached: an id, a unique id prefix or a name.',
  })
  network?: string | null;
}

export class RouteQuery extends Paged(RouteFilter) {}

/** The query string of one route. */
export class RouteGetQuery {
  @ApiProperty({ required: false, enum: DIALECTS, description: 'Answers it as labels of this dialect.' })
  @IsOptional()
  @IsIn(DIALECTS)
  format?: Dialect;
}

export class CreateRouteQuery extends DryRunQuery {
  @QueryFlag('Attaches its services to a network of the routers first, where they are on none.')
  attach?: boolean;
}

@ObjectType({ description: 'Something of a route that labels do not say.' })
export class RouteLoss {
  @Prop(() => String, { description: 'JSON pointer into the route.' })
  pointer: string;

  @Prop(() => String)
  detail: string;
}

@ObjectType({ description: 'A route as labels.' })
export class ExportedRoute {
  @Prop(() => RouteDialect)
  format: Dialect;

  @Prop(() => StringMapScalar)
  labels: StringMap;

  @Prop(() => [RouteLoss], { description: 'What of it these labels do not say; empty where they say all.' })
  lost: readonly RouteLoss[];

  @Prop(() => [RouteFinding])
  findings: readonly RouteFinding[];
}

export const RouteConnection = ConnectionOf(Route, 'RouteConnection');
export const RouteList = ListOf(Route, 'RouteList');
