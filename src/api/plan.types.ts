import { ApiProperty } from '@nestjs/swagger';
import { ANY_JSON } from './json-scalar.ts';
import { PLAN_ACTIONS, PLAN_KINDS, type PlanAction, type PlanKind } from '../domain/plan.ts';
import type * as domain from '../domain/plan.ts';
import type { PortProtocol, PublishMode } from '../domain/service.ts';

export class PlannedChange {
  @ApiProperty({ description: 'JSON pointer (RFC 6901) into the object.', example: '/image' })
  pointer: string;

  @ApiProperty({ ...ANY_JSON, example: 'nginx:1.27' })
  before: unknown;

  @ApiProperty({ ...ANY_JSON, example: 'nginx:1.28' })
  after: unknown;
}

export class PlannedTasks {
  @ApiProperty({ type: 'integer', description: 'Replicas, or nodes, whose task is replaced by another.' })
  restarted: number;

  @ApiProperty({ type: 'integer' })
  added: number;

  @ApiProperty({ type: 'integer', description: 'Ended with nothing in their place.' })
  removed: number;

  @ApiProperty({ type: [String], description: 'Why, in words.' })
  reasons: readonly string[];
}

export class PlannedVirtualIp {
  @ApiProperty()
  networkId: string;

  @ApiProperty({ enum: ['added', 'removed'] })
  change: 'added' | 'removed';

  @ApiProperty({ type: String, nullable: true, description: 'Null for one that Swarm has yet to choose.' })
  address: string | null;
}

export class PlannedAddresses {
  @ApiProperty()
  networkId: string;

  @ApiProperty({
    type: 'integer',
    description: 'At least, over those that it has; negative gives some back.',
  })
  needed: number;

  @ApiProperty({ type: 'integer', description: 'At most.' })
  free: number;
}

export class PlannedPort {
  @ApiProperty({ type: 'integer', nullable: true, description: 'Null where Swarm or the node will choose.' })
  publishedPort: number | null;

  @ApiProperty({ type: 'integer' })
  targetPort: number;

  @ApiProperty({ enum: ['tcp', 'udp', 'sctp'] })
  protocol: PortProtocol;

  @ApiProperty({ enum: ['ingress', 'host'] })
  publishMode: PublishMode;

  @ApiProperty({ enum: ['opened', 'closed'] })
  change: 'opened' | 'closed';
}

/**
 * What a write would do: the body of a REST dry run, and in GraphQL, which has no type for it, what stands in
 * `extensions.plans`.
 */
export class Plan implements domain.Plan {
  @ApiProperty({ enum: PLAN_ACTIONS, description: '`none`: it is so already, and nothing would be written.' })
  action: PlanAction;

  @ApiProperty({ enum: PLAN_KINDS })
  kind: PlanKind;

  @ApiProperty({ type: String, nullable: true, description: 'Null for what is yet to be made.' })
  id: string | null;

  @ApiProperty()
  name: string;

  @ApiProperty({
    type: 'integer',
    format: 'int64',
    nullable: true,
    description: 'Send it as If-Match to do just this or nothing; null for what is yet to be made.',
  })
  version: number | null;

  @ApiProperty({ type: () => [PlannedChange] })
  changes: readonly PlannedChange[];

  @ApiProperty({ type: () => PlannedTasks })
  tasks: PlannedTasks;

  @ApiProperty({ type: () => [PlannedVirtualIp] })
  virtualIps: readonly PlannedVirtualIp[];

  @ApiProperty({ type: () => [PlannedAddresses] })
  addresses: readonly PlannedAddresses[];

  @ApiProperty({ type: () => [PlannedPort] })
  ports: readonly PlannedPort[];

  @ApiProperty({ type: [String], description: 'The routes that it touches, by id.' })
  routes: readonly string[];

  @ApiProperty({ type: [String], description: 'What works and may surprise, in words.' })
  warnings: readonly string[];
}
