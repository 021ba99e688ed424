import { ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { ConnectionOf, ListOf, Paged } from '../api/page.ts';
import { Integer, Prop } from '../api/prop.ts';
import type * as domain from '../domain/route-traffic.ts';
import type { ServerState as DomainServerState } from '../domain/router-report.ts';
import { ServerState, Traffic } from './routers.types.ts';

@ObjectType({ description: 'The traffic of a route at one router.' })
export class RouterTraffic extends Traffic implements domain.RouterPart {
  @Prop(() => ID, { description: 'The id of the router.' })
  router: string;

  @Prop(() => Integer, { description: 'Requests that wait for a task.' })
  queued: number;
}

@ObjectType({ description: 'How a router sees a server.' })
export class SeenServer {
  @Prop(() => ID, { description: 'The id of the router.' })
  router: string;

  @Prop(() => ServerState)
  state: DomainServerState;
}

@ObjectType({ description: 'The traffic of one server of a route, over all routers.' })
export class ServerTraffic extends Traffic implements domain.ServerPart {
  @Prop(() => ID, { description: 'The id of the task; of the service with the upstream `vip`.' })
  server: string;

  @Prop(() => String, { description: 'The name of the service.' })
  service: string;

  @Prop(() => String)
  address: string;

  @Prop(() => Int)
  port: number;

  @Prop(() => [SeenServer])
  states: readonly SeenServer[];
}

@ObjectType({ description: 'What goes on at a route, over all routers that are heard of.' })
export class RouteTraffic extends Traffic implements domain.RouteTraffic {
  @Prop(() => ID)
  id: string;

  @Prop(() => String)
  name: string;

  @Prop(() => Integer, { description: 'Requests that wait for a task.' })
  queued: number;

  @Prop(() => [RouterTraffic])
  routers: readonly RouterTraffic[];

  @Prop(() => [ServerTraffic])
  servers: readonly ServerTraffic[];
}

@InputType()
export class TrafficFilter {
  @Prop(() => String, { optional: true, description: 'An id, a unique id prefix or a name.' })
  route?: string | null;
}

export class TrafficQuery extends Paged(TrafficFilter) {}
export const RouteTrafficConnection = ConnectionOf(RouteTraffic, 'RouteTrafficConnection');
export const RouteTrafficList = ListOf(RouteTraffic, 'RouteTrafficList');
