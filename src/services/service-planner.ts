import { Injectable } from '@nestjs/common';
import type { Planned } from '../api/write.ts';
import { checkEngineApi, usesNewerApi } from '../domain/engine-api.ts';
import { refuse } from '../domain/errors.ts';
import { planOf, type Plan } from '../domain/plan.ts';
import { portsOf } from '../domain/ports.ts';
import type { Principal } from '../domain/role.ts';
import {
  planWarnings,
  portChanges,
  specChanges,
  taskEffects,
  virtualIpChanges,
  type SpecChange,
  type TaskSurroundings,
} from '../domain/service-plan.ts';
import type { Service, ServiceSpec } from '../domain/service.ts';
import { isWanted, type Task } from '../domain/task.ts';
import { AddressCheck } from '../ipam/address-check.service.ts';
import { PortsService } from '../ports/ports.service.ts';
import { RouteEffects } from '../routing/route-effects.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { SwarmGateway } from '../swarm/swarm-gateway.ts';
import { ServicesService } from './services.service.ts';
import type { WrittenService } from './written-service.types.ts';

/** Says what a change of a service would do, and whether there is what it needs. */
@Injectable()
export class ServicePlanner {
  constructor(
    private readonly state: ClusterState,
    private readonly ports: PortsService,
    private readonly addresses: AddressCheck,
    private readonly gateway: SwarmGateway,
    private readonly routes: RouteEffects,
    private readonly services: ServicesService,
  ) {}

  /**
   * Fails `conflict` where a change cannot get its ports or addresses, `invalid` for what the engine is too old for.
   * @param id of the service; null for a new one, as is `before`
   */
  async assertPossible(
    id: string | null,
    before: ServiceSpec | null,
    after: ServiceSpec,
    by: Principal,
  ): Promise<void> {
    if (usesNewerApi(after)) refuse(checkEngineApi(after, await this.gateway.apiVersion()));
    await this.ports.assertFree(after, before, id, by);
    this.addresses.assertEnough(id, before, after);
  }

  /** What a create would do. */
  async create(after: ServiceSpec, by: Principal): Promise<Planned<WrittenService>> {
    const service = newService(after);
    const plan = { action: 'create', kind: 'service', id: null, name: after.name, version: null } as const;
    return this.planned(plan, { before: null, after }, null, service, by);
  }

  /**
   * What a change of the spec would do.
   * @param service as the state has it
   * @param before the spec that is replaced
   * @param version that is replaced
   */
  async update(
    service: Service,
    before: ServiceSpec,
    after: ServiceSpec,
    version: number,
    by: Principal,
  ): Promise<Planned<WrittenService>> {
    const { id, name } = service;
    if (specChanges({ before, after }).length === 0) return this.none(service, version);
    const { virtualIps, publishedPorts } = this.endpoint(service, after);
    const preview = { ...service, ...after, version, previousSpec: before, virtualIps, publishedPorts };
    const plan = { action: 'update', kind: 'service', id, name, version } as const;
    return this.planned(plan, { before, after }, service, preview, by);
  }

  /** What a delete would do, and the service as it is. */
  async delete(service: Service, by: Principal): Promise<Planned<WrittenService>> {
    const { id, name, version } = service;
    const plan = { action: 'delete', kind: 'service', id, name, version } as const;
    return this.planned(plan, { before: service, after: null }, service, service, by);
  }

  /** That nothing would be done, because it is so already. */
  none(service: Service, version = service.version): Planned<WrittenService> {
    const { id, name } = service;
    return {
      plan: planOf({ action: 'none', kind: 'service', id, name, version }),
      preview: this.services.view(service),
    };
  }

  private async planned(
    plan: Pick<Plan, 'action' | 'kind' | 'id' | 'name' | 'version'>,
    change: SpecChange,
    current: Service | null,
    preview: Service,
    by: Principal,
  ): Promise<Planned<WrittenService>> {
    const { before, after } = change;
    const around = {
      ...(current && before && after ? await this.templates(current) : {}),
      tasks: current ? this.state.tasks.by('service', current.id) : [],
      nodes: this.state.nodes.all(),
      isUpdating: /^(updating|rollback_started)$/.test(current?.updateStatus?.state ?? ''),
    };
    const tasks = taskEffects(change, around);
    const ofPorts = after === null ? [] : await this.ports.warnings(preview, by);
    const ofRoutes = current
      ? this.routes.of(current, change, tasks.restarted > 0, by)
      : { routes: [], warnings: [] };
    return {
      plan: planOf({
        ...plan,
        changes: specChanges(change),
        tasks,
        virtualIps: virtualIpChanges(change, current?.virtualIps ?? [], this.ingressId()),
        addresses: after === null ? [] : this.addresses.demands(current?.id ?? null, before, after),
        ports: portChanges(current ? portsOf(current) : [], after?.ports ?? []),
        routes: ofRoutes.routes,
        warnings: [...planWarnings(change, tasks, around), ...ofPorts, ...ofRoutes.warnings],
      }),
      preview: this.services.view(preview),
    };
  }

  /** What the tasks of a service were made of, where the state does not tell that it is the present spec. */
  private async templates({ id, specVersion }: Service): Promise<Pick<TaskSurroundings, 'madeOf'>> {
    const isPresent = (task: Task): boolean => specVersion !== null && task.specVersion === specVersion;
    if (this.state.tasks.by('service', id).every((task) => !isWanted(task) || isPresent(task))) return {};
    const templates = await this.gateway.taskTemplates(id);
    return { madeOf: (task) => (isPresent(task) ? undefined : templates.get(task.id)) };
  }

  private endpoint(service: Service, after: ServiceSpec): Pick<Service, 'virtualIps' | 'publishedPorts'> {
    const leaving = virtualIpChanges({ before: service, after }, service.virtualIps, this.ingressId());
    const closing = portChanges(portsOf(service), after.ports);
    const isClosing = (port: Service['publishedPorts'][number]): boolean =>
      closing.some(
        (other) =>
          other.change === 'closed' &&
          other.publishedPort === port.publishedPort &&
          other.protocol === port.protocol,
      );
    return {
      virtualIps: service.virtualIps.filter(
        ({ networkId }) => !leaving.some((gone) => gone.change === 'removed' && gone.networkId === networkId),
      ),
      publishedPorts: service.publishedPorts.filter((port) => !isClosing(port)),
    };
  }

  private ingressId(): string | null {
    return this.state.networks.all().find((network) => network.ingress)?.id ?? null;
  }
}

/** A service that is yet to be made: it has no id. */
function newService(spec: ServiceSpec): Service {
  const now = new Date().toISOString();
  return {
    ...spec,
    id: '',
    version: 0,
    createdAt: now,
    updatedAt: now,
    virtualIps: [],
    publishedPorts: [],
    updateStatus: null,
    previousSpec: null,
    specVersion: null,
    jobIteration: null,
  };
}
