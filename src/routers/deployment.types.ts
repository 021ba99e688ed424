import { InputType, Int } from '@nestjs/graphql';
import { ArrayMaxSize, Max, MaxLength, Min } from 'class-validator';
import { enumOf } from '../api/enums.ts';
import { Prop } from '../api/prop.ts';
import type { PublishMode as DomainPublishMode } from '../domain/service.ts';
import { PublishMode } from '../services/services.types.ts';

const ROUTER_MODES = ['global', 'replicated'] as const;
export type RouterModeName = (typeof ROUTER_MODES)[number];
export const RouterMode = enumOf('RouterMode', ROUTER_MODES, 'One router on each node, or so many.');

const MAX_PORT = 65_535;
/** The names of its secrets, of at most 64 characters, are longer. */
const MAX_NAME = 40;
const MAX_LIST = 64;

@InputType({
  description:
    'How routers are to be. What is left out is as said here, also where a service is changed that had it otherwise.',
})
export class DeployRoutersInput {
  @Prop(() => String, { optional: true, description: '`swarmplane-router` when left out.' })
  @MaxLength(MAX_NAME)
  name?: string | null;

  @Prop(() => String, { example: 'swarmplane:latest', description: 'The image of Swarmplane.' })
  image: string;

  @Prop(() => String, {
    description:
      'Where the server is, as routers reach it: a URL, all of whose addresses are servers; or `unix:` and the path of its socket, for routers on the node of the server only.',
    example: 'http://tasks.swarmplane_server:7400',
  })
  server: string;

  @Prop(() => RouterMode, { optional: true, description: '`global` when left out. It cannot be changed.' })
  mode?: RouterModeName | null;

  @Prop(() => Int, { optional: true, description: 'Only of mode `replicated`; 2 when left out.' })
  @Min(0)
  replicas?: number | null;

  @Prop(() => Int, { optional: true, description: 'Where plain requests come in; 80 when left out.' })
  @Min(1)
  @Max(MAX_PORT)
  httpPort?: number | null;

  @Prop(() => Int, { optional: true, description: 'Where TLS comes in; 443 when left out.' })
  @Min(1)
  @Max(MAX_PORT)
  httpsPort?: number | null;

  @Prop(() => PublishMode, {
    optional: true,
    description:
      '`host` when left out: open where a router runs, and tasks are told the addresses of clients. `ingress`: open on every node, and all clients have the address of a node.',
  })
  publishMode?: DomainPublishMode | null;

  @Prop(() => [Int], { optional: true, description: 'Ports for routes of the protocol `tcp`.' })
  @Min(1, { each: true })
  @Max(MAX_PORT, { each: true })
  @ArrayMaxSize(MAX_LIST)
  tcpPorts?: number[] | null;

  @Prop(() => [String], {
    optional: true,
    description: 'To be on besides those that routes need: that of the server, for one.',
  })
  @ArrayMaxSize(MAX_LIST)
  networks?: string[] | null;

  @Prop(() => [String], { optional: true, example: ['node.labels.edge==true'] })
  @ArrayMaxSize(MAX_LIST)
  constraints?: string[] | null;

  @Prop(() => [String], {
    optional: true,
    description:
      'From whom `X-Forwarded-*` of a request is believed, in CIDR notation; nobody when left out.',
    example: ['10.0.0.0/8'],
  })
  @ArrayMaxSize(MAX_LIST)
  trustedProxies?: string[] | null;

  @Prop(() => Boolean, {
    optional: true,
    description:
      'Whether what comes in begins with the PROXY protocol, from a load balancer before the routers.',
  })
  acceptProxyProtocol?: boolean | null;

  @Prop(() => Boolean, { optional: true, description: 'Whether each request is a line in the log.' })
  accessLog?: boolean | null;
}
