import { Module } from '@nestjs/common';
import { ApiModule } from '../api/api.module.ts';
import { DiscoveryController } from './discovery.controller.ts';
import { ExplainService } from './explain.service.ts';
import { LiveFindings } from './live-findings.ts';
import { NameBook } from './name-book.ts';
import { NamesService } from './names.service.ts';

@Module({
  imports: [ApiModule],
  controllers: [DiscoveryController],
  providers: [ExplainService, LiveFindings, NameBook, NamesService],
  exports: [ExplainService, NameBook, NamesService],
})
export class DiscoveryModule {}
