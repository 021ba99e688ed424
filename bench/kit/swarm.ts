import { pause, say } from '../../scripts/progress.ts';
import { startPrivateEngine, type PrivateEngine } from '../../scripts/engine/private-engine.ts';

/** How many services a swarm has, and how many tasks each. Zero services make an empty swarm. */
export interface SwarmShape {
  readonly services: number;
  readonly tasksEach: number;
}

/** What the goals of most benchmarks are set for. */
export const USUAL: SwarmShape = { services: 1_000, tasksEach: 10 };

/** A private engine with a swarm of one shape. Its services have no containers: no node suits them. */
export interface Swarm {
  readonly engine: PrivateEngine;
  readonly shape: SwarmShape;
  /** The ids of its networks, attached to by 1,000 services each; one at least. */
  readonly networks: readonly string[];
  /** Docker Engine's version. */
  readonly version: string;
}

/** What keeps tasks pending, with addresses and without containers. */
export const NOWHERE = { Constraints: ['node.labels.none==yes'] };
const SERVICES_PER_NETWORK = 1_000;
const MAX_NETWORKS = 100;
const CREATORS = 4;
const ADDRESS_WAIT_S = 600;

/** Starts an engine and fills it. Whoever asks for it stops it. */
export async function startSwarm(shape: SwarmShape): Promise<Swarm> {
  say(`A private engine with ${shape.services} services of ${shape.tasksEach} tasks …`);
  const engine = await startPrivateEngine({ allowShared: false, tcp: true });
  try {
    const networks = await createNetworks(engine, shape);
    await createServices(engine, shape, networks);
    await addressesGiven(engine, shape);
    const { ServerVersion } = await engine.client.info();
    return { engine, shape, networks, version: ServerVersion };
  } catch (error) {
    await engine.stop();
    throw error;
  }
}

async function createNetworks({ client }: PrivateEngine, { services }: SwarmShape): Promise<string[]> {
  const count = Math.max(1, Math.ceil(services / SERVICES_PER_NETWORK));
  if (count > MAX_NETWORKS) throw new Error(`No room for ${services} services: give them more networks.`);
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const network = await client.call<{ Id: string }>('POST', '/networks/create', {
      body: {
        Name: `bench-${index}`,
        Driver: 'overlay',
        IPAM: { Config: [{ Subnet: `10.${64 + index}.0.0/16` }] },
      },
    });
    ids.push(network.Id);
  }
  return ids;
}

async function createServices(
  { client }: PrivateEngine,
  { services, tasksEach }: SwarmShape,
  networks: readonly string[],
): Promise<void> {
  let next = 0;
  const creator = async (): Promise<void> => {
    for (let index = next++; index < services; index = next++) {
      await client.call('POST', '/services/create', {
        timeoutMs: 60_000,
        body: {
          Name: `service-${String(index).padStart(5, '0')}`,
          TaskTemplate: {
            ContainerSpec: { Image: 'busybox' },
            Placement: NOWHERE,
            Networks: [{ Target: networks[Math.floor(index / SERVICES_PER_NETWORK)] }],
          },
          Mode: { Replicated: { Replicas: tasksEach } },
        },
      });
    }
  };
  await Promise.all(Array.from({ length: CREATORS }, creator));
}

/** Tasks get their addresses one after the other. */
async function addressesGiven({ client }: PrivateEngine, { services, tasksEach }: SwarmShape): Promise<void> {
  for (const deadline = performance.now() + ADDRESS_WAIT_S * 1000; performance.now() < deadline;) {
    const askedAt = performance.now();
    const tasks = await client.call<{ NetworksAttachments?: unknown[] }[]>('GET', '/tasks', {
      timeoutMs: 120_000,
    });
    if (tasks.filter((task) => task.NetworksAttachments?.length).length >= services * tasksEach) return;
    // Asking is work for the engine that gives the addresses.
    await pause(1000 + 2 * (performance.now() - askedAt));
  }
  throw new Error(`The tasks did not get their addresses within ${ADDRESS_WAIT_S} s.`);
}
