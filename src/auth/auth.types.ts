import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { ApiProperty } from '@nestjs/swagger';
import { IsISO8601, IsRFC3339, Length, Matches, Max, Min } from 'class-validator';
import { enumOf } from '../api/enums.ts';
import { ConnectionOf, ListOf } from '../api/page.ts';
import { Integer, Prop } from '../api/prop.ts';
import { ROLES, type Role as RoleName } from '../domain/role.ts';
import { GrantScope, GrantScopeInput } from '../grants/scope.types.ts';
import type { TokenRecord } from './token-records.ts';

/** For how long the secret before goes on after a rotation, in seconds. */
export const DEFAULT_OVERLAP_SECONDS = 3_600;
const MAX_OVERLAP_SECONDS = 30 * 86_400;

export const Role = enumOf(
  'Role',
  ROLES,
  'What a token may do: an operator what a viewer may, an admin all; a router only what routers do.',
);

@ObjectType({ description: 'An API token. The token itself is shown once, in the answer that made it.' })
export class Token {
  @Prop(() => ID)
  id: string;

  @Prop(() => Integer, { description: "Swarm's version index of the config that keeps the token." })
  version: number;

  @Prop(() => String)
  name: string;

  @Prop(() => Role, {
    nullable: true,
    description: 'What it may do by itself; null where only grants say what it may.',
  })
  role: RoleName | null;

  @Prop(() => GrantScope, { description: 'With which objects it may do that.' })
  scope: GrantScope;

  @Prop(() => String, { description: 'RFC 3339.' })
  createdAt: string;

  @Prop(() => String, { description: 'Who made it: the id of a token, or `admin`.' })
  createdBy: string;

  @Prop(() => String, { nullable: true, description: 'RFC 3339; null means never.' })
  expiresAt: string | null;

  @Prop(() => String, {
    nullable: true,
    description: 'RFC 3339, to about ten minutes; null means never used.',
  })
  lastUsedAt: string | null;

  @Prop(() => Integer, { description: 'How often it has been rotated.' })
  rotations: number;

  @Prop(() => String, {
    nullable: true,
    description: 'RFC 3339. Until when the secret goes on that it had before; null if it never was rotated.',
  })
  previousExpiresAt: string | null;
}

@ObjectType()
export class CreatedToken extends Token {
  @Field(() => String, {
    description: 'The token. It is kept only as a hash: store it now. Empty in a dry run.',
  })
  @ApiProperty({ type: String, description: 'The token. It is kept only as a hash: store it now.' })
  token: string;
}

@InputType()
export class CreateTokenInput {
  @Prop(() => String, { description: 'For people: who or what uses it.' })
  @Length(1, 64)
  @Matches(/^[^\p{Cc}]*$/u, { message: 'name must have no control characters' })
  name: string;

  @Prop(() => Role, {
    optional: true,
    description: 'What it may do by itself; nothing when left out, so that only grants say what it may.',
  })
  role?: RoleName | null;

  @Prop(() => GrantScopeInput, {
    optional: true,
    description: 'With which objects it may do that; with all when left out.',
  })
  scope?: GrantScopeInput | null;

  @Prop(() => String, { optional: true, description: 'RFC 3339, in the future; never when left out.' })
  @IsISO8601({ strict: true }, { message: 'expiresAt must be a day that exists' })
  @IsRFC3339({ message: 'expiresAt must be a time in RFC 3339, as in 2030-01-01T00:00:00Z' })
  expiresAt?: string | null;
}

@InputType()
export class RotateTokenInput {
  @Prop(() => Integer, {
    optional: true,
    description: 'For how many seconds the secret that it has goes on; an hour when left out.',
    example: DEFAULT_OVERLAP_SECONDS,
  })
  @Min(0)
  @Max(MAX_OVERLAP_SECONDS)
  overlapSeconds?: number | null;
}

export const TokenConnection = ConnectionOf(Token, 'TokenConnection');
export const TokenList = ListOf(Token, 'TokenList');

/** A token as clients see it: without its hashes. */
export function toToken({ id, version, document }: TokenRecord): Token {
  const { name, role, scope, createdAt, createdBy, expiresAt, lastUsedAt } = document;
  return {
    id,
    version,
    name,
    role,
    scope,
    createdAt,
    createdBy,
    expiresAt,
    lastUsedAt,
    rotations: document.rotation,
    previousExpiresAt: document.previous?.expiresAt ?? null,
  };
}
