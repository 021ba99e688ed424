import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Needs } from '../api/access.ts';
import { Describe } from '../api/describe.ts';
import { AddressesService } from './addresses.service.ts';
import { NetworkAddresses } from './addresses.types.ts';

@ApiTags('Networks')
@Needs('view', 'network')
@Controller('v1/networks')
export class AddressesController {
  constructor(private readonly addresses: AddressesService) {}

  @Get(':network/addresses')
  @Describe('Shows which addresses of a network are in use, by what, and how many are left', NetworkAddresses)
  get(@Param('network') reference: string): Promise<NetworkAddresses> {
    return this.addresses.get(reference);
  }
}
