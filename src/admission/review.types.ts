import { InputType, ObjectType } from '@nestjs/graphql';
import { Prop } from '../api/prop.ts';
import type { AdmissionRule as DomainRule } from '../domain/admission/privilege.ts';
import type { Verdict } from '../domain/admission/verdict.ts';
import { CreateNetworkInput } from '../networks/networks.types.ts';
import { CreateServiceInput } from '../services/services.types.ts';
import { AccessSubjectInput, AdmissionRule } from './policy.types.ts';

@InputType({ description: 'What somebody would ask for: a new service or a new network.' })
export class ReviewAccessInput {
  @Prop(() => AccessSubjectInput, {
    optional: true,
    description: 'Who would ask; yourself when left out. Of others only admins may ask.',
  })
  subject?: AccessSubjectInput | null;

  @Prop(() => CreateServiceInput, { optional: true, description: 'Either this or `network`.' })
  service?: CreateServiceInput | null;

  @Prop(() => CreateNetworkInput, { optional: true, description: 'Either this or `service`.' })
  network?: CreateNetworkInput | null;
}

@ObjectType()
export class AccessRefusal {
  @Prop(() => AdmissionRule)
  rule: DomainRule;

  @Prop(() => String, { description: 'JSON pointer (RFC 6901) into what was asked for.' })
  pointer: string;

  @Prop(() => String, { description: 'What an exception would have to allow.', example: 'bind:/srv/pay' })
  name: string;

  @Prop(() => String, { description: 'What is refused, and what to do.' })
  detail: string;
}

@ObjectType({ description: 'Whether somebody may have what was asked for, and why.' })
export class AccessVerdict {
  @Prop(() => Boolean)
  allowed: boolean;

  @Prop(() => String, {
    description:
      'The first rule that refuses. Of what is allowed: `admin`, `exceptions`, or `unprivileged` where no rule is about it.',
  })
  rule: Verdict['rule'];

  @Prop(() => [String], { description: 'The exceptions that let something through, by name.' })
  exceptions: readonly string[];

  @Prop(() => [AccessRefusal], { description: 'All that would be refused.' })
  refusals: readonly AccessRefusal[];
}
