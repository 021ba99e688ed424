import { Module, type DynamicModule } from '@nestjs/common';
import { ApiModule } from '../api/api.module.ts';
import { DiscoveryModule } from '../discovery/discovery.module.ts';
import { DnsMetrics } from './dns-metrics.ts';
import { DnsServer } from './dns-server.ts';
import type { DnsSettings } from './dns-settings.ts';
import { SwarmNames } from './swarm-names.ts';

@Module({})
export class DnsModule {
  /** A name server where one is asked for; nothing else. */
  static with({ dns = null }: DnsSettings): DynamicModule {
    if (dns === null) return { module: DnsModule };
    return {
      module: DnsModule,
      imports: [ApiModule, DiscoveryModule],
      providers: [
        DnsMetrics,
        SwarmNames,
        {
          provide: DnsServer,
          useFactory: (names: SwarmNames, metrics: DnsMetrics) => new DnsServer(dns, names, metrics),
          inject: [SwarmNames, DnsMetrics],
        },
      ],
    };
  }
}
