import { ID, Int, ObjectType } from '@nestjs/graphql';
import { Integer, Prop } from '../api/prop.ts';

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

  @Prop(() => Int)
  managers: number;

  @Prop(() => Int, { description: 'Managers that the others reach.' })
  reachableManagers: number;

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
}
