import { applyDecorators } from '@nestjs/common';
import { ID, InputType, ObjectType } from '@nestjs/graphql';
import { IsISO8601, IsRFC3339, MaxLength } from 'class-validator';
import { enumOf } from '../api/enums.ts';
import { JsonProp } from '../api/json-scalar.ts';
import { ConnectionOf, ListOf, Paged } from '../api/page.ts';
import { Integer, Prop } from '../api/prop.ts';
import type { Admitted } from '../domain/admission/verdict.ts';
import {
  AUDIT_OUTCOMES,
  AUDIT_PROOFS,
  AUDIT_SURFACES,
  type AuditOutcome as OutcomeName,
  type AuditProof as ProofName,
  type AuditSurface as SurfaceName,
} from '../domain/audit.ts';
import { Role } from '../auth/auth.types.ts';
import type { Role as RoleName } from '../domain/role.ts';

const MAX_FILTER = 256;

export const AuditOutcome = enumOf(
  'AuditOutcome',
  AUDIT_OUTCOMES,
  'What became of a write: under way, done, failed, refused before anything was touched, or not known, for its server was killed or the engine did not say.',
);
export const AuditSurface = enumOf('AuditSurface', AUDIT_SURFACES, 'By which way a write has come.');
export const AuditProof = enumOf('AuditProof', AUDIT_PROOFS, 'How somebody has proven who it is.');

@ObjectType({ description: 'Who has written, or tried to.' })
export class AuditActor {
  @Prop(() => ID)
  id: string;

  @Prop(() => String, { description: 'At that time.' })
  name: string;

  @Prop(() => Role, {
    nullable: true,
    description: 'That they had for everything at that time; null for none.',
  })
  role: RoleName | null;
}

@ObjectType({ description: 'A field that a write changes, without what is secret.' })
export class AuditChange {
  @Prop(() => String, { description: 'JSON pointer (RFC 6901) into the object.', example: '/image' })
  pointer: string;

  @JsonProp('nginx:1.27')
  before: unknown;

  @JsonProp('nginx:1.28')
  after: unknown;
}

@ObjectType({ description: 'Why the access policy let a write through.' })
export class AuditAdmission {
  @Prop(() => String, {
    description: '`admin`, `exceptions`, or `unprivileged` where no rule is about it.',
    example: 'exceptions',
  })
  rule: Admitted['rule'];

  @Prop(() => [String], {
    description: 'The exceptions that let something through, by name.',
    example: ['any-image'],
  })
  exceptions: readonly string[];
}

@ObjectType({ description: 'A write, or the refusal of one.' })
export class AuditEntry {
  @Prop(() => ID)
  id: string;

  @Prop(() => Integer, { description: 'Its place in the chain.' })
  sequence: number;

  @Prop(() => String, { description: 'RFC 3339: when it began, or was refused.' })
  at: string;

  @Prop(() => AuditActor, { nullable: true, description: 'Null for who has proven to be nobody.' })
  actor: AuditActor | null;

  @Prop(() => AuditProof)
  proof: ProofName;

  @Prop(() => String, { nullable: true, description: 'The IP address that the request came from.' })
  address: string | null;

  @Prop(() => String, { nullable: true, description: 'What the client calls itself, shortened.' })
  userAgent: string | null;

  @Prop(() => AuditSurface)
  surface: SurfaceName;

  @Prop(() => String, { description: 'The X-Request-Id.' })
  requestId: string;

  @Prop(() => String, { description: 'The route, or the field of GraphQL.', example: 'POST /v1/services' })
  operation: string;

  @Prop(() => String, { description: 'The same word on all surfaces.', example: 'scale' })
  verb: string;

  @Prop(() => String, { example: 'service' })
  kind: string;

  @Prop(() => String, { nullable: true, description: 'Null for what was not made, or not found.' })
  objectId: string | null;

  @Prop(() => String, {
    nullable: true,
    description: 'Its name at that time; of a refusal, whatever the client wrote.',
  })
  objectName: string | null;

  @Prop(() => String, {
    nullable: true,
    description: 'By what it was decided; null where it was refused before that.',
    example: 'create service',
  })
  rule: string | null;

  @Prop(() => AuditAdmission, {
    nullable: true,
    description: 'Why the access policy let it through; null where it has no say, and of refusals.',
  })
  admission: AuditAdmission | null;

  @Prop(() => [AuditChange], {
    description: 'What was to change. Secrets, and what may be some, are hidden.',
  })
  changes: readonly AuditChange[];

  @Prop(() => AuditOutcome)
  outcome: OutcomeName;

  @Prop(() => String, { nullable: true, description: 'The code of the error; null without one.' })
  code: string | null;

  @Prop(() => Integer, {
    nullable: true,
    description: 'How long the write took; null where that is not known.',
  })
  durationMs: number | null;

  @Prop(() => String, { description: 'The name of the server that took the request.' })
  server: string;

  @Prop(() => String, { description: 'SHA-256 of this entry and all before it.' })
  hash: string;
}

const Filter = (description: string): PropertyDecorator =>
  applyDecorators(
    Prop(() => String, { optional: true, description }),
    MaxLength(MAX_FILTER),
  );

const Moment = (description: string): PropertyDecorator =>
  applyDecorators(
    Prop(() => String, { optional: true, description }),
    IsISO8601({ strict: true }, { message: 'It must be a day that exists' }),
    IsRFC3339({ message: 'It must be a time in RFC 3339, as in 2030-01-01T00:00:00Z' }),
  );

@InputType({ description: 'All that are given must fit.' })
export class AuditFilter {
  @Filter('The id or name of who it was.')
  actor?: string | null;

  @Filter('Such as `scale`.')
  verb?: string | null;

  @Filter('Such as `service`.')
  kind?: string | null;

  @Filter('The id of an object, or the name that it had.')
  object?: string | null;

  @Prop(() => AuditOutcome, { optional: true })
  outcome?: OutcomeName | null;

  @Moment('RFC 3339: not before this.')
  since?: string | null;

  @Moment('RFC 3339: before this.')
  until?: string | null;

  @Filter('The X-Request-Id.')
  requestId?: string | null;
}

export class AuditListQuery extends Paged(AuditFilter) {}

@ObjectType({ description: 'A place in the chain, and the hash there.' })
export class ChainPlace {
  @Prop(() => Integer)
  sequence: number;

  @Prop(() => String)
  hash: string;
}

@ObjectType({ description: 'What does not fit in the chain.' })
export class ChainBreak {
  @Prop(() => Integer, { description: 'The first row that does not fit.' })
  sequence: number;

  @Prop(() => String)
  reason: string;
}

@ObjectType({ description: 'Whether the chain of all rows is as it was written.' })
export class AuditVerification {
  @Prop(() => Boolean)
  intact: boolean;

  @Prop(() => Integer, { description: 'How many rows fit, from the first that is kept.' })
  checked: number;

  @Prop(() => ChainPlace, {
    description:
      'The end of the chain. Whoever keeps it elsewhere can prove later that nothing before it was changed.',
  })
  end: ChainPlace;

  @Prop(() => ChainPlace, {
    nullable: true,
    description: 'The last row that was taken away for its age; null while all are kept.',
  })
  anchor: ChainPlace | null;

  @Prop(() => ChainBreak, { nullable: true })
  broken: ChainBreak | null;
}

export const AuditConnection = ConnectionOf(AuditEntry, 'AuditConnection');
export const AuditList = ListOf(AuditEntry, 'AuditList');
