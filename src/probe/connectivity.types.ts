import { Float, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { ArrayMaxSize } from 'class-validator';
import { enumOf } from '../api/enums.ts';
import { Integer, Prop } from '../api/prop.ts';
import {
  CONNECTIVITY_FAILURES,
  PAIR_STATUSES,
  PAIR_STEPS,
  type ConnectivityFailureKind as FailureName,
  type PairStatus as StatusName,
  type PairStep as StepName,
} from '../domain/connectivity.ts';
import { MOST_NODES } from './probe-nodes.ts';

export const PairStatus = enumOf(
  'PairStatus',
  PAIR_STATUSES,
  'All steps went well; one has failed; one of the two nodes could not take part.',
);
export const PairStep = enumOf(
  'PairStep',
  PAIR_STEPS,
  'The name of the other’s container is known; a small packet is answered; one of the full size of the network is.',
);
export const ConnectivityFailureKind = enumOf(
  'ConnectivityFailureKind',
  CONNECTIVITY_FAILURES,
  'A node could not take part; names do not get across; packets do not; those of full size do not; encrypted ones do not; a TCP port of a node is not open to the containers of another.',
);

@InputType()
export class ConnectivityInput {
  @ArrayMaxSize(MOST_NODES)
  @Prop(() => [String], {
    optional: true,
    description: 'Ids, unique prefixes or hostnames of nodes. Left out, all that can run something.',
  })
  nodes?: readonly string[] | null;

  @Prop(() => Boolean, { optional: true, description: 'Also checks an encrypted network. Default false.' })
  encrypted?: boolean | null;
}

@ObjectType()
export class CheckedNode {
  @Prop(() => ID)
  nodeId: string;

  @Prop(() => String)
  nodeHostname: string;

  @Prop(() => String, { nullable: true, description: 'Why it could not take part.' })
  error: string | null;
}

@ObjectType({
  description: 'A try to open a TCP connection to a port of a node itself, from a container on another one.',
})
export class PortAttempt {
  @Prop(() => Int)
  port: number;

  @Prop(() => Boolean)
  connected: boolean;

  @Prop(() => String, {
    nullable: true,
    description: 'Why not. A firewall may stop containers where it lets nodes pass.',
  })
  error: string | null;
}

@ObjectType({ description: 'What one node has seen of another, or of itself.' })
export class PairCheck {
  @Prop(() => ID)
  fromNodeId: string;

  @Prop(() => ID)
  toNodeId: string;

  @Prop(() => PairStatus)
  status: StatusName;

  @Prop(() => PairStep, { nullable: true, description: 'The first step that has failed.' })
  failedStep: StepName | null;

  @Prop(() => String, {
    nullable: true,
    description: 'Of the other’s container; null where its name is not known.',
  })
  address: string | null;

  @Prop(() => Float, { nullable: true, description: 'Of a small packet, in milliseconds.' })
  roundTripMs: number | null;

  @Prop(() => [PortAttempt])
  ports: readonly PortAttempt[];
}

@ObjectType({ description: 'All pairs over one temporary network.' })
export class NetworkCheck {
  @Prop(() => Boolean)
  encrypted: boolean;

  @Prop(() => Int, {
    nullable: true,
    description: 'The largest packet that the network promises to carry, in bytes.',
  })
  mtu: number | null;

  @Prop(() => [PairCheck], { description: 'Each node with each, itself included.' })
  pairs: readonly PairCheck[];
}

@ObjectType({ description: 'Something that does not work between two nodes, or on one.' })
export class ConnectivityFailure {
  @Prop(() => ConnectivityFailureKind)
  kind: FailureName;

  @Prop(() => Boolean, { description: 'Whether that is so over an encrypted network.' })
  encrypted: boolean;

  @Prop(() => [ID], { description: 'One node, or the two of a pair.' })
  nodeIds: readonly string[];

  @Prop(() => String)
  detail: string;

  @Prop(() => String, { description: 'What is usually behind it, and what to do.' })
  cause: string;
}

@ObjectType({ description: 'Whether the nodes reach each other over overlay networks.' })
export class Connectivity {
  @Prop(() => String, { description: 'RFC 3339.' })
  startedAt: string;

  @Prop(() => Integer, { description: 'How long it took, in milliseconds.' })
  durationMs: number;

  @Prop(() => Int, { description: 'The UDP port of the VXLAN traffic between nodes.' })
  dataPathPort: number;

  @Prop(() => [CheckedNode])
  nodes: readonly CheckedNode[];

  @Prop(() => [NetworkCheck], {
    description: 'Of a plain network, and of an encrypted one where that was asked for.',
  })
  checks: readonly NetworkCheck[];

  @Prop(() => [ConnectivityFailure], { description: 'Empty when all pairs work.' })
  failures: readonly ConnectivityFailure[];
}
