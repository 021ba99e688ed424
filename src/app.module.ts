import { Module, type DynamicModule } from '@nestjs/common';
import { ApiModule } from './api/api.module.ts';
import { AuthModule, type AuthSettings } from './auth/auth.module.ts';
import { DnsModule } from './dns/dns.module.ts';
import type { DnsSettings } from './dns/dns-settings.ts';
import { GraphModule } from './graph.module.ts';
import { IpamModule } from './ipam/ipam.module.ts';
import type { IpamSettings } from './ipam/ipam-settings.ts';
import { ProbeModule } from './probe/probe.module.ts';
import type { ProbeSettings } from './probe/probe-settings.ts';
import { PrometheusModule } from './prometheus/prometheus.module.ts';
import { SwarmModule, type SwarmPorts } from './swarm/swarm.module.ts';

/** What the operator says of the server as a whole. */
export type AppSettings = AuthSettings & DnsSettings & IpamSettings & ProbeSettings;

@Module({})
export class AppModule {
  /** The whole server over the given ways to a swarm. */
  static with(ports: SwarmPorts, settings: AppSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        SwarmModule.with(ports),
        AuthModule.with(settings),
        IpamModule.with(settings),
        ProbeModule.with(settings),
        ApiModule,
        DnsModule.with(settings),
        GraphModule,
        PrometheusModule,
      ],
    };
  }
}
