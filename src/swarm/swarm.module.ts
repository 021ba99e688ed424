import {
  Global,
  Inject,
  Logger,
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DomainError } from '../domain/errors.ts';
import { ChangeSource } from './change-source.ts';
import { ClusterState } from './cluster-state.ts';
import { feed, FeedStatistics } from './feed.ts';
import { ConfigResourceStore } from './store/config-resource-store.ts';
import { ResourceStore } from './store/resource-store.ts';
import { SwarmGateway } from './swarm-gateway.ts';

/** The two ways to a swarm: real ones in production, a fake one in the tests of the surfaces. */
export interface SwarmPorts {
  readonly gateway: SwarmGateway;
  readonly source: ChangeSource;
}

/** Offers the swarm to the features, and keeps the state in memory fed while the application runs. */
@Global()
@Module({})
export class SwarmModule implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly stop = new AbortController();
  private feeding: Promise<void> = Promise.resolve();

  constructor(
    @Inject(ClusterState) private readonly state: ClusterState,
    @Inject(ChangeSource) private readonly source: ChangeSource,
    @Inject(SwarmGateway) private readonly gateway: SwarmGateway,
    @Inject(FeedStatistics) private readonly statistics: FeedStatistics,
  ) {}

  static with({ gateway, source }: SwarmPorts): DynamicModule {
    return {
      module: SwarmModule,
      providers: [
        { provide: SwarmGateway, useValue: gateway },
        { provide: ChangeSource, useValue: source },
        { provide: ClusterState, useFactory: () => new ClusterState() },
        { provide: FeedStatistics, useFactory: () => new FeedStatistics() },
        {
          provide: ResourceStore,
          useFactory: (state: ClusterState) => new ConfigResourceStore(gateway, state),
          inject: [ClusterState],
        },
      ],
      exports: [SwarmGateway, ClusterState, FeedStatistics, ResourceStore],
    };
  }

  onApplicationBootstrap(): void {
    this.feeding = feed(
      this.state,
      this.source,
      (failure) => this.diagnose(failure),
      this.stop.signal,
      new Logger('ClusterState'),
      this.statistics,
    );
  }

  async onApplicationShutdown(): Promise<void> {
    this.stop.abort();
    await this.feeding;
  }

  /** A stream that breaks says little; the engine itself tells a worker or a lost leader from a stopped daemon. */
  private async diagnose(failure: unknown): Promise<DomainError> {
    try {
      await this.gateway.swarm();
    } catch (error) {
      if (error instanceof DomainError) return error;
    }
    return failure instanceof DomainError
      ? failure
      : new DomainError('internal', 'The change stream failed unexpectedly.', { cause: failure });
  }
}
