import fc from 'fast-check';
import { FakeSwarm } from '../../fakes/fake-swarm.ts';
import { bodyOf, startSurface, type Surface } from '../surface.ts';
import type { Followed } from './follower.ts';
import { Subject } from './subject.ts';

export const STACK_LABEL = 'com.docker.stack.namespace';
export const SHOWN_KINDS = ['network', 'service', 'task', 'node', 'secret', 'config', 'route'] as const;
export type ShownKind = (typeof SHOWN_KINDS)[number];

type Labels = Readonly<Record<string, string>>;

/** An object of a world, with what rights can go by. */
export interface Thing {
  readonly kind: ShownKind;
  readonly id: string;
  readonly name: string;
  /** As scopes can name it: `network/front`, `network/<id>`. Tasks go by the names of their service. */
  readonly calls: readonly string[];
  /** Of tasks and routes: those of their service. */
  readonly labels: Labels;
  readonly hosts: readonly string[];
}

/** Which objects hang on which in GraphQL: ids by `<id> <field>`. */
export type Relations = ReadonlyMap<string, ReadonlySet<string>>;

/** What a world is built from. */
interface Plan {
  readonly nodes: readonly Labels[];
  readonly networks: readonly Labels[];
  readonly services: readonly { readonly labels: Labels; readonly replicas: number; readonly on: number }[];
  readonly files: readonly Labels[];
  readonly hosts: readonly string[];
}

export const PREFIXES = ['pay', 'shop'] as const;
export const STACKS = ['pay', 'shop', 'web'] as const;
export const TEAMS = ['a', 'b'] as const;
export const HOSTS = ['a.pay.corp', 'b.pay.corp', 'shop.corp', 'www.shop.corp'] as const;

export const anyLabels: fc.Arbitrary<Labels> = fc.record(
  { [STACK_LABEL]: fc.constantFrom(...STACKS), team: fc.constantFrom(...TEAMS), tier: fc.constant('') },
  { requiredKeys: [] },
);
const several = <T>(one: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> =>
  fc.array(one, { minLength: length, maxLength: length });

export const anyWorld: fc.Arbitrary<Plan> = fc.record({
  nodes: several(anyLabels, 4),
  networks: several(anyLabels, 9),
  services: several(
    fc.record({ labels: anyLabels, replicas: fc.integer({ min: 1, max: 2 }), on: fc.nat() }),
    12,
  ),
  files: several(anyLabels, 8),
  hosts: several(fc.constantFrom(...HOSTS), 5),
});

/** What everybody who follows changes can be let see, to know that all changes have been told. */
export const SENTINEL = 'sentinel';

/** A server over a swarm of some dozens of objects. */
export class World {
  private constructor(
    readonly surface: Surface,
    readonly swarm: FakeSwarm,
  ) {}

  static async build(plan: Plan): Promise<World> {
    const nameOf = (index: number, what: string): string => `${PREFIXES[index % 2] ?? ''}-${what}-${index}`;
    const [first, ...others] = plan.nodes.map((labels, index) => ({
      labels,
      hostname: nameOf(index, 'node'),
    }));
    const swarm = new FakeSwarm([{ ...first }, ...others, { hostname: SENTINEL }]);
    const surface = await startSurface({ swarm });
    const admin = new Subject(surface, 'admin', surface.adminToken);
    const make = async (path: string, body: object): Promise<void> => {
      const answer = await admin.ask('POST', `/v1/${path}`, body);
      if (answer.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    };
    // The first is that of the routers, and every other service is on it: routes lead to these.
    const networks = plan.networks.map((labels, index) => ({
      name: nameOf(index, 'net'),
      labels: index === 0 ? { ...labels, 'io.swarmplane.router': '' } : labels,
    }));
    for (const network of [...networks, { name: SENTINEL }]) await make('networks', network);
    for (const [index, labels] of plan.files.entries()) {
      const kind = index < plan.files.length / 2 ? 'secrets' : 'configs';
      await make(kind, { name: nameOf(index, 'file'), labels, data: 'Zm9v' });
    }
    for (const [index, { labels, replicas, on }] of plan.services.entries()) {
      const places = new Set([on, index % 2 ? on + index : 0].map((at) => at % networks.length));
      const joined = [...places].map((at) => ({ network: networks[at]?.name }));
      await make('services', {
        name: nameOf(index, 'svc'),
        image: 'nginx',
        labels,
        replicas,
        networks: joined,
      });
    }
    await make('services', { name: SENTINEL, image: 'nginx' });
    for (const [index, host] of plan.hosts.entries()) {
      const backends = [{ service: nameOf(index * 2, 'svc'), port: 80 }];
      await make('routes', {
        name: nameOf(index, 'route'),
        hosts: [host],
        paths: [{ value: `/${index}` }],
        backends,
      });
    }
    await swarm.settled();
    return new World(surface, swarm);
  }

  /** All that there is, as the engine has it. */
  async things(): Promise<Thing[]> {
    const { surface, swarm } = this;
    const services = new Map(swarm.all('service').map((service) => [service.id, service]));
    const plain = (
      kind: ShownKind,
      { id, name, labels }: { id: string; name: string; labels: Labels },
    ): Thing => ({
      kind,
      id,
      name,
      calls: [`${kind}/${name}`, `${kind}/${id}`],
      labels,
      hosts: [],
    });
    const listed = async <T>(path: string): Promise<T[]> =>
      bodyOf<{ items: T[] }>(await surface.rest.get(`/v1/${path}?limit=1000`).expect(200)).items;
    const routes = await listed<{
      id: string;
      name: string;
      hosts: string[];
      backends: { service: string }[];
    }>('routes');
    return [
      ...swarm.all('network').map((network) => plain('network', network)),
      ...swarm.all('node').map((node) => plain('node', { ...node, name: node.hostname })),
      ...[...services.values()].map((service) => plain('service', service)),
      ...swarm.all('task').flatMap(({ id, serviceId }): Thing[] => {
        const service = services.get(serviceId ?? '');
        const calls = ['task', 'service'].flatMap((word) => [
          `${word}/${service?.name}`,
          `${word}/${service?.id}`,
        ]);
        return service ? [{ ...plain('task', service), id, calls }] : [];
      }),
      ...(await listed<Parameters<typeof plain>[1]>('secrets')).map((file) => plain('secret', file)),
      ...(await listed<Parameters<typeof plain>[1]>('configs')).map((file) => plain('config', file)),
      ...routes.map(({ id, name, hosts, backends }): Thing => {
        const [backend] = backends;
        const service = [...services.values()].find((one) => one.name === backend?.service);
        const route = plain('route', { id, name, labels: service?.labels ?? {} });
        return { ...route, hosts, calls: [...route.calls, `service of ${service?.name}`] };
      }),
    ];
  }

  relations(things: readonly Thing[]): Relations {
    const relations = new Map<string, Set<string>>();
    const relate = (id: string, field: string, other: string, back: string): void => {
      for (const [one, name, two] of [
        [id, field, other],
        [other, back, id],
      ] as const) {
        relations.set(`${one} ${name}`, (relations.get(`${one} ${name}`) ?? new Set()).add(two));
      }
    };
    for (const { id, networks } of this.swarm.all('service')) {
      for (const { networkId } of networks) relate(id, 'networks', networkId, 'services');
    }
    for (const { id, serviceId, nodeId, addresses } of this.swarm.all('task')) {
      if (serviceId !== null) relate(id, 'service', serviceId, 'tasks');
      if (nodeId !== null) relate(id, 'node', nodeId, 'tasks');
      for (const { networkId } of addresses) relate(networkId, 'tasks', id, 'networks');
    }
    for (const { id, calls } of things.filter(({ kind }) => kind === 'route')) {
      const service = this.swarm.all('service').find(({ name }) => calls.includes(`service of ${name}`));
      if (service) relate(service.id, 'routes', id, 'service');
    }
    return relations;
  }

  /** Writes objects anew as they are, but for what is changed; those of `labels` get these. */
  touch(kind: Followed, labels: ReadonlyMap<string, Labels>): void {
    const { state } = this.surface;
    state.apply(
      [...labels].flatMap(([id, after]) => {
        const object = state.of(kind).get(id);
        if (!object) throw new Error(`There is no ${kind} ${id}.`);
        const changed = kind === 'task' ? object : { ...object, labels: after };
        return [{ type: 'upsert', kind, object: { ...changed, version: object.version + 1 } } as never];
      }),
    );
  }

  close(): Promise<void> {
    return this.surface.close();
  }
}
