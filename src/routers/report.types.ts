import { ApiProperty } from '@nestjs/swagger';
import { Int } from '@nestjs/graphql';
import { Integer, Prop } from '../api/prop.ts';
import type * as domain from '../domain/router-report.ts';
import { RouterEntrypoints, RouterNack, RouterProblem, ServerState, Traffic } from './routers.types.ts';

// How the documents show what routers report. `checkRouterReport` looks at it: there can be thousands of rows.

class ConfigReference {
  @Prop(() => Integer)
  version: number;

  @Prop(() => String)
  hash: string;
}

class RouteRow extends Traffic implements domain.RouteStats {
  @Prop(() => String, { description: 'The id of the route.' })
  route: string;

  @Prop(() => Integer, { description: 'Requests that wait for a task.' })
  queued: number;
}

class ServerRow extends Traffic implements domain.ServerStats {
  @Prop(() => String, { description: 'The id of the route.' })
  route: string;

  @Prop(() => String, { description: 'The id of the task, or of the service with the upstream `vip`.' })
  server: string;

  @Prop(() => Int)
  port: number;

  @Prop(() => ServerState)
  state: domain.ServerState;
}

class Statistics implements domain.RouterStats {
  @ApiProperty({ type: () => [RouteRow] })
  routes: RouteRow[];

  @ApiProperty({ type: () => [ServerRow] })
  servers: ServerRow[];
}

/** What a router says of itself. */
export class RouterReport implements domain.RouterReport {
  @Prop(() => String, { description: 'The id of its task.' })
  id: string;

  @Prop(() => String, { nullable: true })
  nodeId: string | null;

  @Prop(() => String, { nullable: true })
  nodeHostname: string | null;

  @Prop(() => String)
  agentVersion: string;

  @Prop(() => String, { nullable: true })
  haproxyVersion: string | null;

  @Prop(() => String, { description: 'RFC 3339.' })
  startedAt: string;

  @Prop(() => RouterEntrypoints)
  entrypoints: RouterEntrypoints;

  @Prop(() => ConfigReference, { nullable: true, description: 'The newest that it was sent.' })
  config: ConfigReference | null;

  @Prop(() => ConfigReference, { nullable: true, description: 'The one that it serves.' })
  applied: ConfigReference | null;

  @Prop(() => RouterNack, { nullable: true })
  nack: RouterNack | null;

  @Prop(() => [RouterProblem])
  problems: RouterProblem[];

  @Prop(() => Integer)
  reloads: number;

  @Prop(() => Integer)
  runtimeChanges: number;

  @Prop(() => [String])
  lastReloadReasons: string[];

  @Prop(() => Statistics, { description: 'Rows that changed since the report before.' })
  stats: Statistics;
}
