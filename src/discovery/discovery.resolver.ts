import { Args, ID, Int, Query, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import { Me, Needs } from '../api/access.ts';
import { AFTER, FIRST } from '../api/arguments.ts';
import { FromState } from '../api/from-state.ts';
import { FieldArgument } from '../api/graphql/field-argument.ts';
import { fromArguments, toConnection, type Connection } from '../api/page.ts';
import type { Principal } from '../domain/role.ts';
import { Network } from '../networks/networks.types.ts';
import { ExplainService } from './explain.service.ts';
import { Explanation } from './explain.types.ts';
import { NamesService } from './names.service.ts';
import { NameFilter, NamesChange, Resolution, ResolutionConnection } from './names.types.ts';

const NETWORK = { type: () => ID, description: 'An id, a unique id prefix or a name.' } as const;

@Needs('view', 'network')
@Resolver(() => Network)
export class DiscoveryResolver {
  constructor(
    private readonly service: NamesService,
    private readonly explanations: ExplainService,
  ) {}

  @FromState()
  @Query(() => ResolutionConnection, { description: 'The names on a network and what each answers.' })
  names(
    @Args('network', NETWORK) network: string,
    @Args(FIRST) first?: number | null,
    @Args(AFTER) after?: string | null,
    @Args('filter', { type: () => NameFilter, nullable: true }) filter?: NameFilter | null,
  ): Connection<Resolution> {
    return toConnection(this.service.list(network, filter ?? {}, fromArguments(first, after)));
  }

  @FromState()
  @Query(() => Resolution, { description: 'What a name answers on a network, or why it does not.' })
  resolve(@Args('network', NETWORK) network: string, @Args('name') name: string): Resolution {
    return this.service.resolve(network, name);
  }

  @Query(() => Explanation, { description: 'Why one thing can or cannot reach a service, step by step.' })
  explain(
    @Args('from', { type: () => ID, description: 'A service, a network or a task.' }) from: string,
    @Args('to', { type: () => ID, description: 'A service.' }) to: string,
    @Me() principal: Principal,
    @Args('port', { type: () => Int, nullable: true }) port?: number | null,
    @Args('probe', {
      type: () => Boolean,
      nullable: true,
      description:
        'Also tries it, from inside the network. Takes `use` of the network, which operators have.',
    })
    probe?: boolean | null,
  ): Promise<Explanation> {
    return this.explanations.explain({ from, to, port: port ?? null, probe: probe ?? false }, principal);
  }

  @Subscription(() => NamesChange, {
    description: 'What the names on a network answer, whenever that changes.',
    resolve: (change: NamesChange) => change,
  })
  namesChanged(
    @Args('network', NETWORK) network: string,
    @Args('initial', {
      type: () => Boolean,
      nullable: true,
      defaultValue: false,
      description: 'Tells what answers now first.',
    })
    initial?: boolean | null,
  ): AsyncIterableIterator<NamesChange> {
    return this.service.follow(network, initial ?? false);
  }

  @FromState()
  @FieldArgument('filter', () => NameFilter)
  @ResolveField(() => [Resolution], {
    name: 'names',
    description: 'The names on it and what each answers, without pages.',
  })
  namesOn(network: Network, { filter }: { filter?: NameFilter | null }): readonly Resolution[] {
    // One that is only planned has none.
    return network.id === '' ? [] : this.service.all(network.id, filter ?? {});
  }
}
