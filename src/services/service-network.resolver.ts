import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { Network, toNetwork } from '../networks/networks.types.ts';
import { NetworksService } from '../networks/networks.service.ts';
import { ServiceNetwork, type ServiceNetworkParent } from './services.types.ts';

@Resolver(() => ServiceNetwork)
export class ServiceNetworkResolver {
  constructor(private readonly networks: NetworksService) {}

  @ResolveField(() => Network, { nullable: true, description: 'Null when it has been deleted meanwhile.' })
  network(@Parent() attachment: ServiceNetworkParent): Network | null {
    const network = this.networks.find(attachment.networkId);
    return network && toNetwork(network);
  }

  @ResolveField(() => String, { nullable: true, description: 'Null in endpoint mode `dnsrr`.' })
  virtualIp(@Parent() attachment: ServiceNetworkParent): string | null {
    return attachment.virtualIp;
  }
}
