import { Module } from '@nestjs/common';
import { RouteBookModule } from '../routing/route-book.module.ts';
import { RouterConfigs } from './router-configs.ts';
import { RouterReports } from './router-reports.ts';
import { RouterServices } from './router-services.ts';

/** What routers are told and what they say: by itself, because routes tell which routers have applied them. */
@Module({
  imports: [RouteBookModule],
  providers: [RouterConfigs, RouterReports, RouterServices],
  exports: [RouterConfigs, RouterReports, RouterServices],
})
export class RouterExchangeModule {}
