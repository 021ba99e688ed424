import { ObjectType } from '@nestjs/graphql';
import { enumOf } from '../api/enums.ts';
import { Integer, Prop } from '../api/prop.ts';
import * as domain from '../domain/address-usage.ts';

export const AddressUse = enumOf('AddressUse', domain.ADDRESS_USES, 'What has an address of a network.');

@ObjectType({ description: 'One address of a network, and what has it. What does not apply is null.' })
export class UsedAddress {
  @Prop(() => String, { description: 'Plain, without a prefix length.', example: '10.0.9.3' })
  address: string;

  @Prop(() => AddressUse, {
    description:
      '`load-balancer`: a node’s own, one on each network that it has tasks on. `container`: joined by hand. `reserved`: given to nobody.',
  })
  use: domain.AddressUse;

  @Prop(() => String, { nullable: true })
  serviceId: string | null;

  @Prop(() => String, { nullable: true })
  serviceName: string | null;

  @Prop(() => String, { nullable: true })
  taskId: string | null;

  @Prop(() => String, { nullable: true })
  nodeId: string | null;

  @Prop(() => String, { nullable: true })
  nodeHostname: string | null;

  @Prop(() => String, { nullable: true })
  containerId: string | null;

  @Prop(() => String, { nullable: true, description: 'Why nobody gets it.', example: 'broadcast address' })
  reason: string | null;
}

@ObjectType({ description: 'How full a subnet is. Numbers over 2^53 - 1 read as that.' })
export class SubnetUsage {
  @Prop(() => String, { example: '10.0.9.0/24' })
  subnet: string;

  @Prop(() => Integer, { description: '`reserved`, `used` and `free` together.' })
  total: number;

  @Prop(() => Integer, {
    description: 'Given to nobody: network, broadcast and gateway address, and all outside of the range.',
  })
  reserved: number;

  @Prop(() => Integer, { nullable: true, description: 'Given out; null where it is not known.' })
  used: number | null;

  @Prop(() => Integer, { nullable: true, description: 'Can still be given out; null where it is not known.' })
  free: number | null;

  @Prop(() => Integer, { description: '`free`, or where that is not known, what can be free at most.' })
  freeAtMost: number;

  @Prop(() => String, {
    nullable: true,
    description: 'Once three addresses or a tenth of those that can be given out are left, or less.',
  })
  warning: string | null;
}

@ObjectType({ description: 'The addresses of a network: what has them, and how many are left.' })
export class NetworkAddresses {
  @Prop(() => String)
  networkId: string;

  @Prop(() => Boolean, { description: 'Whether `addresses` has all that are in use; `note` says why not.' })
  complete: boolean;

  @Prop(() => String, { nullable: true })
  note: string | null;

  @Prop(() => [SubnetUsage])
  subnets: readonly SubnetUsage[];

  @Prop(() => [UsedAddress], { description: 'By subnet and address.' })
  addresses: readonly UsedAddress[];
}
