import { Module } from '@nestjs/common';
import { ClusterModule } from '../cluster/cluster.module.ts';
import { PortsController } from './ports.controller.ts';
import { PortsService } from './ports.service.ts';

@Module({
  imports: [ClusterModule],
  controllers: [PortsController],
  providers: [PortsService],
  exports: [PortsService],
})
export class PortsModule {}
