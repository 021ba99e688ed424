import { Injectable } from '@nestjs/common';
import { Memo } from '../api/memo.ts';
import { VisibleState } from '../api/visible-state.ts';
import { holdsAddresses } from '../domain/address-usage.ts';
import type { Network } from '../domain/network.ts';
import { reachableAddress, type Node } from '../domain/node.ts';
import type { StringMap } from '../domain/object.ts';
import type { Service } from '../domain/service.ts';
import { isWanted } from '../domain/task.ts';
import { ServicesService } from '../services/services.service.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { TasksService } from '../tasks/tasks.service.ts';
import { networkLabels, nodeLabels } from './meta-labels.ts';
import { DEFAULT_PORT, type TargetQuery } from './prometheus.types.ts';
import { targetDocument, type Target } from './target-document.ts';
import { hostTargets, overlayTargets, scrapedService, type ScrapedService } from './task-targets.ts';

const UNKNOWN: StringMap = Object.freeze({});

/** What there is to scrape in the swarm, from the state in memory. */
@Injectable()
export class TargetsService {
  private readonly scraped = new Memo<Service, ScrapedService>();
  private readonly nodeLabels = new Memo<Node, StringMap>();
  private readonly networkLabels = new Memo<Network, StringMap>();

  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
    private readonly services: ServicesService,
    private readonly tasks: TasksService,
  ) {}

  /**
   * The targets of the tasks that Swarm wants to run and that have not ended, as JSON. Those that do not run yet are
   * among them: that something is expected and does not answer is for Prometheus to tell. Fails `not-found` or
   * `ambiguous` when a reference means nothing, and `not-synced`.
   */
  document(query: TargetQuery): Buffer {
    this.state.assertSynced();
    return targetDocument(this.targets(query));
  }

  private *targets(query: TargetQuery): Generator<Target> {
    const { tasks, networks, nodes } = this.visible;
    const fits = this.tasks.matcher(query);
    const isOf = this.services.matcher({ stack: query.stack, label: query.label });
    const networkId = query.network ? this.visible.resolve('network', query.network).id : null;
    const around = {
      port: query.port ?? DEFAULT_PORT,
      networkLabels: (id: string) =>
        networkId === null || networkId === id ? this.labelsOf(networks.get(id)) : null,
    };
    for (const task of tasks.all()) {
      // A container that joined by hand has no service to say how, and whether, to scrape it.
      const service = task.serviceId === null ? undefined : this.state.services.get(task.serviceId);
      if (!service || !isWanted(task) || !holdsAddresses(task) || !fits(task) || !isOf(service)) continue;
      const scraped = this.scraped.of(service, null, () => scrapedService(service));
      const node = task.nodeId === null ? undefined : nodes.get(task.nodeId);
      const labels = node ? this.nodeLabels.of(node, null, () => nodeLabels(node)) : UNKNOWN;
      const surroundings = { ...around, service: scraped, node: labels };
      if (query.via !== 'host') yield* overlayTargets(task, surroundings);
      else if (node) yield* hostTargets(task, reachableAddress(node) ?? node.hostname, surroundings);
    }
  }

  /** The labels of a network; null of one that is not seen, and of the routing mesh's, on which only the nodes themselves are. */
  private labelsOf(network: Network | undefined): StringMap | null {
    if (!network || network.ingress) return null;
    return this.networkLabels.of(network, null, () => networkLabels(network));
  }
}
