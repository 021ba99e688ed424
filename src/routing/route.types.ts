import { Int, ObjectType } from '@nestjs/graphql';
import { enumOf } from '../api/enums.ts';
import { Integer, Prop } from '../api/prop.ts';
import { StringMapScalar } from '../api/string-map.ts';
import type { StringMap } from '../domain/object.ts';
import * as domain from '../domain/route.ts';

export const RouteProtocol = enumOf(
  'RouteProtocol',
  domain.ROUTE_PROTOCOLS,
  '`tls-passthrough` routes by the name in the TLS hello and leaves the encryption to the tasks.',
);
export const PathKind = enumOf('PathKind', domain.PATH_KINDS, '`prefix` matches whole segments.');
export const RouteUpstream = enumOf(
  'RouteUpstream',
  domain.UPSTREAMS,
  'Whether requests go to the tasks, or to the virtual IP, behind which Swarm chooses one.',
);
export const CookieSetter = enumOf('CookieSetter', domain.COOKIE_SETTERS, 'Who sets the cookie.');
export const RedirectScheme = enumOf(
  'RedirectScheme',
  ['http', 'https'],
  'Of the place that is redirected to.',
);

@ObjectType()
export class PathMatch {
  @Prop(() => PathKind)
  kind: domain.PathMatch['kind'];

  @Prop(() => String, { example: '/api' })
  value: string;
}

@ObjectType({ description: 'A header that a request must have.' })
export class HeaderMatch {
  @Prop(() => String)
  name: string;

  @Prop(() => String, { nullable: true, description: 'Null for any value.' })
  value: string | null;
}

@ObjectType({ description: 'Where a part of the requests goes.' })
export class RouteBackend {
  @Prop(() => String, { description: 'Id or name of the service.' })
  service: string;

  @Prop(() => Int, { nullable: true, description: 'Null where the service publishes just one.' })
  port: number | null;

  @Prop(() => Int, { description: 'In relation to the other backends, whatever the number of tasks.' })
  weight: number;
}

@ObjectType({ description: 'A cookie that keeps a client with its task.' })
export class StickyCookie {
  @Prop(() => String)
  name: string;

  @Prop(() => CookieSetter)
  setBy: domain.CookieSetter;
}

@ObjectType({ description: 'An answer instead of a task’s. What is null is as in the request.' })
export class RouteRedirect {
  @Prop(() => Int, { description: '301, 302, 307 or 308.' })
  status: domain.RedirectStatus;

  @Prop(() => RedirectScheme, { nullable: true })
  scheme: domain.Redirect['scheme'];

  @Prop(() => String, { nullable: true })
  host: string | null;

  @Prop(() => Int, { nullable: true })
  port: number | null;

  @Prop(() => String, { nullable: true })
  path: string | null;
}

@ObjectType({ description: 'What becomes of the path before a task sees it.' })
export class PathRewrite {
  @Prop(() => String, { nullable: true })
  stripPrefix: string | null;

  @Prop(() => String, { nullable: true })
  addPrefix: string | null;
}

@ObjectType({ description: 'Changes of headers.' })
export class HeaderChanges {
  @Prop(() => StringMapScalar)
  set: StringMap;

  @Prop(() => StringMapScalar)
  add: StringMap;

  @Prop(() => [String])
  remove: readonly string[];
}

@ObjectType({ description: 'How tasks are asked whether they are well.' })
export class RouteHealthCheck {
  @Prop(() => String, { nullable: true, description: 'Null: by a connection only.' })
  path: string | null;

  @Prop(() => Integer, { description: 'Milliseconds.' })
  intervalMs: number;

  @Prop(() => Integer, { description: 'Milliseconds.' })
  timeoutMs: number;

  @Prop(() => Int)
  rise: number;

  @Prop(() => Int)
  fall: number;
}

@ObjectType({ description: 'In milliseconds; null where the router’s own holds.' })
export class RouteTimeouts {
  @Prop(() => Integer, { nullable: true })
  connect: number | null;

  @Prop(() => Integer, { nullable: true })
  server: number | null;

  @Prop(() => Integer, { nullable: true })
  queue: number | null;

  @Prop(() => Integer, { nullable: true })
  tunnel: number | null;
}

@ObjectType({ description: 'Null is without a limit.' })
export class RouteLimits {
  @Prop(() => Int, { nullable: true, description: 'At once, for each task.' })
  connectionsPerTask: number | null;

  @Prop(() => Int, { nullable: true, description: 'Of each client address, by a router.' })
  requestsPerSecond: number | null;
}

@ObjectType({ description: 'Who may ask.' })
export class RouteBasicAuth {
  @Prop(() => String)
  realm: string;

  @Prop(() => StringMapScalar, { description: 'Names of users, and hashes of their passwords.' })
  users: StringMap;
}

@ObjectType({ description: 'TLS on the way to the tasks.' })
export class BackendTls {
  @Prop(() => Boolean, { description: 'Whether their certificates are looked at.' })
  verify: boolean;
}

@ObjectType({ description: 'Which requests go to which tasks, and how.' })
export class RouteSpec implements domain.RouteSpec {
  @Prop(() => String)
  name: string;

  @Prop(() => RouteProtocol)
  protocol: domain.RouteProtocol;

  @Prop(() => [String], { description: 'Exact, wildcard (`*.example.com`) or default (`*`).' })
  hosts: readonly string[];

  @Prop(() => [PathMatch], { description: 'Empty for any.' })
  paths: readonly PathMatch[];

  @Prop(() => [HeaderMatch], { description: 'All of them.' })
  headers: readonly HeaderMatch[];

  @Prop(() => [String], { description: 'One of them; empty for any.' })
  methods: readonly string[];

  @Prop(() => Int, { nullable: true, description: 'Of `tcp`: the port of the routers.' })
  listen: number | null;

  @Prop(() => [RouteBackend], { description: 'Empty where there is a redirect.' })
  backends: readonly RouteBackend[];

  @Prop(() => RouteUpstream)
  upstream: domain.Upstream;

  @Prop(() => String, {
    nullable: true,
    description: 'Over which tasks are reached; null for one that is shared with the router.',
  })
  network: string | null;

  @Prop(() => StickyCookie, { nullable: true })
  sticky: StickyCookie | null;

  @Prop(() => RouteRedirect, { nullable: true })
  redirect: RouteRedirect | null;

  @Prop(() => Boolean, { description: 'Whether plain requests are redirected to HTTPS.' })
  httpsOnly: boolean;

  @Prop(() => PathRewrite, { nullable: true })
  rewrite: PathRewrite | null;

  @Prop(() => HeaderChanges, { description: 'On their way to a task.' })
  requestHeaders: HeaderChanges;

  @Prop(() => HeaderChanges, { description: 'On their way back.' })
  responseHeaders: HeaderChanges;

  @Prop(() => Boolean, { description: 'Whether tasks are told of the client in `X-Forwarded-*`.' })
  forwardedHeaders: boolean;

  @Prop(() => Int, {
    nullable: true,
    description: 'Version of the PROXY protocol to the tasks; null for none.',
  })
  proxyProtocol: 1 | 2 | null;

  @Prop(() => BackendTls, { nullable: true })
  backendTls: BackendTls | null;

  @Prop(() => RouteHealthCheck, { nullable: true, description: 'Besides what Swarm knows of them.' })
  healthCheck: RouteHealthCheck | null;

  @Prop(() => RouteTimeouts)
  timeouts: RouteTimeouts;

  @Prop(() => RouteLimits)
  limits: RouteLimits;

  @Prop(() => [String], { description: 'In CIDR notation; empty lets everybody in.' })
  allow: readonly string[];

  @Prop(() => RouteBasicAuth, { nullable: true })
  basicAuth: RouteBasicAuth | null;

  @Prop(() => Int, {
    description: 'How often a safe request is sent again when a task could not be reached.',
  })
  retries: number;
}
