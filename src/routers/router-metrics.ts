import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { Metrics } from '../api/metrics.ts';
import { ROUTER_STATES } from '../domain/router.ts';
import type { RoutedRoute } from '../domain/router-config.ts';
import { SERVER_STATES } from '../domain/router-report.ts';
import { RoutedRoutes } from '../routing/routed-routes.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { RouterOptions } from './router-options.ts';
import { RouterReports, serverKey } from './router-reports.ts';
import { RoutersService } from './routers.service.ts';

/** So many routes, and servers, are told of; the rest would only make Prometheus slow. By id, so always the same. */
const MAX_ROUTES = 5_000;
const MAX_SERVERS = 10_000;
const CLASSES = [1, 2, 3, 4, 5] as const;

/** Tells Prometheus of routers, and of routes by id and name; of each of their servers only where that is asked for. */
@Injectable()
export class RouterMetrics {
  constructor(
    private readonly metrics: Metrics,
    private readonly state: ClusterState,
    private readonly routers: RoutersService,
    private readonly routes: RoutedRoutes,
    private readonly reports: RouterReports,
    options: RouterOptions,
  ) {
    this.ofRouters();
    this.ofRoutes();
    if (options.serverMetrics) this.ofServers();
  }

  private ofRouters(): void {
    const all = () => (this.state.hasSynced ? this.routers.all() : []);
    const registers = [this.metrics.registry];
    new Gauge({
      name: 'swarmplane_routers',
      help: 'Routers by their state.',
      labelNames: ['state'],
      registers,
      collect() {
        const routers = all();
        for (const state of ROUTER_STATES) {
          this.set({ state }, routers.filter((router) => router.state === state).length);
        }
      },
    });
    new Gauge({
      name: 'swarmplane_router_report_age_seconds',
      help: 'Time since a router was heard of.',
      labelNames: ['router', 'node'],
      registers,
      collect() {
        this.reset();
        for (const { id, nodeHostname, age } of all()) {
          if (age !== null) this.set({ router: id, node: nodeHostname ?? '' }, age / 1000);
        }
      },
    });
    new Counter({
      name: 'swarmplane_router_reloads_total',
      help: 'How often HAProxy was reloaded, since the router began.',
      labelNames: ['router', 'node'],
      registers,
      collect() {
        this.reset();
        for (const { id, nodeHostname, reloads } of all()) {
          this.inc({ router: id, node: nodeHostname ?? '' }, reloads);
        }
      },
    });
  }

  private ofRoutes(): void {
    const labelNames = ['route', 'name'] as const;
    const registers = [this.metrics.registry];
    const { reports } = this;
    const told = (): RoutedRoute[] => this.told();
    for (const [name, help, field] of [
      ['requests', 'Requests, or connections where they are not read, over all routers.', 'requests'],
      ['received_bytes', 'Bytes from clients.', 'bytesIn'],
      ['sent_bytes', 'Bytes to clients.', 'bytesOut'],
    ] as const) {
      new Counter({
        name: `swarmplane_route_${name}_total`,
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          for (const { id, spec } of told()) {
            this.inc({ route: id, name: spec.name }, reports.totals.of(id)?.[field] ?? 0);
          }
        },
      });
    }
    new Counter({
      name: 'swarmplane_route_responses_total',
      help: 'Answers by the class of their status.',
      labelNames: [...labelNames, 'class'],
      registers,
      collect() {
        this.reset();
        for (const { id, spec } of told()) {
          const total = reports.totals.of(id);
          for (const each of CLASSES) {
            const labels = { route: id, name: spec.name, class: `${each}xx` };
            this.inc(labels, total?.[`status${each}xx`] ?? 0);
          }
        }
      },
    });
    new Gauge({
      name: 'swarmplane_route_queued',
      help: 'Requests that wait for a task, at all routers.',
      labelNames,
      registers,
      collect() {
        this.reset();
        const routers = reports.present();
        for (const { id, spec } of told()) {
          const queued = routers.reduce((sum, { routes }) => sum + (routes.get(id)?.queued ?? 0), 0);
          this.set({ route: id, name: spec.name }, queued);
        }
      },
    });
    new Gauge({
      name: 'swarmplane_route_servers',
      help: 'Tasks that routers are told to send requests of a route to.',
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const { id, spec, servers } of told()) {
          const ready = servers.filter(({ state }) => state === 'ready').length;
          this.set({ route: id, name: spec.name }, ready);
        }
      },
    });
  }

  private ofServers(): void {
    const { reports } = this;
    const told = (): RoutedRoute[] => this.told();
    new Gauge({
      name: 'swarmplane_route_server_seen',
      help: 'How many routers see a server of a route in a state.',
      labelNames: ['route', 'name', 'server', 'service', 'state'],
      registers: [this.metrics.registry],
      collect() {
        this.reset();
        const routers = reports.present();
        const servers = told().flatMap((route) => route.servers.map((server) => ({ route, server })));
        for (const { route, server } of servers.slice(0, MAX_SERVERS)) {
          const key = serverKey({ route: route.id, server: server.id, port: server.port });
          const seen = routers.flatMap((router) => router.servers.get(key)?.state ?? []);
          for (const state of SERVER_STATES) {
            const labels = {
              route: route.id,
              name: route.spec.name,
              server: server.id,
              service: server.service,
              state,
            };
            this.set(labels, seen.filter((each) => each === state).length);
          }
        }
      },
    });
  }

  private told(): RoutedRoute[] {
    const routes = [...this.routes.all.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    return routes.slice(0, MAX_ROUTES);
  }
}
