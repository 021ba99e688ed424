import { ID, InputType, ObjectType } from '@nestjs/graphql';
import { enumOf } from '../api/enums.ts';
import { Memo } from '../api/memo.ts';
import { ConnectionOf, ListOf, Paged, Repeatable } from '../api/page.ts';
import { Integer, Prop } from '../api/prop.ts';
import { QueryFlag } from '../api/query-flag.ts';
import { StringMapScalar } from '../api/string-map.ts';
import { DryRunQuery } from '../api/writing.ts';
import type { Network as DomainNetwork } from '../domain/network.ts';
import type { StringMap } from '../domain/object.ts';
import { MOVE_ORDERS, type MoveOrder as DomainMoveOrder } from '../domain/operation.ts';

export const Scope = enumOf('NetworkScope', ['swarm'], 'Where a network exists.');

export const MoveOrder = enumOf(
  'MoveOrder',
  MOVE_ORDERS,
  'How services come from one network to another. `attach-first`: each is on both for a while, so that all reach each other throughout; their tasks are replaced twice. `switch`: each changes over in one update, and meanwhile those that are over do not reach those that are not.',
);

@ObjectType({ description: 'One address pool of a network.' })
export class Subnet {
  @Prop(() => String, { description: 'In CIDR notation.', example: '10.0.9.0/24' })
  subnet: string;

  @Prop(() => String, { nullable: true, example: '10.0.9.1' })
  gateway: string | null;

  @Prop(() => String, {
    nullable: true,
    description: 'The part of the subnet that tasks get addresses from.',
  })
  ipRange: string | null;

  @Prop(() => StringMapScalar)
  auxAddresses: StringMap;
}

@ObjectType({ description: 'A network of the swarm. Networks cannot be changed, only created and deleted.' })
export class Network {
  @Prop(() => ID)
  id: string;

  @Prop(() => String)
  name: string;

  @Prop(() => Integer, { description: "Swarm's version index; the ETag." })
  version: number;

  @Prop(() => String, { example: 'overlay' })
  driver: string;

  @Prop(() => Scope)
  scope: 'swarm';

  @Prop(() => String, { description: 'RFC 3339.' })
  createdAt: string;

  @Prop(() => StringMapScalar)
  labels: StringMap;

  @Prop(() => StringMapScalar, { description: "The driver's options, the VXLAN id among them." })
  options: StringMap;

  @Prop(() => [Subnet])
  subnets: readonly Subnet[];

  @Prop(() => Boolean, { description: 'Traffic between nodes is encrypted with IPsec.' })
  encrypted: boolean;

  @Prop(() => Boolean, { description: 'Containers that are not tasks can join by hand.' })
  attachable: boolean;

  @Prop(() => Boolean, { description: 'No way out of the network.' })
  internal: boolean;

  @Prop(() => Boolean, { description: 'The network of the routing mesh.' })
  ingress: boolean;

  @Prop(() => Boolean)
  ipv6: boolean;
}

@InputType()
export class SubnetInput {
  @Prop(() => String, { description: 'In CIDR notation, without host bits.', example: '10.0.9.0/24' })
  subnet: string;

  @Prop(() => String, { optional: true, description: 'Inside the subnet; its first address when left out.' })
  gateway?: string | null;

  @Prop(() => String, { optional: true, description: 'In CIDR notation, inside the subnet.' })
  ipRange?: string | null;

  @Prop(() => StringMapScalar, {
    optional: true,
    description: 'Refused unless empty: Docker drops auxiliary addresses of swarm networks.',
  })
  auxAddresses?: StringMap | null;
}

/** What can be said of a new network besides its name. */
@InputType({ isAbstract: true })
class NetworkInput {
  @Prop(() => String, { optional: true, description: 'Only `overlay`, the default.' })
  driver?: string | null;

  @Prop(() => StringMapScalar, { optional: true })
  labels?: StringMap | null;

  @Prop(() => StringMapScalar, { optional: true, description: "The driver's options." })
  options?: StringMap | null;

  @Prop(() => [SubnetInput], {
    optional: true,
    description:
      'When left out, a free subnet is chosen: from SWARMPLANE_ADDRESS_POOLS, if that is set, else by Swarm.',
  })
  subnets?: SubnetInput[] | null;

  @Prop(() => Boolean, {
    optional: true,
    description:
      'Takes subnets that overlap with reserved ranges, nodes, or networks of the engine’s own machine. Another network of the swarm they must never overlap.',
  })
  force?: boolean | null;

  @Prop(() => Boolean, { optional: true })
  encrypted?: boolean | null;

  @Prop(() => Boolean, { optional: true })
  attachable?: boolean | null;

  @Prop(() => Boolean, { optional: true })
  internal?: boolean | null;

  @Prop(() => Boolean, { optional: true })
  ipv6?: boolean | null;
}

@InputType()
export class CreateNetworkInput extends NetworkInput {
  @Prop(() => String, { example: 'my-network' })
  name: string;
}

@InputType({
  description:
    'A JSON Merge Patch (RFC 7396) of the network: what is left out is as it was, but for the subnets, which are chosen as for any new network.',
})
export class ReplaceNetworkInput extends NetworkInput {
  @Prop(() => String, {
    optional: true,
    description: 'Of the new network; the old name with a number when left out. The two exist side by side.',
    example: 'my-network-2',
  })
  name?: string | null;

  @Prop(() => MoveOrder, {
    optional: true,
    description: '`attach-first`, the default, or `switch`.',
  })
  order?: DomainMoveOrder | null;
}

@InputType({ description: 'All that are given must fit.' })
export class NetworkFilter {
  @Prop(() => String, { optional: true, description: 'The exact name.' })
  name?: string | null;

  @Repeatable()
  @Prop(() => [String], { optional: true, description: '`key` or `key=value`; all of them must fit.' })
  label?: string[] | null;

  @Prop(() => String, { optional: true })
  driver?: string | null;

  @Prop(() => Scope, { optional: true })
  scope?: string | null;

  @Prop(() => String, { optional: true, description: 'The stack that deployed it.' })
  stack?: string | null;
}

@InputType({ description: 'As Docker’s filters for pruning. All that are given must fit.' })
export class PruneFilters {
  @Prop(() => String, {
    optional: true,
    description: 'Created before: RFC 3339, or a while ago, such as `10m` or `24h`.',
    example: '24h',
  })
  until?: string | null;

  @Prop(() => [String], { optional: true, description: '`key` or `key=value`; has all of them.' })
  label?: string[] | null;

  @Prop(() => [String], {
    optional: true,
    description: '`key` or `key=value`; has none of them. Docker’s `label!`.',
  })
  notLabel?: string[] | null;
}

/** The body of a request to prune. */
export class PruneNetworksInput {
  @Prop(() => PruneFilters, { optional: true })
  filters?: PruneFilters | null;
}

/** The query string of the deletion of a network. */
export class DeleteNetworkQuery extends DryRunQuery {
  @QueryFlag('Detaches it from all services first, and waits until their tasks have left it.')
  detach?: boolean;
}

/** The query string of a request to prune. */
export class PruneNetworksQuery {
  @QueryFlag('Only says which networks would be deleted.')
  dryRun?: boolean;
}

@ObjectType({ description: 'A network that could not be deleted after all.' })
export class SkippedNetwork {
  @Prop(() => ID)
  id: string;

  @Prop(() => String)
  name: string;

  @Prop(() => String)
  reason: string;
}

@ObjectType({ description: 'What pruning has deleted, or would.' })
export class PrunedNetworks {
  @Prop(() => [Network], { description: 'The networks as they last were.' })
  items: readonly Network[];

  @Prop(() => [SkippedNetwork], { description: 'Those that somebody took into use meanwhile.' })
  skipped: readonly SkippedNetwork[];
}

export const NetworkConnection = ConnectionOf(Network, 'NetworkConnection');
export const NetworkList = ListOf(Network, 'NetworkList');
export class NetworkQuery extends Paged(NetworkFilter) {}

const views = new Memo<DomainNetwork, Network>();

/** The network as clients see it. */
export function toNetwork(network: DomainNetwork): Network {
  return views.of(network, null, () => {
    const { allocated: _, ...shown } = network;
    return shown;
  });
}
