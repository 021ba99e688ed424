import { Int, ObjectType } from '@nestjs/graphql';
import { IsNotEmpty } from 'class-validator';
import { enumOf } from '../api/enums.ts';
import { NumberInQuery } from '../api/page.ts';
import { Prop } from '../api/prop.ts';
import { QueryFlag } from '../api/query-flag.ts';
import * as domain from '../domain/explanation.ts';
import { ProbeResult } from '../probe/probe.types.ts';

export const ExplainStep = enumOf(
  'ExplainStep',
  domain.EXPLAIN_STEPS,
  'In the order in which they are looked at. `source`: something runs that can connect. `path`: a virtual IP, or straight to the tasks.',
);
export const StepStatus = enumOf(
  'StepStatus',
  domain.STEP_STATUSES,
  '`unknown`: no manager knows; `evidence` says who does.',
);
export const Verdict = enumOf(
  'Verdict',
  domain.VERDICTS,
  '`unknown`: nothing is known to be wrong, but not all can be known without a probe.',
);

@ObjectType({ description: 'What came of one step.' })
export class ExplanationStep {
  @Prop(() => ExplainStep)
  step: domain.ExplainStep;

  @Prop(() => StepStatus)
  status: domain.StepStatus;

  @Prop(() => String, { description: 'What is known, and from where.' })
  evidence: string;
}

@ObjectType({ description: 'A call of this API that mends what is wrong, or says more of it.' })
export class Fix {
  @Prop(() => String, { example: 'POST' })
  method: domain.Fix['method'];

  @Prop(() => String, { example: '/v1/services/my-web/scale' })
  path: string;

  @Prop(() => String, {
    nullable: true,
    description: 'JSON, to be sent as it is; null for none.',
    example: '{"replicas":1}',
  })
  body: string | null;

  @Prop(() => String, { description: 'What it does, and what to know before.' })
  sentence: string;
}

@ObjectType({ description: 'Why one thing can or cannot reach a service.' })
export class Explanation {
  @Prop(() => String, { description: 'As it was asked for.' })
  from: string;

  @Prop(() => String, { description: 'As it was asked for.' })
  to: string;

  @Prop(() => Int, { nullable: true })
  port: number | null;

  @Prop(() => String, {
    nullable: true,
    description: 'The network that the steps are about: of several in common, the one that gets furthest.',
  })
  network: string | null;

  @Prop(() => Verdict)
  verdict: domain.Verdict;

  @Prop(() => [ExplanationStep])
  steps: readonly ExplanationStep[];

  @Prop(() => ExplainStep, { nullable: true, description: 'The first one; null when none failed.' })
  failedStep: domain.ExplainStep | null;

  @Prop(() => Fix, {
    nullable: true,
    description: 'For the step that failed, or else for the first that is not known: what finds out.',
  })
  fix: Fix | null;

  @Prop(() => ProbeResult, { nullable: true, description: 'The live answer, where it was asked for.' })
  probe: ProbeResult | null;
}

/** The query string of an explanation. */
export class ExplainQuery {
  @IsNotEmpty()
  @Prop(() => String, { description: 'A service, a network or a task: an id, a unique prefix or a name.' })
  from: string;

  @IsNotEmpty()
  @Prop(() => String, { description: 'A service: an id, a unique prefix or a name.' })
  to: string;

  @NumberInQuery()
  @Prop(() => Int, { optional: true, description: 'The port in the container.' })
  port?: number | null;

  @QueryFlag('Also tries it, from inside the network. Takes `use` of the network, which operators have.')
  probe?: boolean;
}
