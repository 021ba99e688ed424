import { Module } from '@nestjs/common';
import { ApiModule } from '../api/api.module.ts';
import { NetworksModule } from '../networks/networks.module.ts';
import { ServicesModule } from '../services/services.module.ts';
import { NetworkReplacementController } from './network-replacement.controller.ts';
import { NetworkReplacement } from './network-replacement.service.ts';
import { OperationMetrics } from './operation-metrics.ts';
import { OperationRecords } from './operation-records.ts';
import { OperationRunner } from './operation-runner.ts';
import { OperationsController } from './operations.controller.ts';
import { OperationsService } from './operations.service.ts';
import { ReplacementSteps } from './replacement-steps.ts';

@Module({
  imports: [ApiModule, NetworksModule, ServicesModule],
  controllers: [OperationsController, NetworkReplacementController],
  providers: [
    OperationsService,
    NetworkReplacement,
    OperationMetrics,
    OperationRecords,
    OperationRunner,
    ReplacementSteps,
  ],
  exports: [OperationsService, NetworkReplacement],
})
export class OperationsModule {}
