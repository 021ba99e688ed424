import { ResolveField, Resolver } from '@nestjs/graphql';
import { FromState } from '../api/from-state.ts';
import { Network, toNetwork } from '../networks/networks.types.ts';
import { NetworksService } from '../networks/networks.service.ts';
import { ServiceNetwork, type ServiceNetworkParent } from './services.types.ts';

@Resolver(() => ServiceNetwork)
export class ServiceNetworkResolver {
  constructor(private readonly networks: NetworksService) {}

  @FromState()
  @ResolveField(() => Network, { nullable: true, description: 'Null when it has been deleted meanwhile.' })
  network(attachment: ServiceNetworkParent): Network | null {
    const network = this.networks.find(attachment.networkId);
    return network && toNetwork(network);
  }

  @FromState()
  @ResolveField(() => String, { nullable: true, description: 'Null in endpoint mode `dnsrr`.' })
  virtualIp(attachment: ServiceNetworkParent): string | null {
    return attachment.virtualIp;
  }
}
