import { Module, type DynamicModule } from '@nestjs/common';
import { ApiModule } from './api/api.module.ts';
import { LimitsModule, type LimitsModuleSettings } from './api/limits/limits.module.ts';
import { AuditModule } from './audit/audit.module.ts';
import type { AuditSettings } from './audit/audit-settings.ts';
import { AuthModule, type AuthSettings } from './auth/auth.module.ts';
import { CertificatesModule, type CertificateSettings } from './certificates/certificates.module.ts';
import { DnsModule } from './dns/dns.module.ts';
import type { DnsSettings } from './dns/dns-settings.ts';
import { DockerFlowModule } from './dockerflow/dockerflow.module.ts';
import type { SwarmListenerSettings } from './dockerflow/swarm-listener-settings.ts';
import { GraphModule } from './graph.module.ts';
import { IpamModule } from './ipam/ipam.module.ts';
import type { IpamSettings } from './ipam/ipam-settings.ts';
import { ProbeModule } from './probe/probe.module.ts';
import type { ProbeSettings } from './probe/probe-settings.ts';
import { PrometheusModule } from './prometheus/prometheus.module.ts';
import { RoutersModule } from './routers/routers.module.ts';
import type { RouterModuleSettings } from './routers/router-options.ts';
import { SwarmModule, type SwarmPorts } from './swarm/swarm.module.ts';
import { TlsModule, type TlsModuleSettings } from './tls/tls.module.ts';

/** What the operator says of the server as a whole. */
export type AppSettings = AuditSettings &
  AuthSettings &
  CertificateSettings &
  DnsSettings &
  IpamSettings &
  LimitsModuleSettings &
  ProbeSettings &
  RouterModuleSettings &
  SwarmListenerSettings &
  TlsModuleSettings;

@Module({})
export class AppModule {
  /** The whole server over the given ways to a swarm. */
  static with(ports: SwarmPorts, settings: AppSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        SwarmModule.with(ports),
        LimitsModule.with(settings),
        AuditModule.with(settings),
        AuthModule.with(settings),
        IpamModule.with(settings),
        ProbeModule.with(settings),
        CertificatesModule.with(settings),
        ApiModule,
        DnsModule.with(settings),
        DockerFlowModule.with(settings),
        GraphModule,
        PrometheusModule,
        RoutersModule.with(settings),
        TlsModule.with(settings),
      ],
    };
  }
}
