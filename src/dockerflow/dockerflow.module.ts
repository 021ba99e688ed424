import { Module, type DynamicModule } from '@nestjs/common';
import { ClusterState } from '../swarm/cluster-state.ts';
import { ServiceNotices } from './service-notices.ts';
import type { SwarmListenerSettings } from './swarm-listener-settings.ts';
import { SwarmListener } from './swarm-listener.ts';

@Module({})
export class DockerFlowModule {
  /** What Docker Flow's Swarm Listener does, where it is asked for; nothing else. */
  static with({ swarmListener = null }: SwarmListenerSettings): DynamicModule {
    if (swarmListener === null) return { module: DockerFlowModule };
    return {
      module: DockerFlowModule,
      providers: [
        {
          provide: ServiceNotices,
          useFactory: (state: ClusterState) => new ServiceNotices(state, swarmListener),
          inject: [ClusterState],
        },
        {
          provide: SwarmListener,
          useFactory: (state: ClusterState, notices: ServiceNotices) =>
            new SwarmListener(state, notices, swarmListener),
          inject: [ClusterState, ServiceNotices],
        },
      ],
    };
  }
}
