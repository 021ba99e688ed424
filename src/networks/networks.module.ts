import { Module } from '@nestjs/common';
import { AdmissionModule } from '../admission/admission.module.ts';
import { ServicesModule } from '../services/services.module.ts';
import { NetworkRemoval } from './network-removal.service.ts';
import { NetworksController } from './networks.controller.ts';
import { NetworksService } from './networks.service.ts';

@Module({
  imports: [AdmissionModule, ServicesModule],
  controllers: [NetworksController],
  providers: [NetworksService, NetworkRemoval],
  exports: [NetworksService, NetworkRemoval],
})
export class NetworksModule {}
