import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineClient } from './engine-client.ts';
import type { NodeNamespace } from './node-namespace.ts';
import { pause } from '../progress.ts';

const START_DEADLINE_MS = 60_000;

/** A Docker engine running inside a simulated node. Its sockets are on the shared file system, so outsiders reach them. */
export interface NodeEngine {
  /** unix:///… */
  readonly dockerHost: string;
  /** Path of swarmkit's control socket; it exists while the node is a swarm manager. */
  readonly controlSocket: string;
  readonly client: EngineClient;
}

/** Starts dockerd inside a node and waits until it answers. Rejects with the end of its log when it does not. */
export async function startNodeEngine(
  node: NodeNamespace,
  options: { cgroupName: string; nameServer?: string; tcp?: boolean },
): Promise<NodeEngine> {
  const { cgroupName, nameServer, tcp = false } = options;
  const state = node.stateDirectory;
  const socket = join(state, 'docker.sock');
  const logFile = join(state, 'dockerd.log');
  const configFile = join(state, 'daemon.json');
  // A configuration file of its own keeps the machine's /etc/docker/daemon.json out.
  writeFileSync(
    configFile,
    JSON.stringify({
      'data-root': join(state, 'data'),
      'exec-root': join(state, 'exec'),
      pidfile: join(state, 'dockerd.pid'),
      hosts: [`unix://${socket}`, ...(tcp ? ['tcp://127.0.0.1:2375'] : [])],
      // Nothing but what is in the namespace reaches its loopback.
      ...(tcp ? { tls: false } : {}),
      'cgroup-parent': `/${cgroupName}`,
      'exec-opts': ['native.cgroupdriver=cgroupfs'],
      // Where containers' questions for names outside the swarm go.
      ...(nameServer ? { dns: [nameServer] } : {}),
    }),
  );
  rmSync(socket, { force: true });
  const log = openSync(logFile, 'a');
  const [program = '', ...args] = node.enterCommand(['dockerd', '--config-file', configFile]);
  const child = spawn(program, args, { stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  let ended = false;
  child.on('error', () => (ended = true));
  child.on('exit', () => (ended = true));
  child.unref();

  const client = new EngineClient({ host: `unix://${socket}`, verify: false, source: 'DOCKER_HOST' });
  const deadline = performance.now() + START_DEADLINE_MS;
  while (!ended && performance.now() < deadline) {
    try {
      await client.ping(1_000);
      return {
        dockerHost: `unix://${socket}`,
        controlSocket: join(state, 'exec', 'swarm', 'control.sock'),
        client,
      };
    } catch {
      await pause(50);
    }
  }
  const tail = readFileSync(logFile, 'utf8').trim().split('\n').slice(-15).join('\n');
  throw new Error(`dockerd did not start in ${state}:\n${tail}`);
}
