import { Module } from '@nestjs/common';
import { ServicesModule } from '../services/services.module.ts';
import { TasksModule } from '../tasks/tasks.module.ts';
import { PrometheusController } from './prometheus.controller.ts';
import { TargetsService } from './targets.service.ts';

@Module({
  imports: [ServicesModule, TasksModule],
  controllers: [PrometheusController],
  providers: [TargetsService],
})
export class PrometheusModule {}
