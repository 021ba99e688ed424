import { join } from 'node:path';
import { PROJECT } from '../../scripts/project.ts';
import type * as App from '../../src/app.ts';
import type * as State from '../../src/swarm/cluster-state.ts';
import type * as Gateway from '../../src/swarm/docker/docker-gateway.ts';
import type * as Endpoint from '../../src/swarm/docker/docker-endpoint.ts';
import type * as Watch from '../../src/swarm/watch/swarmkit-watch.ts';
import type { Swarm } from './swarm.ts';

const READY_WITHIN_MS = 60_000;

/** A module as it is built: Node runs no decorators from TypeScript. */
export async function built<T>(file: string): Promise<T> {
  return (await import(join(PROJECT, 'dist', file))) as T;
}

/** Our application in this process, for what is measured inside of it. It does not listen. Close `app` at the end. */
export async function ourApp({
  dockerHost,
  controlSocket,
}: Pick<Swarm['engine'], 'dockerHost' | 'controlSocket'>) {
  const { createApp } = await built<typeof App>('app.js');
  const { ClusterState } = await built<typeof State>('swarm/cluster-state.js');
  const { DockerGateway } = await built<typeof Gateway>('swarm/docker/docker-gateway.js');
  const { dockerOptions } = await built<typeof Endpoint>('swarm/docker/docker-endpoint.js');
  const { SwarmkitWatch } = await built<typeof Watch>('swarm/watch/swarmkit-watch.js');
  const { default: pino } = await import('pino');
  const ports = {
    gateway: new DockerGateway(
      dockerOptions({ host: dockerHost, tlsVerify: false, certPath: null }),
      READY_WITHIN_MS,
    ),
    source: new SwarmkitWatch(controlSocket),
  };
  const app = await createApp(ports, { adminToken: 'bench' }, pino({ level: 'silent' }));
  await app.init();
  const state = app.get(ClusterState, { strict: false });
  if (!(await state.until(() => state.hasSynced || undefined, READY_WITHIN_MS))) {
    throw new Error('The state was not read.');
  }
  return { app, state };
}
