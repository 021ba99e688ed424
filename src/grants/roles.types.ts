import { InputType, ObjectType } from '@nestjs/graphql';
import { ArrayMaxSize, ArrayMinSize, Matches, MaxLength } from 'class-validator';
import { enumOf } from '../api/enums.ts';
import { ConnectionOf, ListOf } from '../api/page.ts';
import { Integer, Prop } from '../api/prop.ts';
import * as domain from '../domain/access/access-role.ts';
import {
  RESOURCE_KINDS,
  VERBS,
  type ResourceKind as KindName,
  type Verb,
} from '../domain/access/resource-kind.ts';

/** What the name of a config leaves. */
const MAX_NAME = 48;
const MAX_RULES = 100;

export const AccessVerb = enumOf(
  'AccessVerb',
  VERBS,
  'What somebody can be let do. `use` leaves an object as it is: attach to a network, mount a secret, claim a host.',
);
export const ResourceKind = enumOf('ResourceKind', RESOURCE_KINDS, 'What rights are about.');

@ObjectType({ description: 'These verbs on these kinds.' })
export class RoleRule implements domain.RoleRule {
  @Prop(() => [ResourceKind])
  kinds: readonly KindName[];

  @Prop(() => [AccessVerb])
  verbs: readonly Verb[];
}

@InputType({ description: 'These verbs on these kinds.' })
export class RoleRuleInput {
  @Prop(() => [ResourceKind], { example: ['service', 'network'] })
  @ArrayMinSize(1)
  @ArrayMaxSize(RESOURCE_KINDS.length)
  kinds: KindName[];

  @Prop(() => [AccessVerb], { example: ['view', 'update'] })
  @ArrayMinSize(1)
  @ArrayMaxSize(VERBS.length)
  verbs: Verb[];
}

@ObjectType({ description: 'What can be granted: a name for some rules.' })
export class AccessRole {
  @Prop(() => String)
  name: string;

  @Prop(() => Integer, { description: "Swarm's version index, the ETag; 0 for one that is built in." })
  version: number;

  @Prop(() => Boolean, { description: 'True for those that are always there, and cannot be changed.' })
  builtIn: boolean;

  @Prop(() => [RoleRule])
  rules: readonly RoleRule[];

  @Prop(() => String, { nullable: true, description: 'Why it cannot be granted, and what to do.' })
  problem: string | null;

  @Prop(() => String, { nullable: true, description: 'RFC 3339; null for one that is built in.' })
  createdAt: string | null;

  @Prop(() => String, { nullable: true, description: 'RFC 3339; null for one that is built in.' })
  updatedAt: string | null;

  @Prop(() => String, { nullable: true, description: 'Who made it: the id of a token, or `admin`.' })
  createdBy: string | null;
}

@InputType()
export class UpdateRoleInput {
  @Prop(() => [RoleRuleInput])
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_RULES)
  rules: RoleRuleInput[];
}

@InputType()
export class CreateRoleInput extends UpdateRoleInput {
  @Prop(() => String, { description: 'It cannot be changed later.', example: 'deployer' })
  @MaxLength(MAX_NAME)
  @Matches(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, {
    message: 'name must be lower-case letters, digits and hyphens',
  })
  name: string;
}

export const RoleConnection = ConnectionOf(AccessRole, 'AccessRoleConnection');
export const RoleList = ListOf(AccessRole, 'AccessRoleList');

/** What a client says as a role. */
export function roleFrom(name: string, { rules }: UpdateRoleInput): domain.AccessRole {
  return { name, rules: rules.map(({ kinds, verbs }) => ({ kinds, verbs })) };
}
