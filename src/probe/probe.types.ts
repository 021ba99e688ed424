import { Float, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { ArrayMaxSize } from 'class-validator';
import { enumOf } from '../api/enums.ts';
import { Prop } from '../api/prop.ts';
import { PROBE_DIFFERENCES, type ProbeDifferenceKind as KindName } from '../domain/probe.ts';
import { MOST_NODES } from './probe-nodes.ts';

export const ProbeDifferenceKind = enumOf(
  'ProbeDifferenceKind',
  PROBE_DIFFERENCES,
  'The name is not known where it should be; the answer lacks an address, or has one too many; the DNS did not answer at all; the virtual IP is dead while its tasks answer; an address does not answer; it does, but nothing listens on the port.',
);

@InputType({ description: 'What to ask, and from where.' })
export class ProbeInput {
  @Prop(() => String, { description: 'An id, a unique prefix or a name.', example: 'my-network' })
  network: string;

  @Prop(() => String, { description: 'The name to look up there.', example: 'my-web' })
  name: string;

  @Prop(() => Int, {
    optional: true,
    description: 'Also opens a TCP connection to this port of each address. Left out, only the DNS is asked.',
    example: 80,
  })
  port?: number | null;

  @ArrayMaxSize(MOST_NODES)
  @Prop(() => [String], {
    optional: true,
    description:
      'The nodes to probe from: ids, unique prefixes or hostnames, or `*` for every one. Left out, one node that has a task on the network.',
    example: ['*'],
  })
  from?: readonly string[] | null;
}

@ObjectType({ description: 'One attempt to open a TCP connection.' })
export class ProbeConnection {
  @Prop(() => String)
  address: string;

  @Prop(() => Boolean, {
    description:
      'True for a task behind a virtual IP, which the name itself does not answer: tried as well, to tell a dead virtual IP from dead tasks.',
  })
  behindVirtualIp: boolean;

  @Prop(() => Boolean)
  connected: boolean;

  @Prop(() => Float, { description: 'Milliseconds until it was open, or had failed.' })
  timeMs: number;

  @Prop(() => String, { nullable: true, description: 'Why it failed.' })
  error: string | null;
}

@ObjectType({ description: 'What was seen from one node.' })
export class ProbeObservation {
  @Prop(() => ID)
  nodeId: string;

  @Prop(() => String)
  nodeHostname: string;

  @Prop(() => [String], { description: 'What the name answered there.' })
  addresses: readonly string[];

  @Prop(() => Float, { nullable: true, description: 'Milliseconds until the DNS had answered.' })
  lookupMs: number | null;

  @Prop(() => String, {
    nullable: true,
    description: 'What the DNS said instead of an answer. That there is no such name is an answer.',
  })
  lookupError: string | null;

  @Prop(() => [ProbeConnection])
  connections: readonly ProbeConnection[];

  @Prop(() => String, { nullable: true, description: 'Why nothing could be seen from this node.' })
  error: string | null;
}

@ObjectType({ description: 'Something that is not as the state of the swarm says.' })
export class ProbeDifference {
  @Prop(() => ProbeDifferenceKind)
  kind: KindName;

  @Prop(() => ID, { description: 'The node from which it was seen.' })
  nodeId: string;

  @Prop(() => String, { nullable: true })
  address: string | null;

  @Prop(() => String)
  detail: string;

  @Prop(() => String, { description: 'What is usually behind it, and what to do.' })
  cause: string;
}

@ObjectType({
  description: 'What a name answers and whether that can be reached, as seen from inside a network.',
})
export class ProbeResult {
  @Prop(() => String, { description: 'The name of the network.' })
  network: string;

  @Prop(() => String)
  name: string;

  @Prop(() => Int, { nullable: true })
  port: number | null;

  @Prop(() => [String], { description: 'What the name should answer, by the state of the swarm.' })
  expectedAddresses: readonly string[];

  @Prop(() => String, { nullable: true, description: 'Why it should answer nothing; null when it should.' })
  reason: string | null;

  @Prop(() => [ProbeObservation])
  observations: readonly ProbeObservation[];

  @Prop(() => [ProbeDifference], { description: 'Empty when all is as it should be.' })
  differences: readonly ProbeDifference[];
}
