import { Module } from '@nestjs/common';
import { NetworksController } from './networks.controller.ts';
import { NetworksService } from './networks.service.ts';

@Module({ controllers: [NetworksController], providers: [NetworksService], exports: [NetworksService] })
export class NetworksModule {}
