import { Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { ApiProperty } from '@nestjs/swagger';
import { Integer, Prop } from '../api/prop.ts';
import type { NodeRole as RoleName } from '../domain/node.ts';
import { NodeRole } from '../nodes/nodes.types.ts';

@ObjectType({ description: 'How safely the managers hold the state of the swarm.' })
export class Quorum {
  @Prop(() => Int)
  managers: number;

  @Prop(() => Int, { description: 'Managers that the others reach.' })
  reachable: number;

  @Prop(() => Int, { description: 'How many must be reachable for anything to be changed.' })
  needed: number;

  @Prop(() => Boolean, { description: 'Whether they are.' })
  healthy: boolean;

  @Prop(() => Int, { description: 'How many of those reachable may be lost before nothing can be changed.' })
  tolerates: number;
}

@ObjectType({ description: 'The certificates by which the nodes know each other.' })
export class SwarmCertificates {
  @Prop(() => Integer, {
    nullable: true,
    description: 'How long a certificate of a node is good for, in milliseconds; nodes renew theirs in time.',
  })
  nodeValidity: number | null;

  @Prop(() => String, {
    nullable: true,
    description: 'RFC 3339. When the certificate authority expires, unless it is rotated before.',
  })
  authorityExpiresAt: string | null;

  @Prop(() => Boolean, { description: 'Whether the nodes are being moved to another authority.' })
  rotating: boolean;
}

@ObjectType({ description: 'A known weakness of a node’s engine in overlay networks.' })
export class NodeAdvisory {
  @Prop(() => ID, { description: 'The CVE id.' })
  id: string;

  @Prop(() => String)
  nodeId: string;

  @Prop(() => String)
  nodeHostname: string;

  @Prop(() => String)
  engineVersion: string;

  @Prop(() => String)
  summary: string;

  @Prop(() => String, { description: 'The first version without it that an update leads to.' })
  fixedIn: string;
}

@ObjectType({ description: 'The swarm itself. Join tokens and keys are not part of it.' })
export class Swarm {
  @Prop(() => ID)
  id: string;

  @Prop(() => Integer, { description: "Swarm's version index; the ETag." })
  version: number;

  @Prop(() => String, { description: 'RFC 3339.' })
  createdAt: string;

  @Prop(() => String, { description: 'RFC 3339.' })
  updatedAt: string;

  @Prop(() => Int)
  nodes: number;

  @Prop(() => Quorum)
  quorum: Quorum;

  @Prop(() => String, { nullable: true, description: 'The node that leads; null while there is none.' })
  leaderId: string | null;

  @Prop(() => [String], { description: 'Where Swarm takes subnets from, in CIDR notation.' })
  defaultAddressPools: readonly string[];

  @Prop(() => Int, { description: 'Prefix length of the subnets that Swarm chooses.' })
  subnetSize: number;

  @Prop(() => Int, { description: 'The UDP port of the VXLAN traffic between nodes.' })
  dataPathPort: number;

  @Prop(() => Int, { nullable: true, description: 'How many ended tasks are kept per slot.' })
  taskHistoryRetentionLimit: number | null;

  @Prop(() => Boolean, { description: 'Managers must be unlocked after a restart.' })
  autoLockManagers: boolean;

  @Prop(() => SwarmCertificates)
  certificates: SwarmCertificates;

  @Prop(() => [NodeAdvisory], { description: 'Of each engine whose version can be read.' })
  advisories: readonly NodeAdvisory[];

  @Prop(() => String, {
    nullable: true,
    description:
      'RFC 3339. Null when the engine has just said the settings; when it does not answer, those of this moment are shown.',
  })
  settingsStaleSince: string | null;
}

@ObjectType({ description: 'What to run on a machine that is to join.' })
export class JoinCommands {
  @Field(() => String)
  @ApiProperty({ type: String, example: 'docker swarm join --token SWMTKN-1-… 192.0.2.10:2377' })
  worker: string;

  @Field(() => String)
  @ApiProperty({ type: String })
  manager: string;
}

@ObjectType({ description: 'The secrets by which machines join the swarm. Whoever has one is let in.' })
export class JoinTokens {
  @Field(() => String, { description: 'For workers.' })
  @ApiProperty({ type: String, description: 'For workers.' })
  worker: string;

  @Field(() => String, { description: 'For managers, which hold all the secrets of the swarm.' })
  @ApiProperty({ type: String, description: 'For managers, which hold all the secrets of the swarm.' })
  manager: string;

  @Field(() => JoinCommands)
  @ApiProperty({ type: () => JoinCommands })
  command: JoinCommands;
}

@InputType()
export class RotateJoinTokenInput {
  @Prop(() => NodeRole, { description: 'Whose token is replaced.' })
  role: RoleName;
}
