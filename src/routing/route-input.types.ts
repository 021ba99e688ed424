import { InputType, Int } from '@nestjs/graphql';
import { IsIn } from 'class-validator';
import { Integer, Prop } from '../api/prop.ts';
import { StringMapScalar } from '../api/string-map.ts';
import type { StringMap } from '../domain/object.ts';
import * as domain from '../domain/route.ts';
import { CookieSetter, PathKind, RedirectScheme, RouteProtocol, RouteUpstream } from './route.types.ts';

@InputType()
export class PathMatchInput {
  @Prop(() => PathKind, { optional: true, description: '`prefix` when left out.' })
  kind?: domain.PathMatch['kind'] | null;

  @Prop(() => String, { example: '/api' })
  value: string;
}

@InputType()
export class HeaderMatchInput {
  @Prop(() => String)
  name: string;

  @Prop(() => String, { optional: true, description: 'Any value when left out.' })
  value?: string | null;
}

@InputType()
export class RouteBackendInput {
  @Prop(() => String, { description: 'Id or name of the service.', example: 'my-web' })
  service: string;

  @Prop(() => Int, { optional: true, description: 'Can be left out where the service publishes just one.' })
  port?: number | null;

  @Prop(() => Int, {
    optional: true,
    description: `0 to ${domain.MAX_WEIGHT}; ${domain.DEFAULT_WEIGHT} when left out.`,
  })
  weight?: number | null;
}

@InputType()
export class StickyCookieInput {
  @Prop(() => String)
  name: string;

  @Prop(() => CookieSetter, { optional: true, description: '`router` when left out.' })
  setBy?: domain.CookieSetter | null;
}

@InputType({ description: 'What is left out is as in the request.' })
export class RouteRedirectInput {
  @Prop(() => Int, { optional: true, description: '301, 302, 307 or 308; 302 when left out.' })
  @IsIn(domain.REDIRECT_STATUSES)
  status?: domain.RedirectStatus | null;

  @Prop(() => RedirectScheme, { optional: true })
  scheme?: domain.Redirect['scheme'];

  @Prop(() => String, { optional: true })
  host?: string | null;

  @Prop(() => Int, { optional: true })
  port?: number | null;

  @Prop(() => String, { optional: true })
  path?: string | null;
}

@InputType()
export class PathRewriteInput {
  @Prop(() => String, { optional: true })
  stripPrefix?: string | null;

  @Prop(() => String, { optional: true })
  addPrefix?: string | null;
}

@InputType()
export class HeaderChangesInput {
  @Prop(() => StringMapScalar, { optional: true })
  set?: StringMap | null;

  @Prop(() => StringMapScalar, { optional: true })
  add?: StringMap | null;

  @Prop(() => [String], { optional: true })
  remove?: string[] | null;
}

@InputType()
export class RouteHealthCheckInput {
  @Prop(() => String, { optional: true, description: 'By a connection only when left out.' })
  path?: string | null;

  @Prop(() => Integer, { optional: true, description: 'Milliseconds.' })
  intervalMs?: number | null;

  @Prop(() => Integer, { optional: true, description: 'Milliseconds.' })
  timeoutMs?: number | null;

  @Prop(() => Int, { optional: true })
  rise?: number | null;

  @Prop(() => Int, { optional: true })
  fall?: number | null;
}

@InputType({ description: 'In milliseconds.' })
export class RouteTimeoutsInput {
  @Prop(() => Integer, { optional: true })
  connect?: number | null;

  @Prop(() => Integer, { optional: true })
  server?: number | null;

  @Prop(() => Integer, { optional: true })
  queue?: number | null;

  @Prop(() => Integer, { optional: true })
  tunnel?: number | null;
}

@InputType()
export class RouteLimitsInput {
  @Prop(() => Int, { optional: true })
  connectionsPerTask?: number | null;

  @Prop(() => Int, { optional: true })
  requestsPerSecond?: number | null;
}

@InputType()
export class RouteBasicAuthInput {
  @Prop(() => String, { optional: true })
  realm?: string | null;

  @Prop(() => StringMapScalar, {
    description: 'Names of users, and hashes of their passwords: `$6$`, `$5$` or `$2y$`.',
  })
  users: StringMap;
}

@InputType()
export class BackendTlsInput {
  @Prop(() => Boolean, { optional: true, description: 'True when left out.' })
  verify?: boolean | null;
}

@InputType({ description: 'A route. What is left out, or null, is as its default says.' })
export class RouteInput {
  @Prop(() => String, { example: 'shop' })
  name: string;

  @Prop(() => RouteProtocol, { optional: true, description: '`http` when left out.' })
  protocol?: domain.RouteProtocol | null;

  @Prop(() => [String], {
    optional: true,
    description: 'Exact, wildcard (`*.example.com`) or default (`*`).',
    example: ['shop.example.com'],
  })
  hosts?: string[] | null;

  @Prop(() => [PathMatchInput], { optional: true, description: 'Any when left out.' })
  paths?: PathMatchInput[] | null;

  @Prop(() => [HeaderMatchInput], { optional: true, description: 'All of them must be there.' })
  headers?: HeaderMatchInput[] | null;

  @Prop(() => [String], { optional: true, description: 'One of them; any when left out.' })
  methods?: string[] | null;

  @Prop(() => Int, { optional: true, description: 'Of `tcp`: the port of the routers.' })
  listen?: number | null;

  @Prop(() => [RouteBackendInput], { optional: true, description: 'None where there is a redirect.' })
  backends?: RouteBackendInput[] | null;

  @Prop(() => RouteUpstream, { optional: true, description: '`tasks` when left out.' })
  upstream?: domain.Upstream | null;

  @Prop(() => String, {
    optional: true,
    description: 'Id or name of the network over which tasks are reached; one of the routers’ when left out.',
  })
  network?: string | null;

  @Prop(() => StickyCookieInput, { optional: true })
  sticky?: StickyCookieInput | null;

  @Prop(() => RouteRedirectInput, { optional: true })
  redirect?: RouteRedirectInput | null;

  @Prop(() => Boolean, { optional: true })
  httpsOnly?: boolean | null;

  @Prop(() => PathRewriteInput, { optional: true })
  rewrite?: PathRewriteInput | null;

  @Prop(() => HeaderChangesInput, { optional: true })
  requestHeaders?: HeaderChangesInput | null;

  @Prop(() => HeaderChangesInput, { optional: true })
  responseHeaders?: HeaderChangesInput | null;

  @Prop(() => Boolean, { optional: true, description: 'True when left out.' })
  forwardedHeaders?: boolean | null;

  @Prop(() => Int, { optional: true, description: '1 or 2; none when left out.' })
  @IsIn([1, 2])
  proxyProtocol?: 1 | 2 | null;

  @Prop(() => BackendTlsInput, { optional: true })
  backendTls?: BackendTlsInput | null;

  @Prop(() => RouteHealthCheckInput, { optional: true })
  healthCheck?: RouteHealthCheckInput | null;

  @Prop(() => RouteTimeoutsInput, { optional: true })
  timeouts?: RouteTimeoutsInput | null;

  @Prop(() => RouteLimitsInput, { optional: true })
  limits?: RouteLimitsInput | null;

  @Prop(() => [String], { optional: true, description: 'In CIDR notation; everybody when left out.' })
  allow?: string[] | null;

  @Prop(() => RouteBasicAuthInput, { optional: true })
  basicAuth?: RouteBasicAuthInput | null;

  @Prop(() => Int, { optional: true, description: '1 when left out.' })
  retries?: number | null;
}
