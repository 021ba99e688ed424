import { ID, InputType, ObjectType } from '@nestjs/graphql';
import { Length, Matches, MaxLength } from 'class-validator';
import { ConnectionOf, ListOf, Paged } from '../api/page.ts';
import { Integer, Prop } from '../api/prop.ts';
import { isSubject, type Grant as DomainGrant, type Subject } from '../domain/access/grant.ts';
import { NOTHING } from '../domain/access/scope.ts';
import { invalid } from '../domain/errors.ts';
import { GRAMMAR } from '../domain/route-grammar.ts';
import { GrantScope, GrantScopeInput, scopeFrom } from './scope.types.ts';

const MAX_SUBJECT = 512;
const MAX_ROLE = 48;

const ABOUT = {
  token: 'Who holds the token with this id.',
  user: 'A user, as `<issuer>:<name>`.',
  group: 'All of a group, as `<issuer>:<name>`.',
  role: 'The name of a role, built in or not.',
} as const;

@ObjectType({ description: 'Whom a grant is for: one of the three.' })
export class GrantSubject {
  @Prop(() => String, { nullable: true, description: ABOUT.token })
  token: string | null;

  @Prop(() => String, { nullable: true, description: ABOUT.user })
  user: string | null;

  @Prop(() => String, { nullable: true, description: ABOUT.group })
  group: string | null;
}

@InputType({ description: 'Whom a grant is for: one of the three.' })
export class GrantSubjectInput {
  @Prop(() => String, { optional: true, description: ABOUT.token })
  @Length(1, MAX_SUBJECT)
  token?: string | null;

  @Prop(() => String, { optional: true, description: ABOUT.user, example: 'corp:ben' })
  @Length(1, MAX_SUBJECT)
  user?: string | null;

  @Prop(() => String, { optional: true, description: ABOUT.group, example: 'corp:pay' })
  @Length(1, MAX_SUBJECT)
  group?: string | null;
}

@ObjectType({ description: 'Lets somebody do what a role says with the objects of a scope.' })
export class Grant {
  @Prop(() => ID)
  id: string;

  @Prop(() => Integer, { description: "Swarm's version index; the ETag." })
  version: number;

  @Prop(() => String, { description: 'By which answers name it; its id, where it cannot be read.' })
  name: string;

  @Prop(() => GrantSubject)
  subject: GrantSubject;

  @Prop(() => String, { description: ABOUT.role })
  role: string;

  @Prop(() => GrantScope)
  scope: GrantScope;

  @Prop(() => String, { nullable: true, description: 'Why it grants nothing, and what to do.' })
  problem: string | null;

  @Prop(() => String, { description: 'RFC 3339.' })
  createdAt: string;

  @Prop(() => String, { description: 'RFC 3339.' })
  updatedAt: string;

  @Prop(() => String, { description: 'Who made it: the id of a token, or `admin`.' })
  createdBy: string;
}

@InputType()
export class UpdateGrantInput {
  @Prop(() => GrantSubjectInput)
  subject: GrantSubjectInput;

  @Prop(() => String, { description: ABOUT.role, example: 'operator' })
  @MaxLength(MAX_ROLE)
  role: string;

  @Prop(() => GrantScopeInput)
  scope: GrantScopeInput;
}

@InputType()
export class CreateGrantInput extends UpdateGrantInput {
  @Prop(() => String, {
    description: 'By which answers name it. It cannot be changed later.',
    example: 'pay',
  })
  @MaxLength(GRAMMAR.name.maxLength)
  @Matches(GRAMMAR.name.pattern, { message: 'name must be letters, digits, hyphens and underscores' })
  name: string;
}

@InputType({ description: 'All that are given must fit.' })
export class GrantFilter {
  @Prop(() => String, {
    optional: true,
    description: '`token:<id>`, `user:<issuer>:<name>` or `group:<issuer>:<name>`.',
  })
  subject?: string | null;

  @Prop(() => String, { optional: true, description: ABOUT.role })
  role?: string | null;
}

export class GrantQuery extends Paged(GrantFilter) {}
export const GrantConnection = ConnectionOf(Grant, 'GrantConnection');
export const GrantList = ListOf(Grant, 'GrantList');

/** What a client says as a grant. Fails `invalid`. */
export function grantFrom(name: string, { subject, role, scope }: UpdateGrantInput): DomainGrant {
  return { name, subject: subjectFrom(subject), role, scope: scopeFrom(scope) };
}

function subjectFrom(input: GrantSubjectInput): Subject {
  const given = (['token', 'user', 'group'] as const).flatMap((kind) =>
    input[kind] ? [`${kind}:${input[kind]}`] : [],
  );
  const [subject] = given;
  if (given.length === 1 && isSubject(subject)) return subject;
  const detail = 'Send one of "token" (its id), "user" and "group" (as "<issuer>:<name>").';
  throw invalid([{ pointer: '/subject', detail }]);
}

/** A subject in its parts, as clients send and see it. */
export function shownSubject(subject: Subject | null): GrantSubject {
  const nobody = { token: null, user: null, group: null };
  if (subject === null) return nobody;
  const colon = subject.indexOf(':');
  return { ...nobody, [subject.slice(0, colon)]: subject.slice(colon + 1) };
}

/** What clients see of a grant that cannot be read. */
export const UNREADABLE = { subject: shownSubject(null), role: '', scope: NOTHING, createdBy: '' } as const;
