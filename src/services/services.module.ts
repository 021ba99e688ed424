import { Module } from '@nestjs/common';
import { AdmissionModule } from '../admission/admission.module.ts';
import { ApiModule } from '../api/api.module.ts';
import { PortsModule } from '../ports/ports.module.ts';
import { RouteBookModule } from '../routing/route-book.module.ts';
import { TasksModule } from '../tasks/tasks.module.ts';
import { LogsController } from './logs.controller.ts';
import { LogsService } from './logs.service.ts';
import { PresentTasks } from './present-tasks.ts';
import { RolloutController } from './rollout.controller.ts';
import { RolloutService } from './rollout.service.ts';
import { ServicesController } from './services.controller.ts';
import { ServicesService } from './services.service.ts';
import { RolloutWait } from './rollout-wait.ts';
import { SecretsModule } from '../secrets/secrets.module.ts';
import { ImageResolver } from './image-resolver.ts';
import { ServiceLookups } from './service-lookups.service.ts';
import { ServiceEdits } from './service-edits.service.ts';
import { ServicePlanner } from './service-planner.ts';
import { ServiceRights } from './service-rights.ts';
import { ServiceSpecs } from './service-specs.service.ts';
import { ServiceWrites } from './service-writes.service.ts';
import { SettledServices } from './settled-services.ts';
import { SpecWrites } from './spec-writes.ts';

@Module({
  imports: [AdmissionModule, ApiModule, PortsModule, RouteBookModule, SecretsModule, TasksModule],
  controllers: [ServicesController, RolloutController, LogsController],
  providers: [
    ServicesService,
    ServiceWrites,
    ServiceEdits,
    ServiceRights,
    ServiceSpecs,
    SettledServices,
    ServicePlanner,
    ServiceLookups,
    ImageResolver,
    SpecWrites,
    RolloutService,
    RolloutWait,
    PresentTasks,
    LogsService,
  ],
  exports: [ServicesService, ServiceSpecs, ServiceWrites, RolloutService, RolloutWait],
})
export class ServicesModule {}
