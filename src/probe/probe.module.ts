import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ApiModule } from '../api/api.module.ts';
import { ClusterModule } from '../cluster/cluster.module.ts';
import { DiscoveryModule } from '../discovery/discovery.module.ts';
import { NetworksModule } from '../networks/networks.module.ts';
import { ConnectivityController } from './connectivity.controller.ts';
import { ConnectivityService } from './connectivity.service.ts';
import { ExpectedAnswers } from './expected-answers.ts';
import { PrerequisitesController } from './prerequisites.controller.ts';
import { PrerequisitesService } from './prerequisites.service.ts';
import { ProbeJobs } from './probe-jobs.ts';
import { ProbeLeftovers } from './probe-leftovers.ts';
import { ProbeMetrics } from './probe-metrics.ts';
import { ProbeNodes } from './probe-nodes.ts';
import { ProbeRuns } from './probe-runs.ts';
import { ProbeImage, type ProbeSettings } from './probe-settings.ts';
import { ProbeController } from './probe.controller.ts';
import { ProbeService } from './probe.service.ts';
import { TemporaryNetworks } from './temporary-networks.ts';

@Global()
@Module({})
export class ProbeModule {
  static with({ probeImage }: ProbeSettings): DynamicModule {
    return {
      module: ProbeModule,
      imports: [ApiModule, ClusterModule, DiscoveryModule, NetworksModule],
      controllers: [ConnectivityController, PrerequisitesController, ProbeController],
      providers: [
        ConnectivityService,
        ExpectedAnswers,
        PrerequisitesService,
        ProbeJobs,
        ProbeLeftovers,
        ProbeMetrics,
        ProbeNodes,
        ProbeRuns,
        ProbeService,
        TemporaryNetworks,
        { provide: ProbeImage, useValue: new ProbeImage(probeImage) },
      ],
      exports: [ConnectivityService, PrerequisitesService, ProbeService],
    };
  }
}
