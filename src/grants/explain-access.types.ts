import { ArgsType, ObjectType } from '@nestjs/graphql';
import { ArrayMaxSize, Matches, MaxLength } from 'class-validator';
import { Repeatable } from '../api/page.ts';
import { Prop } from '../api/prop.ts';
import type { Verb } from '../domain/access/resource-kind.ts';
import { AccessVerb } from './roles.types.ts';

const MAX_OBJECT = 512;
const MAX_LIST = 100;

/** A question about what somebody may do. */
@ArgsType()
export class ExplainAccessQuery {
  @Repeatable()
  @Prop(() => [String], {
    optional: true,
    description:
      'Who: `token:<id>`, or `user:<issuer>:<name>` and their groups, each as `group:<issuer>:<name>`; who asks when left out.',
  })
  @ArrayMaxSize(MAX_LIST)
  @MaxLength(MAX_OBJECT, { each: true })
  subject?: string[] | null;

  @Prop(() => AccessVerb)
  verb: Verb;

  @Prop(() => String, {
    description:
      'A kind, and a name or id: `service/web`, `host/shop.pay.corp`, `port/8080`; of `swarm`, `audit` and the like there is one.',
    example: 'service/web',
  })
  @MaxLength(MAX_OBJECT)
  object: string;

  @Repeatable()
  @Prop(() => [String], {
    optional: true,
    description: '`key=value`: as if it had these labels. Those that it has, when left out.',
  })
  @ArrayMaxSize(MAX_LIST)
  @Matches(/^[^=]+=/, { each: true, message: 'must be a label, as in "team=pay"' })
  labels?: string[] | null;

  @Repeatable()
  @Prop(() => [String], { optional: true, description: 'The hosts of a route or certificate.' })
  @ArrayMaxSize(MAX_LIST)
  hosts?: string[] | null;
}

@ObjectType({ description: 'Something that would have let somebody do it but for one thing.' })
export class AccessNearMiss {
  @Prop(() => String, { example: 'the grant "pay"' })
  through: string;

  @Prop(() => String, { description: 'What is missing.' })
  detail: string;
}

@ObjectType({ description: 'Whether somebody may do something with an object, and why.' })
export class AccessExplanation {
  @Prop(() => Boolean)
  allowed: boolean;

  @Prop(() => String, { nullable: true, description: 'What lets them; null when nothing does.' })
  through: string | null;

  @Prop(() => String, { description: 'The same as a sentence.' })
  detail: string;

  @Prop(() => Boolean, {
    description: 'Whether the labels are those of an object that there is, and that you may see.',
  })
  found: boolean;

  @Prop(() => [AccessNearMiss], { description: 'Of a no: what came near.' })
  nearMisses: readonly AccessNearMiss[];
}
