import { Injectable } from '@nestjs/common';
import { paginate, type Page, type PageRequest } from '../api/page.ts';
import { SwarmSettings } from '../cluster/swarm-settings.ts';
import { clusterPorts, PORT_ORDER, type ClusterPort } from '../domain/cluster-port.ts';
import { refuseConflicts } from '../domain/errors.ts';
import { fits } from '../domain/filter.ts';
import { checkPorts, reservedPorts, type PortSurroundings } from '../domain/ports.ts';
import type { Service, ServiceSpec } from '../domain/service.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import type { PortFilter } from './ports.types.ts';

/** The published ports of the whole swarm, from the state in memory. */
@Injectable()
export class PortsService {
  private listed: { readonly from: string; readonly ports: readonly ClusterPort[] } | null = null;

  constructor(
    private readonly state: ClusterState,
    private readonly settings: SwarmSettings,
  ) {}

  async list(filter: PortFilter, page: PageRequest): Promise<Page<ClusterPort>> {
    this.state.assertSynced();
    const matches = this.matcher(filter);
    return paginate((await this.all()).filter(matches), PORT_ORDER, page);
  }

  /**
   * Fails `conflict`, with the fields, when a spec asks for ports that cannot be had.
   * @param before the spec that is changed, null for a new service
   * @param ownId of the service that is changed
   */
  async assertFree(
    spec: ServiceSpec,
    before: Pick<ServiceSpec, 'ports'> | null,
    ownId: string | null,
  ): Promise<void> {
    if (spec.ports.every((port) => port.publishedPort === null)) return;
    refuseConflicts(checkPorts(spec, before, ownId, await this.surroundings()));
  }

  /** What may surprise about the published ports of a service, as it is or would be. */
  async warnings(service: Service): Promise<string[]> {
    if (service.ports.length === 0) return [];
    const around = await this.surroundings();
    const services = [...around.services.filter(({ id }) => id !== service.id), service];
    const ports = clusterPorts({ ...around, services }).filter(({ serviceId }) => serviceId === service.id);
    const details = ports
      .flatMap(({ conflicts, warnings }) => [...conflicts, ...warnings])
      .map(({ detail }) => detail);
    return [...new Set(details)];
  }

  /** All of them: made anew only when the state has changed. */
  private async all(): Promise<readonly ClusterPort[]> {
    const surroundings = await this.surroundings();
    const from = `${this.state.revision} ${surroundings.reserved.map(({ port }) => port).join()}`;
    if (this.listed?.from !== from) this.listed = { from, ports: clusterPorts(surroundings) };
    return this.listed.ports;
  }

  private async surroundings(): Promise<PortSurroundings> {
    const dataPathPort = await this.settings.dataPathPort();
    const nodes = this.state.nodes.all();
    return {
      services: this.state.services.all(),
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
    const serviceId = service ? this.state.resolve('service', service).id : null;
    const nodeId = node ? this.state.resolve('node', node).id : null;
    return (each) =>
      fits(each.serviceId, serviceId) &&
      fits(each.publishMode, publishMode) &&
      fits(each.protocol, protocol) &&
      fits(each.publishedPort, port) &&
      (nodeId === null || each.onEveryNode || each.tasks.some((task) => task.nodeId === nodeId));
  }
}
