import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ApiModule } from '../api/api.module.ts';
import { NetworksModule } from '../networks/networks.module.ts';
import { RoutingModule } from '../routing/routing.module.ts';
import { SecretsModule } from '../secrets/secrets.module.ts';
import { ServicesModule } from '../services/services.module.ts';
import { ConfigStreams } from './config-streams.ts';
import { RouterAttachments } from './router-attachments.ts';
import { RouterConfiguration } from './router-configuration.ts';
import { RouterDeployments } from './router-deployments.service.ts';
import { RouterMetrics } from './router-metrics.ts';
import { RouterOptions, type RouterModuleSettings } from './router-options.ts';
import { RouterExchangeModule } from './router-exchange.module.ts';
import { RouterSecrets } from './router-secrets.ts';
import { RouterWatch } from './router-watch.ts';
import { RoutersController } from './routers.controller.ts';
import { RoutersService } from './routers.service.ts';
import { TrafficService } from './traffic.service.ts';

@Global()
@Module({})
export class RoutersModule {
  static with(settings: RouterModuleSettings): DynamicModule {
    return {
      module: RoutersModule,
      imports: [
        ApiModule,
        NetworksModule,
        RouterExchangeModule,
        RoutingModule,
        SecretsModule,
        ServicesModule,
      ],
      controllers: [RoutersController],
      providers: [
        ConfigStreams,
        RouterAttachments,
        RouterConfiguration,
        RouterDeployments,
        RouterMetrics,
        RouterSecrets,
        RouterWatch,
        RoutersService,
        TrafficService,
        { provide: RouterOptions, useValue: new RouterOptions(settings) },
      ],
      exports: [
        RouterConfiguration,
        RouterDeployments,
        RouterExchangeModule,
        RouterWatch,
        RoutersService,
        TrafficService,
      ],
    };
  }
}
