import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ApiModule } from '../api/api.module.ts';
import { AddressBook } from './address-book.ts';
import { AddressCheck } from './address-check.service.ts';
import { AddressMetrics } from './address-metrics.ts';
import { AddressesController } from './addresses.controller.ts';
import { AddressesService } from './addresses.service.ts';
import { EngineCounts } from './engine-counts.ts';
import { AddressRanges, type IpamSettings } from './ipam-settings.ts';
import { SubnetsController } from './subnets.controller.ts';
import { SubnetsService } from './subnets.service.ts';

@Global()
@Module({})
export class IpamModule {
  static with({ addressPools = [], reservedRanges = [] }: IpamSettings): DynamicModule {
    return {
      module: IpamModule,
      imports: [ApiModule],
      controllers: [AddressesController, SubnetsController],
      providers: [
        AddressBook,
        AddressCheck,
        AddressMetrics,
        AddressesService,
        EngineCounts,
        SubnetsService,
        { provide: AddressRanges, useValue: new AddressRanges(addressPools, reservedRanges) },
      ],
      exports: [AddressCheck, AddressesService, SubnetsService],
    };
  }
}
