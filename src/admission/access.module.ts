import { Module } from '@nestjs/common';
import { ApiModule } from '../api/api.module.ts';
import { NetworksModule } from '../networks/networks.module.ts';
import { ServicesModule } from '../services/services.module.ts';
import { AccessController } from './access.controller.ts';
import { AccessService } from './access.service.ts';
import { AdmissionModule } from './admission.module.ts';

/** The access policy, on both surfaces. */
@Module({
  imports: [AdmissionModule, ApiModule, NetworksModule, ServicesModule],
  controllers: [AccessController],
  providers: [AccessService],
  exports: [AccessService],
})
export class AccessModule {}
