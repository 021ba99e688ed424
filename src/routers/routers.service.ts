import { Injectable } from '@nestjs/common';
import { asker } from '../api/asker.ts';
import { paginate, type Page, type PageRequest } from '../api/page.ts';
import { VisibleState } from '../api/visible-state.ts';
import { refuse } from '../domain/errors.ts';
import { fits } from '../domain/filter.ts';
import { resolve } from '../domain/reference.ts';
import {
  hasEnded,
  reasonOfTask,
  ROUTER_ORDER,
  stateOf,
  type NewestConfig,
  type Router,
} from '../domain/router.ts';
import { checkRouterReport } from '../domain/router-report-rules.ts';
import type { RouterReport } from '../domain/router-report.ts';
import type { Principal } from '../domain/role.ts';
import { isWanted, type Task } from '../domain/task.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { RouterConfigs } from './router-configs.ts';
import { RouterReports, type HeardRouter } from './router-reports.ts';
import { RouterServices } from './router-services.ts';
import type { RouterFilter } from './routers.types.ts';

/** Routers as they are shown: what they say of themselves, and what Swarm says of their tasks. */
@Injectable()
export class RoutersService {
  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
    private readonly services: RouterServices,
    private readonly reports: RouterReports,
    private readonly configs: RouterConfigs,
  ) {}

  list(filter: RouterFilter, page: PageRequest): Page<Router> {
    const service = filter.service ? this.visible.resolve('service', filter.service).id : null;
    const node = filter.node ? this.visible.resolve('node', filter.node).id : null;
    const matches = this.seenBy(asker()).filter(
      (router) =>
        (service === null || router.serviceId === service) &&
        (node === null || router.nodeId === node) &&
        fits<string>(router.state, filter.state),
    );
    return paginate(matches, ROUTER_ORDER, page);
  }

  /** The router that an id or a unique prefix of it means. Fails `not-found`, `ambiguous`. */
  get(reference: string): Router {
    const routers = this.seenBy(asker()).map((router) => ({ ...router, version: 0 }));
    const directory = {
      get: (id: string) => routers.find((router) => router.id === id),
      named: () => [],
      withIdPrefix: (prefix: string) => routers.filter((router) => router.id.startsWith(prefix)),
    };
    const { version: _version, ...router } = resolve('router', directory, reference);
    return router;
  }

  /** Those that somebody may see, without networks that they may not, in the order of their lists. */
  seenBy(by: Principal): Router[] {
    const { networks, sight } = this.networksFor(by);
    return this.all()
      .filter(({ id }) => by.rights.may('view', 'router', { id, name: id }))
      .map((router) =>
        sight === null
          ? router
          : { ...router, networks: router.networks.filter(({ id }) => networks.get(id) !== undefined) },
      );
  }

  private networksFor(by: Principal) {
    const view = this.visible.to(by);
    return { networks: view.networks, sight: view.sight('network') };
  }

  /** All of them, in the order of their lists. */
  all(): Router[] {
    this.state.assertSynced();
    const now = performance.now();
    const heard = new Map(this.reports.all(now).map((router) => [router.report.id, router]));
    const tasks = [...this.services.all.keys()].flatMap((id) => this.state.tasks.by('service', id));
    const silent = tasks.filter((task) => !heard.has(task.id) && isWanted(task) && !hasEnded(task));
    return [
      ...[...heard.values()].map((router) => this.heard(router, now)),
      ...silent.map((task) => this.silent(task)),
    ].sort((a, b) => ROUTER_ORDER.compare(a, b));
  }

  /** Takes in what a router says of itself. Fails `invalid`, `too-many`. */
  report(id: string, body: unknown): void {
    refuse(checkRouterReport(body));
    const report = body as RouterReport;
    refuse(report.id === id ? [] : [{ pointer: '/id', detail: 'It is not the router that the path names.' }]);
    this.reports.take(report);
  }

  private heard({ report, at }: HeardRouter, now: number): Router {
    const task = this.state.tasks.get(report.id);
    const age = now - at;
    const { id, agentVersion, haproxyVersion, startedAt, entrypoints, config, applied, nack, problems } =
      report;
    const { reloads, runtimeChanges, lastReloadReasons } = report;
    return {
      id,
      ...this.place(task, report),
      ...stateOf(report, age, this.newest(task?.serviceId ?? null, now)),
      agentVersion,
      haproxyVersion,
      startedAt,
      entrypoints,
      configVersion: config?.version ?? null,
      appliedVersion: applied?.version ?? null,
      nack,
      problems,
      age: Math.round(age),
      reloads,
      runtimeChanges,
      lastReloadReasons,
    };
  }

  private silent(task: Task): Router {
    return {
      id: task.id,
      ...this.place(task, null),
      state: 'starting',
      reason: reasonOfTask(task),
      agentVersion: null,
      haproxyVersion: null,
      startedAt: null,
      entrypoints: { http: null, https: null },
      configVersion: null,
      appliedVersion: null,
      nack: null,
      problems: [],
      age: null,
      reloads: 0,
      runtimeChanges: 0,
      lastReloadReasons: [],
    };
  }

  /** Where it is: by what Swarm says where it is a task. */
  private place(
    task: Task | undefined,
    report: Pick<RouterReport, 'nodeId' | 'nodeHostname'> | null,
  ): Pick<Router, 'nodeId' | 'nodeHostname' | 'serviceId' | 'service' | 'networks'> {
    const nodeId = task?.nodeId ?? report?.nodeId ?? null;
    const networks = new Set(task?.addresses.map(({ networkId }) => networkId));
    return {
      nodeId,
      nodeHostname: this.state.nodes.get(nodeId ?? '')?.hostname ?? report?.nodeHostname ?? null,
      serviceId: task?.serviceId ?? null,
      service: task?.serviceName ?? null,
      networks: [...networks].flatMap((id) => {
        const network = this.state.networks.get(id);
        return network && !network.ingress ? { id, name: network.name } : [];
      }),
    };
  }

  private newest(serviceId: string | null, now: number): NewestConfig {
    return { hash: this.configs.of(serviceId).hash, age: now - this.configs.changedAt };
  }
}
