import { Module } from '@nestjs/common';
import { TasksModule } from '../tasks/tasks.module.ts';
import { ServicesController } from './services.controller.ts';
import { ServicesService } from './services.service.ts';
import { SpecWrites } from './spec-writes.ts';

@Module({
  imports: [TasksModule],
  controllers: [ServicesController],
  providers: [ServicesService, SpecWrites],
  exports: [ServicesService],
})
export class ServicesModule {}
