import { ArgsType, ID, Int, ObjectType } from '@nestjs/graphql';
import { Matches, MaxLength } from 'class-validator';
import { enumOf } from '../api/enums.ts';
import { NumberInQuery, Repeatable } from '../api/page.ts';
import { Prop } from '../api/prop.ts';
import {
  MATCH_SCHEMES,
  MATCH_VERDICTS,
  type MatchScheme as SchemeName,
  type MatchVerdict as VerdictName,
} from '../domain/route-match.ts';
import { Route } from './routes.types.ts';

export const MatchScheme = enumOf('MatchScheme', MATCH_SCHEMES, 'How a request comes to a router.');
export const MatchVerdict = enumOf(
  'MatchVerdict',
  MATCH_VERDICTS,
  '`loses`: it fits, and another one goes before it. `unfit`: it does not fit.',
);

/** A request, as far as routes look at it. */
@ArgsType()
export class RouteMatchQuery {
  @Prop(() => MatchScheme, { optional: true, description: '`http` when left out.' })
  scheme?: SchemeName | null;

  @Prop(() => String, { optional: true, description: 'Without a port; needed but for `tcp`.' })
  @MaxLength(253)
  host?: string | null;

  @NumberInQuery()
  @Prop(() => Int, { optional: true, description: 'Of the router; only for `tcp`.' })
  port?: number | null;

  @Prop(() => String, { optional: true, description: 'Without its query; `/` when left out.' })
  @MaxLength(1024)
  path?: string | null;

  @Prop(() => String, { optional: true, description: '`GET` when left out.' })
  @MaxLength(32)
  method?: string | null;

  @Repeatable()
  @Prop(() => [String], { optional: true, description: '`Name: value`, any number of them.' })
  @Matches(/^[A-Za-z0-9-]+:/, { each: true, message: 'must be a header, as in "X-Beta: on"' })
  header?: string[] | null;
}

@ObjectType({ description: 'A route that was looked at for a request.' })
export class RouteMatchStep {
  @Prop(() => ID)
  route: string;

  @Prop(() => String)
  name: string;

  @Prop(() => String)
  host: string;

  @Prop(() => String, {
    nullable: true,
    description: '`/api` for a prefix, `=/api` for just that; null for any.',
  })
  path: string | null;

  @Prop(() => MatchVerdict)
  verdict: VerdictName;

  @Prop(() => String, { description: 'What decides.' })
  reason: string;
}

@ObjectType({ description: 'Which route takes a request, and why.' })
export class RouteMatch {
  @Prop(() => Route, { nullable: true, description: 'Null where no route takes it.' })
  route: Route | null;

  @Prop(() => String, { description: 'What becomes of the request.' })
  outcome: string;

  @Prop(() => [RouteMatchStep], { description: 'Those that were looked at, in their order; 100 at most.' })
  steps: readonly RouteMatchStep[];
}
