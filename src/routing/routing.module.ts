import { Module } from '@nestjs/common';
import { LintController } from './lint.controller.ts';
import { LintService } from './lint.service.ts';

@Module({
  controllers: [LintController],
  providers: [LintService],
  exports: [LintService],
})
export class RoutingModule {}
