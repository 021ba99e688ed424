import { Module } from '@nestjs/common';
import { AuditResolver } from './audit/audit.resolver.ts';
import { AccessModule } from './admission/access.module.ts';
import { AccessResolver } from './admission/access.resolver.ts';
import { AuthResolver } from './auth/auth.resolver.ts';
import { CertificatesResolver } from './certificates/certificates.resolver.ts';
import { ClusterModule } from './cluster/cluster.module.ts';
import { ClusterResolver } from './cluster/cluster.resolver.ts';
import { DiscoveryModule } from './discovery/discovery.module.ts';
import { DiscoveryResolver } from './discovery/discovery.resolver.ts';
import { EventsModule } from './events/events.module.ts';
import { EventsResolver } from './events/events.resolver.ts';
import { ExplainAccessResolver } from './grants/explain-access.resolver.ts';
import { GrantsResolver } from './grants/grants.resolver.ts';
import { RolesResolver } from './grants/roles.resolver.ts';
import { AddressesResolver } from './ipam/addresses.resolver.ts';
import { SubnetsResolver } from './ipam/subnets.resolver.ts';
import { NetworksModule } from './networks/networks.module.ts';
import { NetworksResolver } from './networks/networks.resolver.ts';
import { NodesModule } from './nodes/nodes.module.ts';
import { NodesResolver } from './nodes/nodes.resolver.ts';
import { OperationsModule } from './operations/operations.module.ts';
import { OperationsResolver } from './operations/operations.resolver.ts';
import { PortsModule } from './ports/ports.module.ts';
import { PortsResolver } from './ports/ports.resolver.ts';
import { ConnectivityResolver } from './probe/connectivity.resolver.ts';
import { PrerequisitesResolver } from './probe/prerequisites.resolver.ts';
import { ProbeResolver } from './probe/probe.resolver.ts';
import { RoutersResolver } from './routers/routers.resolver.ts';
import { LintResolver } from './routing/lint.resolver.ts';
import { RoutesResolver } from './routing/routes.resolver.ts';
import { RoutingModule } from './routing/routing.module.ts';
import { ServiceRoutesResolver } from './routing/service-routes.resolver.ts';
import { ConfigsResolver } from './secrets/configs.resolver.ts';
import { SecretsModule } from './secrets/secrets.module.ts';
import { SecretsResolver } from './secrets/secrets.resolver.ts';
import { RolloutResolver } from './services/rollout.resolver.ts';
import { ServiceNetworkResolver } from './services/service-network.resolver.ts';
import { ServicesModule } from './services/services.module.ts';
import { ServicesResolver } from './services/services.resolver.ts';
import { TasksModule } from './tasks/tasks.module.ts';
import { TasksResolver } from './tasks/tasks.resolver.ts';

/**
 * The resolvers of all features. A graph has edges in both directions (a service has tasks, a task has a
 * service); features that imported each other for that would be a circle, so the graph is put together here.
 */
@Module({
  imports: [
    AccessModule,
    ClusterModule,
    DiscoveryModule,
    EventsModule,
    NetworksModule,
    NodesModule,
    OperationsModule,
    PortsModule,
    RoutingModule,
    SecretsModule,
    ServicesModule,
    TasksModule,
  ],
  providers: [
    AccessResolver,
    AddressesResolver,
    AuditResolver,
    AuthResolver,
    CertificatesResolver,
    ClusterResolver,
    ConfigsResolver,
    ConnectivityResolver,
    DiscoveryResolver,
    EventsResolver,
    ExplainAccessResolver,
    GrantsResolver,
    LintResolver,
    NetworksResolver,
    NodesResolver,
    OperationsResolver,
    PortsResolver,
    PrerequisitesResolver,
    ProbeResolver,
    RolesResolver,
    RolloutResolver,
    RoutesResolver,
    RoutersResolver,
    SecretsResolver,
    ServiceNetworkResolver,
    ServiceRoutesResolver,
    ServicesResolver,
    SubnetsResolver,
    TasksResolver,
  ],
})
export class GraphModule {}
