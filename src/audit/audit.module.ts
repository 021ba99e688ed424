import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ApiModule } from '../api/api.module.ts';
import { AuditTrail } from '../api/audit-trail.ts';
import { AuditMetrics } from './audit-metrics.ts';
import { AuditQueue } from './audit-queue.ts';
import { AuditReads } from './audit-reads.ts';
import { KeptAudit, type AuditSettings } from './audit-settings.ts';
import { AuditStore } from './audit-store.ts';
import { KeptAuditTrail } from './audit-trail.service.ts';
import { AuditUpkeep } from './audit-upkeep.ts';
import { AuditController } from './audit.controller.ts';
import { AuditService } from './audit.service.ts';

/** Who has written what: kept before and after every write, on all surfaces. */
@Global()
@Module({})
export class AuditModule {
  static with(settings: AuditSettings): DynamicModule {
    return {
      module: AuditModule,
      imports: [ApiModule],
      controllers: [AuditController],
      providers: [
        AuditMetrics,
        AuditQueue,
        AuditReads,
        AuditService,
        AuditStore,
        AuditUpkeep,
        KeptAuditTrail,
        { provide: KeptAudit, useValue: new KeptAudit(settings) },
        { provide: AuditTrail, useExisting: KeptAuditTrail },
      ],
      exports: [AuditService, AuditTrail],
    };
  }
}
