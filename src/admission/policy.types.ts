import { InputType, ObjectType } from '@nestjs/graphql';
import { ArrayMaxSize, Length, Matches, MaxLength, ValidateBy } from 'class-validator';
import { enumOf } from '../api/enums.ts';
import { Integer, Prop } from '../api/prop.ts';
import type { AdmissionException, AdmissionPolicy } from '../domain/admission/policy.ts';
import { invalid } from '../domain/errors.ts';
import { ADMISSION_RULES, type AdmissionRule as DomainRule } from '../domain/admission/privilege.ts';
import type { Role as RoleName } from '../domain/role.ts';
import { Role } from '../auth/auth.types.ts';

const MAX_NAME = 64;
const MAX_PATTERN = 512;
const MAX_PATTERNS = 100;
const MAX_LIST = 500;

export const AdmissionRule = enumOf(
  'AdmissionRule',
  Object.keys(ADMISSION_RULES) as DomainRule[],
  Object.entries(ADMISSION_RULES)
    .map(([rule, about]) => `\`${rule}\`: ${about}.`)
    .join(' '),
);

const SUBJECT =
  'Whom it is for: a role and those that may do what it may, a token, by its id, a user or a group as grants name them, or whom a grant is for, by its name.';
const WHO = ['role', 'token', 'user', 'group', 'grant'] as const;

@ObjectType({ description: SUBJECT })
export class AccessSubject {
  @Prop(() => Role, { nullable: true })
  role: RoleName | null;

  @Prop(() => String, { nullable: true })
  token: string | null;

  @Prop(() => String, { nullable: true })
  user: string | null;

  @Prop(() => String, { nullable: true })
  group: string | null;

  @Prop(() => String, { nullable: true })
  grant: string | null;
}

@InputType({ description: `${SUBJECT} One of them.` })
export class AccessSubjectInput {
  @Prop(() => Role, { optional: true })
  role?: RoleName | null;

  @Prop(() => String, { optional: true })
  @Length(1, MAX_NAME)
  token?: string | null;

  @Prop(() => String, { optional: true, example: 'corp:alice' })
  @Length(1, MAX_PATTERN)
  user?: string | null;

  @Prop(() => String, { optional: true, example: 'corp:payments' })
  @Length(1, MAX_PATTERN)
  group?: string | null;

  @Prop(() => String, { optional: true })
  @Length(1, MAX_NAME)
  grant?: string | null;
}

/** Which of the subjects an input names. */
const namedBy = (input: AccessSubjectInput | undefined): readonly (typeof WHO)[number][] =>
  WHO.filter((field) => input?.[field]);

/** The validator of a subject says that of the whole: neither field is wrong by itself. */
function IsOneSubject(): PropertyDecorator {
  return ValidateBy({
    name: 'isOneSubject',
    validator: {
      validate: (value: AccessSubjectInput | undefined) => namedBy(value).length === 1,
      defaultMessage: () => `subject must have just one of ${WHO.join(', ')}`,
    },
  });
}

const ALLOW = 'Names of what the rule keeps, as refusals say them; `*` stands for any characters.';

@ObjectType()
export class AccessException {
  @Prop(() => String, { description: 'By which verdicts name it.' })
  name: string;

  @Prop(() => AccessSubject)
  subject: AccessSubject;

  @Prop(() => AdmissionRule)
  rule: DomainRule;

  @Prop(() => [String], { description: ALLOW, example: ['bind:/srv/pay/*'] })
  allow: readonly string[];
}

@InputType()
export class AccessExceptionInput {
  @Prop(() => String, { description: 'By which verdicts name it.', example: 'pay-data' })
  @Length(1, MAX_NAME)
  @Matches(/^[^\p{Cc}]*$/u, { message: 'name must have no control characters' })
  name: string;

  @Prop(() => AccessSubjectInput)
  @IsOneSubject()
  subject: AccessSubjectInput;

  @Prop(() => AdmissionRule)
  rule: DomainRule;

  @Prop(() => [String], { description: ALLOW, example: ['bind:/srv/pay/*'] })
  @ArrayMaxSize(MAX_PATTERNS)
  @Length(1, MAX_PATTERN, { each: true })
  allow: string[];
}

const PORTS = 'Published ports that a rule keeps: `22` or `2375-2377`.';
const LABELS = 'Beginnings of labels that a rule keeps.';

@ObjectType({
  description:
    'Who may ask for what. All rules are always in force, and admins may everything: only exceptions open anything to others.',
})
export class AccessPolicy {
  @Prop(() => Integer, { description: 'The ETag; 0 while nobody has written any.' })
  version: number;

  @Prop(() => Boolean, { description: 'False while nobody has written any: then this is the default.' })
  stored: boolean;

  @Prop(() => String, {
    nullable: true,
    description: 'Why what is kept cannot be read; then nothing of it counts.',
  })
  problem: string | null;

  @Prop(() => [String], { description: PORTS })
  reservedPorts: readonly string[];

  @Prop(() => [String], { description: LABELS })
  reservedLabels: readonly string[];

  @Prop(() => [AccessException])
  exceptions: readonly AccessException[];

  @Prop(() => String, { nullable: true, description: 'RFC 3339.' })
  updatedAt: string | null;

  @Prop(() => String, { nullable: true, description: 'Who wrote it: the id of a token, or `admin`.' })
  updatedBy: string | null;
}

@InputType({ description: 'The whole policy, in the place of the one that there is.' })
export class UpdateAccessPolicyInput {
  @Prop(() => [String], { description: PORTS, example: ['22', '2375-2377'] })
  @ArrayMaxSize(MAX_LIST)
  reservedPorts: string[];

  @Prop(() => [String], { description: LABELS, example: ['com.docker.', 'io.swarmplane.'] })
  @ArrayMaxSize(MAX_LIST)
  @MaxLength(MAX_PATTERN, { each: true })
  reservedLabels: string[];

  @Prop(() => [AccessExceptionInput])
  @ArrayMaxSize(MAX_LIST)
  exceptions: AccessExceptionInput[];
}

/** What a client says as a policy, as the domain has it and the swarm keeps it. */
export function policyFrom(input: UpdateAccessPolicyInput): AdmissionPolicy {
  const { reservedPorts, reservedLabels, exceptions } = input;
  return {
    reservedPorts,
    reservedLabels,
    exceptions: exceptions.map(({ name, subject, rule, allow }): AdmissionException => ({
      name,
      subject: subjectFrom(subject),
      rule,
      allow,
    })),
  };
}

/** The subject that an input names. Fails `invalid` for none, or several. */
export function subjectFrom(input: AccessSubjectInput): AdmissionException['subject'] {
  const [field, ...others] = namedBy(input);
  if (field && others.length === 0) return { [field]: input[field] } as AdmissionException['subject'];
  throw invalid([{ pointer: '/subject', detail: `Send just one of ${WHO.join(', ')}.` }]);
}

/** The parts of a policy as clients see them. */
export function shownPolicy({ reservedPorts, reservedLabels, exceptions }: AdmissionPolicy): {
  readonly reservedPorts: readonly string[];
  readonly reservedLabels: readonly string[];
  readonly exceptions: readonly AccessException[];
} {
  return {
    reservedPorts,
    reservedLabels,
    exceptions: exceptions.map(({ subject, ...exception }) => ({
      ...exception,
      subject: { role: null, token: null, user: null, group: null, grant: null, ...subject },
    })),
  };
}
