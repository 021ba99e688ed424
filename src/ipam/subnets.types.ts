import { Int, ObjectType } from '@nestjs/graphql';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional } from 'class-validator';
import { enumOf } from '../api/enums.ts';
import { Prop } from '../api/prop.ts';
import { QueryFlag } from '../api/query-flag.ts';
import * as domain from '../domain/ipam.ts';

export const POOL_SOURCES = ['settings', 'swarm'] as const;
export const PoolSource = enumOf(
  'PoolSource',
  POOL_SOURCES,
  'Who says where subnets come from: SWARMPLANE_ADDRESS_POOLS, or the swarm itself.',
);
export const Occupant = enumOf('Occupant', domain.OCCUPANTS, 'What has a range of addresses.');

@ObjectType({ description: 'A range that subnets are chosen from.' })
export class AddressPool {
  @Prop(() => String, { example: '10.0.0.0/8' })
  subnet: string;

  @Prop(() => PoolSource)
  source: (typeof POOL_SOURCES)[number];
}

@ObjectType({ description: 'Addresses that a new network must not have.' })
export class OccupiedRange {
  @Prop(() => String, { description: 'A single address has the longest prefix.', example: '10.0.9.0/24' })
  subnet: string;

  @Prop(() => Occupant, {
    description:
      '`local-network`: one of the machine of the engine that was asked. `node`: the address of a node of the swarm. `reserved`: of SWARMPLANE_RESERVED_RANGES.',
  })
  by: domain.Occupant;

  @Prop(() => String)
  name: string;

  @Prop(() => String, { nullable: true, description: 'Of the network or node.' })
  id: string | null;
}

@ObjectType({ description: 'Where networks get their addresses from.' })
export class Subnets {
  @Prop(() => [AddressPool], { description: 'In the order in which they are used.' })
  pools: readonly AddressPool[];

  @Prop(() => [OccupiedRange])
  occupied: readonly OccupiedRange[];

  @Prop(() => Int)
  prefixLength: number;

  @Prop(() => String, {
    description: 'A free subnet of this size: the lowest of the first pool that has one.',
  })
  proposal: string;
}

/** The query string of subnets. */
export class SubnetsQuery {
  @ApiProperty({
    required: false,
    type: 'integer',
    description: 'How large a subnet is proposed. By default as the swarm has it; 64 for IPv6.',
    example: 24,
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^-?\d{1,3}$/.test(value) ? Number(value) : value,
  )
  @IsInt()
  prefixLength?: number;

  @QueryFlag('Proposes an IPv6 subnet.', false)
  ipv6?: boolean;
}
