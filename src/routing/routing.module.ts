import { Module } from '@nestjs/common';
import { ApiModule } from '../api/api.module.ts';
import { RouterExchangeModule } from '../routers/router-exchange.module.ts';
import { ServicesModule } from '../services/services.module.ts';
import { LintController } from './lint.controller.ts';
import { LintService } from './lint.service.ts';
import { RouteAttachments } from './route-attachments.ts';
import { RouteBookModule } from './route-book.module.ts';
import { RouteProgress } from './route-progress.ts';
import { RouteViews } from './route-views.ts';
import { RouteWatch } from './route-watch.ts';
import { RouteWrites } from './route-writes.service.ts';
import { RouterNetworks } from './router-networks.ts';
import { RoutesController } from './routes.controller.ts';
import { RoutesService } from './routes.service.ts';

@Module({
  imports: [ApiModule, RouteBookModule, RouterExchangeModule, ServicesModule],
  controllers: [LintController, RoutesController],
  providers: [
    LintService,
    RouteAttachments,
    RouteProgress,
    RouteViews,
    RouteWatch,
    RouteWrites,
    RouterNetworks,
    RoutesService,
  ],
  exports: [
    LintService,
    RouteBookModule,
    RouteProgress,
    RouteWatch,
    RouteWrites,
    RouterNetworks,
    RoutesService,
  ],
})
export class RoutingModule {}
