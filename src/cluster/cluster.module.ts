import { Module } from '@nestjs/common';
import { ClusterController } from './cluster.controller.ts';
import { ClusterService } from './cluster.service.ts';
import { JoinTokensService } from './join-tokens.service.ts';
import { SwarmSettings } from './swarm-settings.ts';

@Module({
  controllers: [ClusterController],
  providers: [ClusterService, JoinTokensService, SwarmSettings],
  exports: [ClusterService, JoinTokensService, SwarmSettings],
})
export class ClusterModule {}
