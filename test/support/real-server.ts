import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pino from 'pino';
import supertest from 'supertest';
import { NO_LIMITS } from '../../src/api/limits/limit-settings.ts';
import type { AppSettings } from '../../src/app.module.ts';
import { listenOnSocket } from '../../src/api/unix-socket.ts';
import { createApp } from '../../src/app.ts';
import { newToken } from '../../src/auth/token-format.ts';
import { ClusterState } from '../../src/swarm/cluster-state.ts';
import { dockerOptions } from '../../src/swarm/docker/docker-endpoint.ts';
import { DockerGateway } from '../../src/swarm/docker/docker-gateway.ts';
import type { SwarmPorts } from '../../src/swarm/swarm.module.ts';
import { SwarmkitWatch } from '../../src/swarm/watch/swarmkit-watch.ts';
import type { TestEngine } from './swarm-setup.ts';

const ENGINE_TIMEOUT_MS = 10_000;
const READY_WITHIN_MS = 10_000;

/** The real ways to the engine of the tests. */
export function realPorts(engine: Pick<TestEngine, 'dockerHost' | 'controlSocket'>): SwarmPorts {
  return {
    gateway: new DockerGateway(
      dockerOptions({ host: engine.dockerHost, tlsVerify: false, certPath: null }),
      ENGINE_TIMEOUT_MS,
    ),
    source: new SwarmkitWatch(engine.controlSocket),
  };
}

/** The server over a real engine, in this process, and what asks it. */
export interface RealServer {
  readonly rest: ReturnType<typeof supertest.agent>;
  readonly state: ClusterState;
  /** Where it listens, and what lets an admin in: for what `rest` cannot read, such as streams. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly app: NestFastifyApplication;
  close(): Promise<void>;
}

export interface RealServerOptions extends Omit<AppSettings, 'adminToken'> {
  /** False does not wait until it has read the swarm. */
  readonly ready?: boolean;
  /** Where it listens as well, for containers, which do not reach its port. */
  readonly socketPath?: string;
}

/** Starts the server on a port of its own. */
export async function startRealServer(
  ports: SwarmPorts,
  { ready = true, socketPath, ...settings }: RealServerOptions = {},
): Promise<RealServer> {
  const token = newToken();
  const app = await createApp(
    ports,
    { adminToken: token, limits: NO_LIMITS, ...settings },
    pino({ level: 'silent' }),
  );
  if (socketPath) listenOnSocket(app.getHttpAdapter().getInstance(), socketPath);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const state = app.get(ClusterState, { strict: false });
  const { port } = app.getHttpServer().address() as AddressInfo;
  if (ready && !(await state.until(() => state.hasSynced || undefined, READY_WITHIN_MS))) {
    throw new Error(`The state was not read within ${READY_WITHIN_MS} ms.`, { cause: state.unavailable });
  }
  return {
    rest: supertest.agent(`http://127.0.0.1:${port}`).set('Authorization', `Bearer ${token}`),
    state,
    url: `http://127.0.0.1:${port}`,
    headers: { Authorization: `Bearer ${token}` },
    app,
    close: () => app.close(),
  };
}
