import { ResolveField, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/access.ts';
import { Network } from '../networks/networks.types.ts';
import { AddressesService } from './addresses.service.ts';
import { NetworkAddresses } from './addresses.types.ts';

@Needs('view', 'network')
@Resolver(() => Network)
export class AddressesResolver {
  constructor(private readonly service: AddressesService) {}

  @ResolveField(() => NetworkAddresses, {
    name: 'addresses',
    description: 'Its addresses: what has them, and how many are left.',
  })
  addressesOf(network: Network): Promise<NetworkAddresses> | NetworkAddresses {
    // One that is only planned has none.
    if (network.id === '') return { networkId: '', complete: true, note: null, subnets: [], addresses: [] };
    return this.service.of(network);
  }
}
