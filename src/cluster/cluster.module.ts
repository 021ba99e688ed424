import { Module } from '@nestjs/common';
import { ClusterController } from './cluster.controller.ts';
import { ClusterService } from './cluster.service.ts';

@Module({ controllers: [ClusterController], providers: [ClusterService], exports: [ClusterService] })
export class ClusterModule {}
