import { Module } from '@nestjs/common';
import { NodesController } from './nodes.controller.ts';
import { NodesService } from './nodes.service.ts';

@Module({ controllers: [NodesController], providers: [NodesService], exports: [NodesService] })
export class NodesModule {}
