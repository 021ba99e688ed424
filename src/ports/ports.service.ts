import { Injectable } from '@nestjs/common';
import { asker } from '../api/asker.ts';
import { paginate, type Page, type PageRequest } from '../api/page.ts';
import { VisibleState } from '../api/visible-state.ts';
import { SwarmSettings } from '../cluster/swarm-settings.ts';
import { clusterPorts, PORT_ORDER, type ClusterPort } from '../domain/cluster-port.ts';
import { refuseConflicts } from '../domain/errors.ts';
import { fits } from '../domain/filter.ts';
import { checkPorts, reservedPorts, type PortSurroundings } from '../domain/ports.ts';
import type { Principal } from '../domain/role.ts';
import type { Service, ServiceSpec } from '../domain/service.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import type { PortFilter } from './ports.types.ts';

/** Stands for the name of a service that its reader may not see. */
const HIDDEN = 'not for you to see';

/** The published ports of the whole swarm, from the state in memory. */
@Injectable()
export class PortsService {
  private listed: { readonly from: string; readonly ports: readonly ClusterPort[] } | null = null;

  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
    private readonly settings: SwarmSettings,
  ) {}

  async list(filter: PortFilter, page: PageRequest): Promise<Page<ClusterPort>> {
    this.state.assertSynced();
    const matches = this.matcher(filter);
    return paginate((await this.seenBy(asker())).filter(matches), PORT_ORDER, page);
  }

  /**
   * Fails `conflict`, with the fields, when a spec asks for ports that cannot be had.
   * @param before the spec that is changed, null for a new service
   * @param ownId of the service that is changed
   * @param by who is told of services that have the ports, as far as they may see them
   */
  async assertFree(
    spec: ServiceSpec,
    before: Pick<ServiceSpec, 'ports'> | null,
    ownId: string | null,
    by: Principal,
  ): Promise<void> {
    if (spec.ports.every((port) => port.publishedPort === null)) return;
    refuseConflicts(checkPorts(spec, before, ownId, await this.surroundings(by)));
  }

  /** What may surprise about the published ports of a service, as it is or would be. */
  async warnings(service: Service, by: Principal): Promise<string[]> {
    if (service.ports.length === 0) return [];
    const around = await this.surroundings(by);
    const services = [...around.services.filter(({ id }) => id !== service.id), service];
    const ports = clusterPorts({ ...around, services }).filter(({ serviceId }) => serviceId === service.id);
    const details = ports
      .flatMap(({ conflicts, warnings }) => [...conflicts, ...warnings])
      .map(({ detail }) => detail);
    return [...new Set(details)];
  }

  /** Those of services that somebody may see. */
  private async seenBy(by: Principal): Promise<readonly ClusterPort[]> {
    const { services, sight } = this.seen(by);
    if (sight === null) return this.all(by);
    const ports = clusterPorts(await this.surroundings(by));
    return ports
      .filter(({ serviceId }) => services.get(serviceId) !== undefined)
      .map((port) => ({
        ...port,
        conflicts: port.conflicts.map((conflict) =>
          conflict.serviceId === null || services.get(conflict.serviceId)
            ? conflict
            : { ...conflict, serviceId: null, serviceName: null },
        ),
      }));
  }

  private seen(by: Principal) {
    const view = this.visible.to(by);
    return { services: view.services, sight: view.sight('service') };
  }

  /** All of them: made anew only when the state has changed. */
  private async all(by: Principal): Promise<readonly ClusterPort[]> {
    const surroundings = await this.surroundings(by);
    const from = `${this.state.revision} ${surroundings.reserved.map(({ port }) => port).join()}`;
    if (this.listed?.from !== from) this.listed = { from, ports: clusterPorts(surroundings) };
    return this.listed.ports;
  }

  /** What ports are judged by. Services that somebody may not see are there, and have no name. */
  private async surroundings(by: Principal): Promise<PortSurroundings> {
    const dataPathPort = await this.settings.dataPathPort();
    const nodes = this.state.nodes.all();
    const services = this.state.services.all();
    const { sight } = this.seen(by);
    return {
      services: sight
        ? services.map((service) => (sight(service) ? service : { ...service, name: HIDDEN }))
        : services,
      nodes,
      reserved: reservedPorts(dataPathPort, nodes),
      tasksOf: (serviceId) => this.state.tasks.by('service', serviceId),
    };
  }

  private matcher({
    service,
    node,
    publishMode,
    protocol,
    port,
  }: PortFilter): (port: ClusterPort) => boolean {
    const serviceId = service ? this.visible.resolve('service', service).id : null;
    const nodeId = node ? this.visible.resolve('node', node).id : null;
    return (each) =>
      fits(each.serviceId, serviceId) &&
      fits(each.publishMode, publishMode) &&
      fits(each.protocol, protocol) &&
      fits(each.publishedPort, port) &&
      (nodeId === null || each.onEveryNode || each.tasks.some((task) => task.nodeId === nodeId));
  }
}
