import { randomBytes } from 'node:crypto';
import { routerReport } from '../../factories/router.ts';
import { FakeSwarm } from '../../fakes/fake-swarm.ts';
import { makeCertificate } from '../certificate-maker.ts';
import { startSurface, type Surface } from '../surface.ts';
import { Subject } from './subject.ts';

const STACK = 'com.docker.stack.namespace';

/** The id of a router of others. */
const ROUTER = '0123456789abcdef';

/** By what an object is referred to: one of the stack, and one of another, by its name and by its id. */
export interface References {
  readonly own: string;
  readonly name: string;
  readonly id: string;
}

/**
 * What belongs to others only: names, labels, values and hosts with `canary` in them, the subnet of a network, and the
 * addresses of machines.
 */
export const CANARY = /canary[\w*-]*(?:\.[\w*-]+)*|10\.77\.\d+\.\d+|192\.0\.2\.\d+/gi;

/** A swarm with a stack of somebody, `own`, and all else that of others, who have left canaries wherever they can. */
export class CanaryWorld {
  private count = 0;

  private constructor(
    readonly surface: Surface,
    private readonly swarm: FakeSwarm,
    readonly admin: Subject,
    readonly somebody: Subject,
  ) {}

  static async build(): Promise<CanaryWorld> {
    const labels = { 'canary-node-label': 'canary-node-value' };
    // Where a task runs is told with the task: a machine without tasks has a name that nobody else knows.
    const swarm = new FakeSwarm([
      { hostname: 'alpha', labels, engineLabels: { 'canary-engine': 'canary' } },
      { hostname: 'beta', labels },
      { hostname: 'canary-host', availability: 'drain' },
    ]);
    const surface = await startSurface({ swarm, certificateKey: randomBytes(32) });
    const admin = new Subject(surface, 'admin', surface.adminToken);
    const { body } = await admin.ask('POST', '/v1/tokens', { name: 'somebody' });
    const somebody = new Subject(surface, String(body['id']), String(body['token']));
    const world = new CanaryWorld(surface, swarm, admin, somebody);
    await world.fill();
    return world;
  }

  private async make(path: string, body: object): Promise<string> {
    const answer = await this.admin.ask('POST', `/v1/${path}`, body);
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return String(answer.body['id'] ?? answer.body['name']);
  }

  private async fill(): Promise<void> {
    const { somebody, surface, swarm } = this;
    const own = { [STACK]: 'own' };
    const others = { [STACK]: 'canary-stack', 'canary-label': 'canary-value' };
    const scope = { stacks: ['own'] };
    await this.make('access/grants', { name: 'own', subject: { token: somebody.id }, role: 'admin', scope });
    await this.make('networks', { name: 'own-net', labels: { ...own, 'io.swarmplane.router': '' } });
    const subnets = [{ subnet: '10.77.1.0/24' }];
    await this.make('networks', { name: 'canary-net', labels: others, subnets });
    await this.make('networks', {
      name: 'canary-used',
      labels: others,
      subnets: [{ subnet: '10.77.2.0/24' }],
    });
    for (const kind of ['secrets', 'configs']) {
      await this.make(kind, { name: `own-${kind}`, labels: own, data: 'Zm9v' });
      await this.make(kind, { name: `canary-${kind}`, labels: others, data: 'Zm9v' });
    }
    await this.make('services', {
      name: 'own-web',
      image: 'own-image',
      labels: own,
      networks: [{ network: 'own-net', aliases: ['own-alias'] }],
    });
    await this.make('services', {
      name: 'canary-svc',
      image: 'canary-image',
      labels: { ...others, 'com.docker.lb.hosts': 'canary-lb.example.com', 'com.docker.lb.port': '80' },
      env: { CANARY: 'canary-env' },
      hostname: 'canary-hostname',
      secrets: [{ secret: 'canary-secrets' }],
      configs: [{ config: 'canary-configs', target: '/canary' }],
      ports: [{ targetPort: 80, publishedPort: 8077 }],
      networks: [
        { network: 'own-net', aliases: ['canary-alias'] },
        { network: 'canary-net', aliases: ['canary-alias'] },
        { network: 'canary-used' },
      ],
    });
    await swarm.settled();
    const route = (name: string, host: string, service: string, path: string): object => ({
      name,
      hosts: [host],
      paths: [{ value: path }],
      backends: [{ service, port: 80 }],
    });
    await this.make('routes', route('canary-route', 'canary.example.com', 'canary-svc', '/canary-path'));
    await this.make('routes', route('canary-first', 'shared.example.com', 'canary-svc', '/'));
    await this.make('routes', route('own-route', 'own.example.com', 'own-web', '/'));
    await this.make('routes', route('own-second', 'shared.example.com', 'own-web', '/'));
    const { certificate, key } = makeCertificate({ commonName: 'canary', names: ['canary-tls.example.com'] });
    await this.make('certificates', { name: 'canary-cert', chain: certificate, key });
    await this.make('access/roles', { name: 'canary-role', rules: [{ kinds: ['node'], verbs: ['view'] }] });
    const subject = { user: 'canary:canary-user' };
    await this.make('access/grants', {
      name: 'canary-grant',
      subject,
      role: 'canary-role',
      scope: { all: true },
    });
    await this.make('tokens', { name: 'canary-token', role: 'viewer' });
    await this.make('networks/canary-used/replace', { encrypted: true });
    const router = new Subject(surface, 'router', await surface.tokenFor('router'));
    const report = routerReport({ id: ROUTER, nodeHostname: 'canary-host', agentVersion: 'canary' });
    const { status } = await router.ask('PUT', `/v1/routers/${ROUTER}/report`, report);
    if (status !== 204) throw new Error(`A report of a router was answered with ${status}.`);
    const service = swarm.all('service').find(({ name }) => name === 'canary-svc')?.id ?? '';
    swarm.gateway.logs.write(service, 'canary-log-line');
    await swarm.settled();
  }

  /** By what each kind of object is referred to, as paths and arguments call it. */
  async references(): Promise<Readonly<Record<string, References>>> {
    const all = {
      network: 'networks',
      service: 'services',
      secret: 'secrets',
      config: 'configs',
      route: 'routes',
      certificate: 'certificates',
      node: 'nodes',
      operation: 'operations',
      token: 'tokens',
      grant: 'access/grants',
    };
    const references: Record<string, References> = {
      role: { own: 'own-role', name: 'canary-role', id: 'canary-role' },
      router: { own: 'own-router', name: ROUTER, id: ROUTER },
      name: { own: 'own-web', name: 'canary-svc', id: 'tasks.canary-svc' },
      host: { own: 'own.example.com', name: 'canary.example.com', id: 'shared.example.com' },
      object: { own: 'service/own-web', name: 'service/canary-svc', id: 'network/canary-net' },
    };
    for (const [kind, path] of Object.entries(all)) {
      const { body } = await this.admin.ask('GET', `/v1/${path}?limit=1000`);
      const items = body['items'] as { id: string; name?: string; hostname?: string }[];
      const called = ({ name, hostname, id }: (typeof items)[number]): string => name ?? hostname ?? id;
      const hidden =
        items.find((item) => /^canary/.test(called(item)) && called(item) !== 'canary-used') ??
        items.find((item) => !/^own/.test(called(item)));
      const mine = items.find((item) => /^own-(?!second)/.test(called(item)));
      if (!hidden) throw new Error(`There is no ${kind} of others.`);
      references[kind] = { own: mine?.id ?? `own-${kind}`, name: called(hidden), id: hidden.id };
    }
    const taskOf = (service: string): string =>
      this.swarm.all('task').find(({ serviceName }) => serviceName === service)?.id ?? '';
    references['task'] = { own: taskOf('own-web'), name: taskOf('canary-svc'), id: taskOf('canary-svc') };
    const service = references['service'] as References;
    return { ...references, from: service, to: service };
  }

  /** Others change all that they have, and at last the own service changes. */
  async churn(): Promise<void> {
    const { admin, swarm } = this;
    const label = `canary-churn-${this.count++}`;
    for (const node of swarm.all('node')) swarm.changeNode(node.id, { labels: { [label]: 'canary' } });
    await admin.ask('PATCH', '/v1/services/canary-svc', {
      labels: { [label]: 'canary' },
      env: { CANARY: label },
    });
    const network = await this.make('networks', { name: label });
    const service = await this.make('services', {
      name: label,
      image: 'canary',
      networks: [{ network: label }],
    });
    const backends = [{ service: 'canary-svc', port: 80 }];
    const route = await this.make('routes', { name: label, hosts: [`${label}.example.com`], backends });
    await swarm.settled();
    for (const path of [`routes/${route}`, `services/${service}`, `networks/${network}?detach=true`]) {
      await admin.ask('DELETE', `/v1/${path}`);
      await swarm.settled();
    }
    const canary = swarm.all('service').find(({ name }) => name === 'canary-svc')?.id ?? '';
    swarm.gateway.logs.write(canary, label);
    await admin.ask('POST', '/v1/services/own-web/scale', { replicas: 2 });
    await swarm.settled();
    await admin.ask('PATCH', '/v1/services/own-web', { labels: { changed: label.replace('canary', 'own') } });
    await swarm.settled();
  }

  close(): Promise<void> {
    return this.surface.close();
  }
}
