import { basename, join } from 'node:path';
import type { CommandOptions, CommandResult } from '../command.ts';
import { findProgram, mustRun } from '../command.ts';
import { dataDirectory, UpRecord } from '../up-record.ts';
import type { EngineClient } from './engine-client.ts';
import { ensureEngine } from './ensure-engine.ts';
import { installEngine, installObstacle } from './install-engine.ts';
import { startNameServer } from './node-name-server.ts';
import { startNodeEngine } from './node-engine.ts';
import { addEthernet, bootNodeNamespace, clearNode, namespaceObstacle } from './node-namespace.ts';
import type { EthernetOptions, NodeNamespace } from './node-namespace.ts';
import { makeStateDirectory, removeLeftovers } from './node-state.ts';

const ADDRESS = '192.168.99.11';
/** A worker is plugged into its manager by one cable, with a network of its own. */
const CABLE = { worker: '192.168.98.2', manager: '192.168.98.1', interfaceName: 'worker0' };
const JOIN_DEADLINE_MS = 30_000;

/** An engine for tests. */
export interface PrivateEngine {
  /** As DOCKER_HOST spells it. */
  readonly dockerHost: string;
  /** Path of swarmkit's control socket. */
  readonly controlSocket: string;
  readonly client: EngineClient;
  /** True for an engine that is not ours alone: touch only what carries the label `swarmplane.test`. */
  readonly shared: boolean;
  /** A process in the engine's network namespace, for `nsenter -t`; 0 for a shared engine. */
  readonly netnsPid: number;
  /** Runs a command where the engine runs (its files, processes and network). A shared engine refuses. */
  exec(command: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Ends dockerd at once, as a crash does; containers go on. A shared engine refuses. */
  kill(): Promise<void>;
  /** Starts dockerd again on what it left. A shared engine refuses. */
  start(): Promise<void>;
  /** Removes the engine with everything in it. Leaves a shared engine alone. May be called again. */
  stop(): Promise<void>;
}

export interface PrivateEngineOptions {
  /** Name of the node in the swarm. */
  hostname?: string;
  /** Whether to make it a swarm of one node. Default true. */
  swarm?: boolean;
  /** Another private engine, a manager, that this one joins as a worker. One worker per manager. */
  joinAsWorkerOf?: PrivateEngine;
  /** Its address, and where its cable goes. Default: one of its own that leads nowhere. */
  ethernet?: EthernetOptions;
  /** Whether another engine of this machine will do when no private one can be made. Default true. */
  allowShared?: boolean;
  /** Whether it also listens on 127.0.0.1:2375 of its own network namespace, for what cannot use sockets. Default false. */
  tcp?: boolean;
}

/** Whether this process can make a private engine, and if not, why. Installing Docker counts as being able to. */
export async function mayStartPrivateEngine(): Promise<{ allowed: boolean; reason: string }> {
  const obstacle = (await namespaceObstacle()) ?? programObstacle();
  return { allowed: obstacle === undefined, reason: obstacle ?? '' };
}

function programObstacle(): string | undefined {
  const missing = ['dockerd', 'tini'].filter((program) => !findProgram(program));
  if (missing.length === 0) return undefined;
  const obstacle = installObstacle();
  return obstacle && `${missing.join(' and ')} not installed, and ${obstacle}`;
}

/**
 * Starts a Docker engine of our own, in its own namespaces beside whatever runs on the machine, in a swarm of one.
 * Where that is impossible it answers the machine's engine, marked `shared`. Rejects when there is neither, saying why.
 */
export async function startPrivateEngine(options: PrivateEngineOptions = {}): Promise<PrivateEngine> {
  const {
    hostname = 'node1',
    swarm = true,
    allowShared = true,
    joinAsWorkerOf: manager,
    ethernet = { address: `${ADDRESS}/24` },
    tcp = false,
  } = options;
  const address = manager ? CABLE.worker : (ethernet.address.split('/')[0] ?? '');
  const { allowed, reason } = await mayStartPrivateEngine();
  if (!allowed) {
    if (!allowShared) {
      throw new Error(
        `No private engine: ${reason}. Run as root on Linux with docker.io, tini and iproute2.`,
      );
    }
    return sharedEngine(reason);
  }
  if (!findProgram('dockerd') || !findProgram('tini')) await installEngineAndNote();

  removeLeftovers();
  const stateDirectory = makeStateDirectory();
  const cgroupName = basename(stateDirectory);
  let stopped = false;
  const clear = (): void => {
    if (!stopped) clearNode(stateDirectory, cgroupName);
    stopped = true;
    process.removeListener('exit', clear);
  };
  // A test run that is interrupted must not leave an engine behind.
  process.once('exit', clear);
  try {
    const node = await bootNodeNamespace({ stateDirectory, hostname });
    if (manager) await plugIntoManager(node, manager);
    else await addEthernet(node, ethernet);
    startNameServer(node, address);
    const start = () => startNodeEngine(node, { cgroupName, nameServer: address, tcp });
    const engine = await start();
    if (manager) await joinSwarm(engine.client, CABLE.worker, manager.client, ADDRESS);
    else if (swarm) await engine.client.swarmInit(address);
    return {
      dockerHost: engine.dockerHost,
      controlSocket: engine.controlSocket,
      client: engine.client,
      shared: false,
      netnsPid: node.init.pid,
      exec: (command, execOptions) => node.exec(command, execOptions),
      kill: async () => {
        await node.exec(['sh', '-c', `kill -KILL "$(cat ${join(stateDirectory, 'dockerd.pid')})"`]);
      },
      start: async () => {
        await start();
      },
      stop: () => Promise.resolve(clear()),
    };
  } catch (error) {
    clear();
    throw error;
  }
}

async function installEngineAndNote(): Promise<void> {
  const record = UpRecord.open(dataDirectory());
  record.update({});
  await installEngine({
    extraPackages: ['tini'],
    logFile: join(record.directory, 'apt.log'),
    onPlan: (packages) => record.addPackages(packages),
  });
}

const refuse = (): Promise<never> =>
  Promise.reject(new Error('This engine is shared: it is not ours to enter, stop or start.'));

/** One cable from the worker to the manager; each reaches the other's swarm address over it. */
async function plugIntoManager(node: NodeNamespace, manager: PrivateEngine): Promise<void> {
  const pid = manager.netnsPid;
  await addEthernet(node, {
    address: `${CABLE.worker}/24`,
    plugInto: { pid, interfaceName: CABLE.interfaceName },
  });
  const ip = (where: number, ...args: string[]): Promise<string> =>
    mustRun('nsenter', ['-t', String(where), '-n', 'ip', ...args]);
  await ip(pid, 'addr', 'add', `${CABLE.manager}/24`, 'dev', CABLE.interfaceName);
  await ip(pid, 'link', 'set', CABLE.interfaceName, 'up');
  await ip(node.init.pid, 'route', 'add', `${ADDRESS}/32`, 'via', CABLE.manager);
}

/** Lets an engine join the swarm of a manager; both addresses are plain. */
export async function joinSwarm(
  joining: EngineClient,
  address: string,
  manager: EngineClient,
  managerAddress: string,
  role: 'Worker' | 'Manager' = 'Worker',
): Promise<void> {
  const { JoinTokens } = await manager.call<{ JoinTokens: Record<string, string> }>('GET', '/swarm');
  await joining.call('POST', '/swarm/join', {
    timeoutMs: JOIN_DEADLINE_MS,
    body: {
      ListenAddr: '0.0.0.0:2377',
      AdvertiseAddr: address,
      RemoteAddrs: [`${managerAddress}:2377`],
      JoinToken: JoinTokens[role],
    },
  });
}

async function sharedEngine(reason: string): Promise<PrivateEngine> {
  process.stdout.write(`No private engine (${reason}); using the engine of this machine.\n`);
  const { client } = await ensureEngine(UpRecord.open(dataDirectory()));
  return {
    dockerHost: client.endpoint.host,
    controlSocket: process.env.SWARMPLANE_CONTROL_SOCKET ?? '/run/docker/swarm/control.sock',
    client,
    shared: true,
    netnsPid: 0,
    exec: refuse,
    kill: refuse,
    start: refuse,
    stop: () => Promise.resolve(),
  };
}
