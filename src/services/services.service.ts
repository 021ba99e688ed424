import { Injectable } from '@nestjs/common';
import { Memo } from '../api/memo.ts';
import { mapPage, paginate, type Page, type PageRequest } from '../api/page.ts';
import { VisibleState } from '../api/visible-state.ts';
import { fits, hasLabels, isOfStack } from '../domain/filter.ts';
import { ORDER } from '../domain/order.ts';
import type { Service as DomainService } from '../domain/service.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import type { Service, ServiceFilter } from './services.types.ts';

/** Services as they are read: from the state in memory. */
@Injectable()
export class ServicesService {
  private readonly views = new Memo<DomainService, Service>();

  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
  ) {}

  list(filter: ServiceFilter, page: PageRequest): Page<Service> {
    this.state.assertSynced();
    const matches = this.matcher(filter);
    return mapPage(paginate(this.visible.services.all().filter(matches), ORDER.service, page), (service) =>
      this.view(service),
    );
  }

  /** The service that an id, a unique id prefix or a name means. Fails `not-found`, `ambiguous`. */
  get(reference: string): Service {
    return this.view(this.visible.resolve('service', reference));
  }

  /** The service with this id, if it is still there. */
  find(id: string): Service | null {
    const service = this.visible.services.get(id);
    return service ? this.view(service) : null;
  }

  /** The services attached to a network. */
  onNetwork(networkId: string): readonly Service[] {
    return this.visible.services.by('network', networkId).map((service) => this.view(service));
  }

  /** A service as clients see it: with the counts of its tasks. The same object as long as it says the same. */
  view(service: DomainService): Service {
    const { running, wanted } = this.state.taskCounts.of(service.id);
    return this.views.of(service, `${running}/${wanted}`, () => {
      const { specVersion: _version, jobIteration: _iteration, ...shown } = service;
      const desiredTasks = service.mode === 'replicated' ? (service.replicas ?? 0) : wanted;
      return { ...shown, runningTasks: running, desiredTasks };
    });
  }

  /** What a service must be to fit the filter. Fails `not-found` or `ambiguous` for a network that is none. */
  matcher(filter: ServiceFilter): (service: DomainService) => boolean {
    const network = filter.network ? this.visible.resolve('network', filter.network).id : null;
    return (service) =>
      fits(service.name, filter.name) &&
      fits(service.mode, filter.mode) &&
      (network === null || service.networks.some((attachment) => attachment.networkId === network)) &&
      (!filter.stack || isOfStack(service.labels, filter.stack)) &&
      hasLabels(service.labels, filter.label ?? []);
  }
}
