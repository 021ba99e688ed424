import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { StringMap } from '../../../src/domain/object.ts';
import { EngineClient } from '../../../scripts/engine/engine-client.ts';
import { ensureSwarmplaneImage } from '../../../scripts/engine/swarmplane-image.ts';
import type { RealServerOptions } from '../real-server.ts';
import type { Route } from '../../../src/routing/routes.types.ts';
import type { Router } from '../../../src/routers/routers.types.ts';
import { engineApi, type EngineApi } from '../engine-api.ts';
import { eventually } from '../eventually.ts';
import { realPorts, startRealServer, type RealServer } from '../real-server.ts';
import type { TestEngine } from '../swarm-setup.ts';
import { EchoServices } from './echo-services.ts';
import { EngineNetwork } from './engine-network.ts';
import { FrontDoor } from './front-door.ts';

/** The name of the router service. */
export const ROUTERS = 'test-router';
/** Published on the node. */
const PORTS = { http: 28_080, https: 28_443 };
const GONE_WITHIN_MS = 40_000;
/** Less than a test may take, so that what is told is what the router says. */
const ROUTER_WITHIN_MS = 30_000;
/** The first run on a machine makes the image. */
export const OPENS_WITHIN_MS = 5 * 60_000;

export interface RouterBedWish {
  /** Networks to make for the routers, by name, with their labels. */
  readonly networks: Readonly<Record<string, StringMap>>;
  /** Names of networks to make that routers are not on. */
  readonly otherNetworks?: readonly string[];
  readonly tcpPorts?: readonly number[];
  /** Anything else of the deployment. */
  readonly deployment?: Readonly<Record<string, unknown>>;
  /** Anything else of the server. */
  readonly server?: RealServerOptions;
}

/** The server, a router that it has deployed on the engine, services that can be routed to, and a client at the door. */
export class RouterBed {
  server: RealServer;
  echoes: EchoServices;
  network: EngineNetwork;
  door: FrontDoor;
  image: string;
  readonly docker: EngineApi;
  private readonly directory = mkdtempSync(join(tmpdir(), 'swarmplane-bed-'));
  /** Survives its servers, as the file in their data directory does. */
  private readonly certificateKey = randomBytes(32);

  private constructor(
    private readonly engine: TestEngine,
    private readonly wish: RouterBedWish,
  ) {
    this.docker = engineApi(engine.dockerHost);
  }

  /** Makes all of it, and waits until the router serves. */
  static async open(engine: TestEngine, wish: RouterBedWish): Promise<RouterBed> {
    const bed = new RouterBed(engine, wish);
    try {
      await bed.make();
    } catch (error) {
      await bed.close();
      throw error;
    }
    return bed;
  }

  /** Deploys the routers, or changes how they are deployed. */
  async deploy(change: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const answer = await this.server.rest.post('/v1/routers').send({
      name: ROUTERS,
      image: this.image,
      server: `unix:${this.socketPath}`,
      httpPort: PORTS.http,
      httpsPort: PORTS.https,
      tcpPorts: this.wish.tcpPorts ?? [],
      networks: Object.keys(this.wish.networks),
      ...this.wish.deployment,
      ...change,
    });
    expect(answer.status, answer.text).toBe(200);
  }

  /** The router, as soon as it is the only one and fits. */
  async router(fits: (router: Router) => boolean, withinMs = ROUTER_WITHIN_MS): Promise<Router> {
    let last: unknown;
    return eventually(
      'the router is as it should be',
      async () => {
        const answer = await this.server.rest.get(`/v1/routers?service=${ROUTERS}`);
        const { items } = (last = answer.body) as { items?: Router[] };
        return items?.length === 1 && items[0] && fits(items[0]) ? items[0] : undefined;
      },
      withinMs,
    ).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}: ${JSON.stringify(last)}`);
    });
  }

  /** Waits until the router serves a route as it is now. */
  async untilApplied(route: string): Promise<void> {
    await eventually(`the router serves the route ${route}`, async () => {
      const answer = await this.server.rest.get(`/v1/routes/${route}`);
      const { routers } = answer.body as Route;
      return (routers?.length > 0 && routers.every(({ applied }) => applied)) || undefined;
    });
  }

  /** The container of the router that runs. */
  async container(): Promise<string> {
    const filters = encodeURIComponent(
      JSON.stringify({ label: [`com.docker.swarm.service.name=${ROUTERS}`] }),
    );
    const [found] = (await this.docker.get(`/containers/json?filters=${filters}`)) as { Id: string }[];
    if (!found) throw new Error('No container of the router runs.');
    return found.Id;
  }

  /** The processes of HAProxy: another one after each reload. */
  async haproxyPids(): Promise<string[]> {
    const { Titles, Processes } = (await this.docker.get(`/containers/${await this.container()}/top`)) as {
      Titles: string[];
      Processes: string[][];
    };
    const [pid, command] = [Titles.indexOf('PID'), Titles.indexOf('CMD')];
    return Processes.filter((row) => row[command]?.startsWith('haproxy')).map((row) => row[pid] ?? '');
  }

  /** Starts the server, where it was before. */
  async startServer(): Promise<void> {
    this.server = await startRealServer(realPorts(this.engine), {
      socketPath: this.socketPath,
      certificateKey: this.certificateKey,
      ...this.wish.server,
    });
  }

  /** Removes all of it, however far it has come. */
  async close(): Promise<void> {
    if (this.server) {
      await this.server.rest.delete(`/v1/routers/services/${ROUTERS}`);
      await this.echoes?.close();
      for (const name of this.networks) await this.removeNetwork(name);
      await this.removeVolume();
      await this.server.close();
    }
    await this.network?.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async make(): Promise<void> {
    const client = new EngineClient({ host: this.engine.dockerHost, verify: false, source: 'DOCKER_HOST' });
    this.image = await ensureSwarmplaneImage(client, { pull: this.engine.shared });
    await this.startServer();
    this.network = await EngineNetwork.open(this.engine, [
      PORTS.http,
      PORTS.https,
      ...(this.wish.tcpPorts ?? []),
    ]);
    this.door = new FrontDoor(this.network, PORTS, this.wish.deployment?.['acceptProxyProtocol'] === true);
    this.echoes = await EchoServices.open(this, this.image);
    for (const name of this.networks) {
      const network = { name, labels: this.wish.networks[name] ?? {}, attachable: true };
      await this.server.rest.post('/v1/networks').send(network).expect(201);
    }
    await this.deploy();
    await this.router((router) => router.state === 'ok');
  }

  private get networks(): string[] {
    return [...Object.keys(this.wish.networks), ...(this.wish.otherNetworks ?? [])];
  }

  private get socketPath(): string {
    return join(this.directory, 'run', 'server.sock');
  }

  /** Once the tasks on it are gone. */
  private async removeNetwork(name: string): Promise<void> {
    await eventually(
      `the network ${name} is gone`,
      async () => {
        const { status } = await this.server.rest.delete(`/v1/networks/${name}`);
        return status === 204 || status === 404 || undefined;
      },
      GONE_WITHIN_MS,
    );
  }

  /** Once the container that has it mounted is gone. */
  private async removeVolume(): Promise<void> {
    await eventually(
      'the volume of the router is gone',
      () =>
        this.docker.send('DELETE', `/volumes/${ROUTERS}-state`).then(
          () => true,
          (error: unknown) => (error as Error).message.includes(': 404 ') || undefined,
        ),
      GONE_WITHIN_MS,
    );
  }
}
