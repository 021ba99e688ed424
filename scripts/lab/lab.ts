import { ensureLocalImages } from '../engine/local-images.ts';
import { joinSwarm, startPrivateEngine } from '../engine/private-engine.ts';
import type { PrivateEngine } from '../engine/private-engine.ts';
import { startSwitch } from './lab-switch.ts';

const READY_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 100;

/** A machine of the lab. */
export interface LabNode extends PrivateEngine {
  readonly hostname: string;
  /** Its plain address on the lab's network. */
  readonly address: string;
}

/** Several real engines on this machine, in one swarm, each with a cable to the same switch. */
export interface Lab {
  /** `node1`, which leads the swarm, `node2` … */
  readonly nodes: readonly LabNode[];
  /** The leader. */
  readonly manager: LabNode;
  /** Removes it all. */
  stop(): Promise<void>;
}

/**
 * Starts a lab with the images that the tests use. Needs what a private engine needs; rejects without.
 * @param managers how many of the nodes, from the first on, are managers
 */
export async function startLab({ nodes = 3, managers = 1 } = {}): Promise<Lab> {
  const hub = await startSwitch();
  const started: LabNode[] = [];
  const stop = async (): Promise<void> => {
    for (const node of started) await node.stop();
    hub.stop();
  };
  const start = async (number: number): Promise<LabNode> => {
    const hostname = `node${number}`;
    const address = `192.168.97.${10 + number}`;
    const interfaceName = `port${number}`;
    const engine = await startPrivateEngine({
      hostname,
      swarm: false,
      allowShared: false,
      ethernet: { address: `${address}/24`, plugInto: { pid: hub.pid, interfaceName } },
    });
    const node = { ...engine, hostname, address };
    started.push(node);
    await hub.connect(interfaceName);
    await ensureLocalImages(engine.client, { pull: false });
    return node;
  };
  try {
    const [manager, ...others] = await allOf(Array.from({ length: nodes }, (_, index) => start(index + 1)));
    if (!manager) throw new Error('A lab has at least one node.');
    await manager.client.swarmInit(manager.address);
    await allOf(
      others.map((node, index) =>
        joinSwarm(
          node.client,
          node.address,
          manager.client,
          manager.address,
          index + 1 < managers ? 'Manager' : 'Worker',
        ),
      ),
    );
    await untilReady(manager, nodes);
    return { nodes: [manager, ...others], manager, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Like `Promise.all`, but also waits for all when one rejects, so that nothing is still starting then. */
async function allOf<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}

async function untilReady({ client }: PrivateEngine, count: number): Promise<void> {
  for (let waited = 0; waited < READY_WITHIN_MS; waited += LOOK_EVERY_MS) {
    const nodes = await client.call<{ Status: { State: string } }[]>('GET', '/nodes');
    if (nodes.filter(({ Status }) => Status.State === 'ready').length === count) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`The nodes of the lab were not ready within ${READY_WITHIN_MS / 1000} s.`);
}
