import { Float, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import { enumOf } from '../api/enums.ts';
import { ConnectionOf, ListOf, Paged } from '../api/page.ts';
import { Integer, Prop } from '../api/prop.ts';
import * as report from '../domain/router-report.ts';
import * as domain from '../domain/router.ts';

export const RouterState = enumOf(
  'RouterState',
  domain.ROUTER_STATES,
  '`refused`: HAProxy takes the newest configuration not, and the last good one is served. `away`: nothing was heard of it for 30 s.',
);
export const RouterProblemKind = enumOf(
  'RouterProblemKind',
  report.ROUTER_PROBLEMS,
  'What is wrong with a router.',
);
export const ServerState = enumOf('ServerState', report.SERVER_STATES, 'How a router sees a task.');

@ObjectType()
export class RouterEntrypoint {
  @Prop(() => Int)
  port: number;
}

@ObjectType({ description: 'The ports that a router listens on; null where it does not.' })
export class RouterEntrypoints {
  @Prop(() => RouterEntrypoint, { nullable: true })
  http: RouterEntrypoint | null;

  @Prop(() => RouterEntrypoint, { nullable: true })
  https: RouterEntrypoint | null;
}

@ObjectType()
export class RouterNetwork {
  @Prop(() => ID)
  id: string;

  @Prop(() => String)
  name: string;
}

@ObjectType({ description: 'A configuration that HAProxy took not.' })
export class RouterNack {
  @Prop(() => Integer)
  version: number;

  @Prop(() => String)
  hash: string;

  @Prop(() => String)
  reason: string;

  @Prop(() => String, { description: 'RFC 3339.' })
  at: string;
}

@ObjectType()
export class RouterProblem {
  @Prop(() => RouterProblemKind)
  kind: report.RouterProblem['kind'];

  @Prop(() => String, { description: 'What is wrong, and what to do.' })
  detail: string;
}

@ObjectType({ description: 'A router: what it says of itself, and what Swarm says of its task.' })
export class Router implements domain.Router {
  @Prop(() => ID, { description: 'Of its task; what it calls itself where it is none.' })
  id: string;

  @Prop(() => String, { nullable: true })
  nodeId: string | null;

  @Prop(() => String, { nullable: true })
  nodeHostname: string | null;

  @Prop(() => String, { nullable: true })
  serviceId: string | null;

  @Prop(() => String, { nullable: true, description: 'The name of the service that it is a task of.' })
  service: string | null;

  @Prop(() => RouterState)
  state: domain.RouterState;

  @Prop(() => String, { nullable: true, description: 'Why it is in that state, and what to do.' })
  reason: string | null;

  @Prop(() => String, { nullable: true, description: 'The version of Swarmplane; null before it reports.' })
  agentVersion: string | null;

  @Prop(() => String, { nullable: true })
  haproxyVersion: string | null;

  @Prop(() => String, { nullable: true, description: 'RFC 3339.' })
  startedAt: string | null;

  @Prop(() => RouterEntrypoints, { description: 'In its container; the service says what is published.' })
  entrypoints: RouterEntrypoints;

  @Prop(() => [RouterNetwork])
  networks: readonly RouterNetwork[];

  @Prop(() => Integer, { nullable: true, description: 'Of the newest configuration that it was sent.' })
  configVersion: number | null;

  @Prop(() => Integer, { nullable: true, description: 'Of the configuration that it serves.' })
  appliedVersion: number | null;

  @Prop(() => RouterNack, { nullable: true, description: 'Why it does not serve the newest one.' })
  nack: RouterNack | null;

  @Prop(() => [RouterProblem], { description: 'What is wrong with it besides, most serious first.' })
  problems: readonly RouterProblem[];

  @Prop(() => Integer, { nullable: true, description: 'Milliseconds since it was heard of.' })
  age: number | null;

  @Prop(() => Integer, { description: 'How often HAProxy was reloaded.' })
  reloads: number;

  @Prop(() => Integer, { description: 'How many changes did without.' })
  runtimeChanges: number;

  @Prop(() => [String])
  lastReloadReasons: readonly string[];
}

@InputType({ description: 'All that are given must fit.' })
export class RouterFilter {
  @Prop(() => String, { optional: true, description: 'An id, a unique id prefix or a name.' })
  service?: string | null;

  @Prop(() => String, { optional: true, description: 'An id, a unique id prefix or a hostname.' })
  node?: string | null;

  @Prop(() => RouterState, { optional: true })
  state?: domain.RouterState | null;
}

export class RouterQuery extends Paged(RouterFilter) {}
export const RouterConnection = ConnectionOf(Router, 'RouterConnection');
export const RouterList = ListOf(Router, 'RouterList');

/** The query string of the stream of the configuration. */
export class ConfigQuery {
  @ApiProperty({
    required: false,
    type: String,
    description:
      'Of the configuration that the router has: if it is the newest, the first event is an empty patch.',
  })
  @IsOptional()
  @IsString()
  hash?: string;

  @ApiProperty({
    required: false,
    type: String,
    description: 'The id of the router’s task, for the settings of its service.',
  })
  @IsOptional()
  @IsString()
  router?: string;
}

/** What the stream of the configuration looks like. */
export const CONFIG_EXAMPLE = [
  'retry: 2718',
  '',
  'event: config',
  'data: {"version":42,"hash":"9f8e…","settings":{…},"routes":[…],"certificates":[…]}',
  '',
  'event: patch',
  'data: {"base":"9f8e…","version":43,"hash":"1c2d…","routes":[…],"removedRoutes":[],"certificates":[],"removedCertificates":[]}',
  '',
  '',
].join('\n');

@ObjectType({ isAbstract: true, description: 'Of HTTP requests, or connections where they are not read.' })
export abstract class Traffic implements report.TrafficStats {
  @Prop(() => Integer)
  requests: number;

  @Prop(() => Float, { description: 'A second, over the last one.' })
  rate: number;

  @Prop(() => Integer, { description: 'As of now.' })
  sessions: number;

  @Prop(() => Integer, { description: 'Bytes.' })
  bytesIn: number;

  @Prop(() => Integer, { description: 'Bytes.' })
  bytesOut: number;

  @Prop(() => Integer)
  status1xx: number;

  @Prop(() => Integer)
  status2xx: number;

  @Prop(() => Integer)
  status3xx: number;

  @Prop(() => Integer)
  status4xx: number;

  @Prop(() => Integer)
  status5xx: number;

  @Prop(() => Float, {
    description: 'Milliseconds until connected to a task, the mean of the last requests.',
  })
  connectMs: number;

  @Prop(() => Float, { description: 'Milliseconds until the answer began, the mean of the last requests.' })
  responseMs: number;

  @Prop(() => Float, { description: 'Milliseconds in all, the mean of the last requests.' })
  totalMs: number;
}
