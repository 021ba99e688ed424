import { join } from 'node:path';
import type * as names from '../../src/discovery/network-names.ts';
import type * as state from '../../src/swarm/cluster-state.ts';
import type { Network } from '../../src/domain/network.ts';
import type { Service } from '../../src/domain/service.ts';
import type { Task } from '../../src/domain/task.ts';
import { PROJECT } from '../../scripts/project.ts';
import { median } from '../kit/figures.ts';
import { answer } from '../kit/probe.ts';

const built = async <T>(path: string): Promise<T> => (await import(join(PROJECT, 'dist', path))) as T;
const { ClusterState } = await built<typeof state>('swarm/cluster-state.js');
const { NetworkNames } = await built<typeof names>('discovery/network-names.js');

/** The objects of a swarm, as our server shows them. */
export interface Shown {
  readonly network: Network;
  readonly services: readonly Service[];
  readonly tasks: readonly Task[];
}
const ROUNDS = 15;
const CONTAINER_ID_LENGTH = 64;

answer({
  /** How long it takes to make all names, in milliseconds, as if all of the tasks were running; and how many they are. */
  make: ({ network, services, tasks }: Shown): { ms: number; count: number } => {
    const cluster = new ClusterState();
    const running = tasks.map((task, index) => ({
      ...task,
      state: 'running' as const,
      containerId: index.toString(16).padStart(8, 'c').padEnd(CONTAINER_ID_LENGTH, '0'),
    }));
    const snapshot = { node: [], network: [network], service: services, task: running, config: [] };
    cluster.apply([{ type: 'snapshot', snapshot }]);
    let count = 0;
    const figures = Array.from({ length: ROUNDS }, () => {
      const startedAt = performance.now();
      count = new NetworkNames(cluster, network).all().length;
      return performance.now() - startedAt;
    });
    return { ms: median(figures), count };
  },
});
