import { InputType, Int, ObjectType } from '@nestjs/graphql';
import { ArrayMaxSize, Max, MaxLength, Min } from 'class-validator';
import { enumOf } from '../api/enums.ts';
import { Prop } from '../api/prop.ts';
import { StringMapScalar } from '../api/string-map.ts';
import { FINDING_LEVELS, type FindingLevel as LevelName } from '../domain/dialects/dialect.ts';
import type { StringMap } from '../domain/object.ts';
import { DIALECTS, type Dialect } from '../domain/route.ts';
import { RouteSpec } from './route.types.ts';

/** In characters: reading the worst of it takes some tenths of a second, in which nobody else is answered. */
const LONGEST_COMPOSE = 131_072;
const MOST = 100;

export const RouteDialect = enumOf(
  'RouteDialect',
  DIALECTS,
  'Labels of our own, of Docker UCP’s HTTP Routing Mesh, of Interlock, and of Docker Flow Proxy.',
);
export const FindingLevel = enumOf(
  'FindingLevel',
  FINDING_LEVELS,
  'An error refuses its route; a warning says what will be otherwise; what is ignored has no effect.',
);

@InputType({ description: 'A network that the service is on.' })
export class LintNetworkInput {
  @Prop(() => String)
  name: string;

  @Prop(() => StringMapScalar, { optional: true })
  labels?: StringMap | null;
}

@InputType({ description: 'A port that the service publishes.' })
export class LintPortInput {
  @Prop(() => Int)
  @Min(1)
  @Max(65_535)
  targetPort: number;

  @Prop(() => Int, { optional: true })
  @Min(1)
  @Max(65_535)
  publishedPort?: number | null;
}

@InputType({ description: 'Labels of one service, or a compose file.' })
export class LintRoutesInput {
  @Prop(() => StringMapScalar, { optional: true, description: 'Labels of a service.' })
  labels?: StringMap | null;

  @Prop(() => String, {
    optional: true,
    description: 'Of the service that has the labels; `service` unless said.',
  })
  service?: string | null;

  @Prop(() => [LintNetworkInput], {
    optional: true,
    description: 'Those that the service with the labels is on. Not looked at where they are left out.',
  })
  @ArrayMaxSize(MOST)
  networks?: readonly LintNetworkInput[] | null;

  @Prop(() => [LintPortInput], {
    optional: true,
    description: 'Those that the service with the labels publishes. Not looked at where they are left out.',
  })
  @ArrayMaxSize(MOST)
  ports?: readonly LintPortInput[] | null;

  @Prop(() => String, {
    optional: true,
    description: 'A compose file, as YAML. Variables are not filled in.',
  })
  @MaxLength(LONGEST_COMPOSE)
  compose?: string | null;
}

@ObjectType({ description: 'Something that a label says, and that is not done as it is said.' })
export class RouteFinding {
  @Prop(() => FindingLevel)
  level: LevelName;

  @Prop(() => String)
  label: string;

  @Prop(() => String, { description: 'What is wrong or otherwise, and what to do.' })
  detail: string;
}

@ObjectType({ description: 'A route that labels say.' })
export class LintedRoute {
  @Prop(() => RouteDialect)
  dialect: Dialect;

  @Prop(() => String, { description: 'One of its own among the routes of the service in the dialect.' })
  name: string;

  @Prop(() => RouteSpec, { nullable: true, description: 'Null where an error refuses it.' })
  route: RouteSpec | null;

  @Prop(() => [RouteFinding])
  findings: readonly RouteFinding[];
}

@ObjectType({ description: 'What the labels of a service would do.' })
export class LintedService {
  @Prop(() => String)
  service: string;

  @Prop(() => [LintedRoute])
  routes: readonly LintedRoute[];

  @Prop(() => [RouteFinding], { description: 'About labels that belong to no route, or to all.' })
  findings: readonly RouteFinding[];
}

@ObjectType({ description: 'What labels would do, by service.' })
export class RouteLint {
  @Prop(() => [LintedService])
  services: readonly LintedService[];
}
