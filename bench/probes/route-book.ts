import { join } from 'node:path';
import type * as book from '../../src/routing/route-book.ts';
import type * as records from '../../src/routing/route-records.ts';
import type * as store from '../../src/swarm/store/config-resource-store.ts';
import type * as state from '../../src/swarm/cluster-state.ts';
import type { Network } from '../../src/domain/network.ts';
import type { Service } from '../../src/domain/service.ts';
import type { Task } from '../../src/domain/task.ts';
import type { SwarmGateway } from '../../src/swarm/swarm-gateway.ts';
import { PROJECT } from '../../scripts/project.ts';
import { median } from '../kit/figures.ts';
import { answer } from '../kit/probe.ts';

const built = async <T>(path: string): Promise<T> => (await import(join(PROJECT, 'dist', path))) as T;
const { ClusterState } = await built<typeof state>('swarm/cluster-state.js');
const { ConfigResourceStore } = await built<typeof store>('swarm/store/config-resource-store.js');
const { RouteBook } = await built<typeof book>('routing/route-book.js');
const { RouteRecords } = await built<typeof records>('routing/route-records.js');

/** What our server shows of a service and of a task, and how many of each there are to be. */
export interface Sample {
  readonly service: Service;
  readonly task: Task;
  readonly routes: number;
  readonly tasksEach: number;
}

/** How many changes, or books, a figure is the median of. */
const CHANGES = 200;
const BOOKS = 7;

const NETWORK: Network = {
  id: 'edge',
  name: 'edge',
  version: 1,
  driver: 'overlay',
  scope: 'swarm',
  createdAt: '2026-01-01T00:00:00Z',
  labels: { 'io.swarmplane.router': '' },
  options: {},
  subnets: [],
  encrypted: false,
  attachable: false,
  internal: false,
  ingress: false,
  ipv6: false,
  allocated: true,
};

const labels = (index: number): Record<string, string> => ({
  'swarmplane.http.main.host': `host-${index}.example.com`,
  'swarmplane.http.main.path': '/api,/static',
  'swarmplane.http.main.port': '8080',
});

/** A service for each route, all of whose tasks run. */
function services({ service, routes }: Sample): Service[] {
  return Array.from({ length: routes }, (_, index) => ({
    ...service,
    id: `service-${index}`,
    name: `service-${index}`,
    labels: labels(index),
    networks: [{ networkId: NETWORK.id, aliases: [], driverOptions: {} }],
  }));
}

function tasks({ task, routes, tasksEach }: Sample): Task[] {
  return Array.from({ length: routes * tasksEach }, (_, index) => ({
    ...task,
    id: `task-${index}`,
    serviceId: `service-${index % routes}`,
    state: 'running' as const,
    desiredState: 'running' as const,
    addresses: [{ networkId: NETWORK.id, address: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}` }],
  }));
}

answer({
  /** In milliseconds: what one change of a task costs in a book, and what making the book costs. */
  measure: (sample: Sample): { changeMs: number; makeMs: number; servers: number } => {
    const [all, running] = [services(sample), tasks(sample)];
    const cluster = new ClusterState();
    cluster.apply([
      {
        type: 'snapshot',
        snapshot: { node: [], network: [NETWORK], service: all, task: running, config: [] },
      },
    ]);
    const kept = new ConfigResourceStore({} as SwarmGateway, cluster);
    const make = (): InstanceType<typeof RouteBook> => new RouteBook(cluster, new RouteRecords(kept));
    const made = Array.from({ length: BOOKS }, () => {
      const begun = performance.now();
      make();
      return performance.now() - begun;
    });
    // In a state of its own: the books before still follow theirs.
    const followed = new ClusterState();
    followed.apply([
      {
        type: 'snapshot',
        snapshot: { node: [], network: [NETWORK], service: all, task: running, config: [] },
      },
    ]);
    const one = new RouteBook(
      followed,
      new RouteRecords(new ConfigResourceStore({} as SwarmGateway, followed)),
    );
    let told = 0;
    one.subscribe((ids) => (told += ids.size));
    const changed = Array.from({ length: CHANGES }, (_, index) => {
      const task = running[(index * 37) % running.length] as Task;
      const object = { ...task, version: task.version + index + 1, desiredState: 'shutdown' as const };
      const begun = performance.now();
      followed.apply([{ type: 'upsert', kind: 'task', object }]);
      return performance.now() - begun;
    });
    if (told !== CHANGES) throw new Error(`${CHANGES} changes were told as ${told}.`);
    const servers = [...one.all.values()].reduce((sum, route) => sum + route.servers.length, 0);
    return { changeMs: median(changed), makeMs: median(made), servers };
  },
});
