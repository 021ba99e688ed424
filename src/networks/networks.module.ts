import { Module } from '@nestjs/common';
import { ServicesModule } from '../services/services.module.ts';
import { NetworkRemoval } from './network-removal.service.ts';
import { NetworksController } from './networks.controller.ts';
import { NetworksService } from './networks.service.ts';

@Module({
  imports: [ServicesModule],
  controllers: [NetworksController],
  providers: [NetworksService, NetworkRemoval],
  exports: [NetworksService, NetworkRemoval],
})
export class NetworksModule {}
