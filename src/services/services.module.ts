import { Module } from '@nestjs/common';
import { ApiModule } from '../api/api.module.ts';
import { TasksModule } from '../tasks/tasks.module.ts';
import { LogsController } from './logs.controller.ts';
import { LogsService } from './logs.service.ts';
import { PresentTasks } from './present-tasks.ts';
import { RolloutController } from './rollout.controller.ts';
import { RolloutService } from './rollout.service.ts';
import { ServicesController } from './services.controller.ts';
import { ServicesService } from './services.service.ts';
import { SpecWrites } from './spec-writes.ts';

@Module({
  imports: [ApiModule, TasksModule],
  controllers: [ServicesController, RolloutController, LogsController],
  providers: [ServicesService, SpecWrites, RolloutService, PresentTasks, LogsService],
  exports: [ServicesService, RolloutService],
})
export class ServicesModule {}
