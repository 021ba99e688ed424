import { Injectable } from '@nestjs/common';
import type { Service } from '../domain/service.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { ServicesService } from './services.service.ts';
import type { WrittenService } from './written-service.types.ts';

/** A network can have run out of addresses: then the answer does not wait for them any longer, in milliseconds. */
const ADDRESSES_WITHIN_MS = 2_000;

/** Services that were just written, as the state shows them then. */
@Injectable()
export class SettledServices {
  constructor(
    private readonly state: ClusterState,
    private readonly services: ServicesService,
  ) {}

  /** The service once the state has a later version than `replaced`, and its addresses if they come in time. */
  async after(id: string, replaced: number): Promise<WrittenService> {
    const written = await this.state.shown(`the service ${id}`, () => {
      const service = this.state.services.get(id);
      return service && service.version > replaced ? service : undefined;
    });
    const settled = await this.state.until(() => {
      const service = this.state.services.get(id);
      return service && this.hasItsAddresses(service) ? service : undefined;
    }, ADDRESSES_WITHIN_MS);
    return this.services.view(settled ?? this.state.services.get(id) ?? written);
  }

  /**
   * Swarm gives addresses out, and takes them back, after it has taken a service in, and raises the version by
   * that: an answer before it would carry an ETag that is outdated at once.
   */
  private hasItsAddresses(service: Service): boolean {
    const published = service.ports.filter((port) => port.publishMode === 'ingress').length;
    const wanted = service.endpointMode === 'vip' ? service.networks.map((network) => network.networkId) : [];
    const given = service.virtualIps
      .map((vip) => vip.networkId)
      .filter((id) => !this.state.networks.get(id)?.ingress);
    return (
      service.publishedPorts.length >= published &&
      wanted.every((id) => given.includes(id)) &&
      given.every((id) => wanted.includes(id))
    );
  }
}
