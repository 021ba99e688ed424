import { ID, Int, ObjectType } from '@nestjs/graphql';
import { enumOf } from '../api/enums.ts';
import { Integer, Prop } from '../api/prop.ts';
import { PREREQUISITE_STATUSES, type PrerequisiteStatus as StatusName } from '../domain/prerequisites.ts';
import { PortProtocol } from '../services/services.types.ts';

export const PrerequisiteStatus = enumOf(
  'PrerequisiteStatus',
  PREREQUISITE_STATUSES,
  'It was seen to work; it was seen not to; nothing was seen that says so.',
);

@ObjectType({ description: 'A port that Swarm needs on a node.' })
export class Prerequisite {
  @Prop(() => Int)
  port: number;

  @Prop(() => PortProtocol)
  protocol: 'tcp' | 'udp';

  @Prop(() => String, { description: 'What Swarm needs it for.' })
  purpose: string;

  @Prop(() => PrerequisiteStatus)
  status: StatusName;

  @Prop(() => String, { description: 'What has been seen that says so; where it is unknown, why.' })
  evidence: string;

  @Prop(() => String, { nullable: true, description: 'RFC 3339. When that was seen.' })
  observedAt: string | null;

  @Prop(() => Integer, { nullable: true, description: 'How long ago that was, in milliseconds.' })
  ageMs: number | null;
}

@ObjectType({ description: 'The ports that Swarm needs on a node, with what has been seen of each.' })
export class NodePrerequisites {
  @Prop(() => ID)
  nodeId: string;

  @Prop(() => String)
  nodeHostname: string;

  @Prop(() => [Prerequisite])
  prerequisites: readonly Prerequisite[];
}

@ObjectType({
  description: 'What is known of the ports that Swarm needs. What has not been seen is not guessed.',
})
export class Prerequisites {
  @Prop(() => [NodePrerequisites])
  nodes: readonly NodePrerequisites[];
}
