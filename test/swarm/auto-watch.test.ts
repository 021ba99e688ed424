import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startPrivateEngine } from '../../scripts/engine/private-engine.ts';
import type { DomainError } from '../../src/domain/errors.ts';
import { completeSpec } from '../../src/domain/service-defaults.ts';
import { ClusterState } from '../../src/swarm/cluster-state.ts';
import { chooseSource } from '../../src/swarm/choose-source.ts';
import { dockerOptions } from '../../src/swarm/docker/docker-endpoint.ts';
import { DockerGateway } from '../../src/swarm/docker/docker-gateway.ts';
import { dockerHints } from '../../src/swarm/docker/docker-hints.ts';
import { feed } from '../../src/swarm/feed.ts';
import { PollingWatch } from '../../src/swarm/poll/polling-watch.ts';
import type { Service } from '../../src/services/services.types.ts';
import { NOWHERE } from '../conformance/workbench.ts';
import { engineApi } from '../support/engine-api.ts';
import { PACE } from '../../src/swarm/poll/pace.ts';
import { startRealServer, type RealServer } from '../support/real-server.ts';

const { dockerHost, controlSocket } = inject('engine');
const suffix = randomBytes(4).toString('hex');
const LABELS = { 'swarmplane.test': suffix };

/** The engine over TCP, as it is for a server on another machine. */
class Relay {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  async listen(): Promise<string> {
    this.server = createServer((client) => {
      const engine = createConnection(dockerHost.slice('unix://'.length));
      for (const socket of [client, engine]) {
        this.sockets.add(socket);
        socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
      }
      client.pipe(engine).pipe(client);
    });
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
    return `tcp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

const relay = new Relay();
const directory = mkdtempSync(join(tmpdir(), 'auto-'));
const nowhere = join(directory, 'control.sock');
const docker = engineApi(dockerHost);
const lines: string[] = [];
let server: RealServer;

function portsOf(host: string, socket: string | null) {
  const gateway = new DockerGateway(dockerOptions({ host, tlsVerify: false, certPath: null }), 10_000);
  const log = { log: (line: string): void => void lines.push(line), warn: (): void => {} };
  return { gateway, source: chooseSource({ watch: 'auto', controlSocket: socket }, gateway, log) };
}

beforeAll(async () => {
  server = await startRealServer(portsOf(await relay.listen(), nowhere));
});
afterAll(async () => {
  await server?.close();
  const filters = encodeURIComponent(JSON.stringify({ label: [`swarmplane.test=${suffix}`] }));
  for (const { ID } of (await docker.get(`/services?filters=${filters}`)) as { ID: string }[]) {
    await docker.send('DELETE', `/services/${ID}`);
  }
  relay.close();
  rmSync(directory, { recursive: true });
});

describe('an engine over TCP whose control socket is out of reach', () => {
  it('is polled, and the log says so', () => {
    expect(lines).toEqual([
      expect.stringContaining(`Changes come from poll: the control socket ${nowhere} does not answer (`),
    ]);
  });

  it('serves reads and writes, and tells of tasks after it was quiet for a while', async () => {
    const created = (
      await server.rest
        .post('/v1/services')
        .send({
          name: `polled-${suffix}`,
          image: 'busybox',
          command: ['sleep', '3600'],
          stopGracePeriod: 100,
          labels: LABELS,
        })
        .expect(201)
    ).body as Service;
    const isRunning = (state: string, desired: string): boolean =>
      state === 'running' && desired === 'running';
    const running = (): number =>
      server.state.tasks.by('service', created.id).filter((task) => isRunning(task.state, task.desiredState))
        .length;
    await server.state.until(() => (running() === 1 ? true : undefined), 30_000);

    // Until nothing has happened for long enough that polling is slow: it must become quick by itself.
    await new Promise((resolve) => setTimeout(resolve, PACE.settleMs + 500));
    await server.rest.post(`/v1/services/${created.id}/scale`).send({ replicas: 3 }).expect(200);
    expect(await server.state.until(() => (running() === 3 ? true : undefined), 30_000)).toBe(true);
    const filters = encodeURIComponent(JSON.stringify({ service: [created.id] }));
    const tasks = (await docker.get(`/tasks?filters=${filters}`)) as {
      DesiredState: string;
      Status: { State: string };
    }[];
    expect(tasks.filter((task) => isRunning(task.Status.State, task.DesiredState))).toHaveLength(3);
  });
});

describe('an engine whose control socket answers', () => {
  it('is followed through swarmkit, also over TCP when the socket is named', async () => {
    lines.length = 0;
    const second = new Relay();
    const followed = await startRealServer(portsOf(await second.listen(), controlSocket));
    expect(lines).toEqual([`Changes come from swarmkit: its control socket ${controlSocket} answers.`]);
    await followed.close();
    second.close();
  });
});

describe('an engine that crashes while it is polled', () => {
  it('is polled again when it is back, and nothing is told gone in between', async () => {
    const engine = await startPrivateEngine({ allowShared: false });
    const gateway = new DockerGateway(
      dockerOptions({ host: engine.dockerHost, tlsVerify: false, certPath: null }),
      10_000,
    );
    const spec = (name: string) => completeSpec({ name, image: 'busybox', replicas: 3, ...NOWHERE });
    const state = new ClusterState();
    const removed: string[] = [];
    state.subscribe((changes) =>
      removed.push(...changes.filter(({ type }) => type === 'REMOVED').map(({ object }) => object.id)),
    );
    const stop = new AbortController();
    const feeding = feed(
      state,
      new PollingWatch(gateway, dockerHints(gateway)),
      (failure) => Promise.resolve(failure as DomainError),
      stop.signal,
      { log: () => {}, warn: () => {} },
    );
    try {
      await gateway.createService(spec('before'));
      await state.until(() => (state.tasks.size === 3 ? true : undefined), 10_000);
      await engine.kill();
      expect(await state.until(() => (state.staleSince === null ? undefined : true), 10_000)).toBe(true);
      await engine.start();
      expect(await state.until(() => (state.staleSince === null ? true : undefined), 20_000)).toBe(true);
      await gateway.createService(spec('after'));
      expect(await state.until(() => (state.tasks.size === 6 ? true : undefined), 10_000)).toBe(true);
      expect(removed).toEqual([]);
    } finally {
      stop.abort();
      await feeding;
      await engine.stop();
    }
  });
});
