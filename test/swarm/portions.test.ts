import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import { DomainError } from '../../src/domain/errors.ts';
import type { SwarmObject } from '../../src/domain/object.ts';
import { ClusterState } from '../../src/swarm/cluster-state.ts';
import { feed } from '../../src/swarm/feed.ts';
import { SwarmkitWatch } from '../../src/swarm/watch/swarmkit-watch.ts';
import { engineApi } from '../support/engine-api.ts';

const engine = inject('engine');
const docker = engineApi(engine.dockerHost);
const suffix = randomBytes(3).toString('hex');
const SERVICES = 12;
const WRITES = 240;
const FOLLOWERS = 6;

interface DockerService {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly Spec: { Mode: { Replicated: { Replicas: number } } };
}
interface Listed {
  readonly ID: string;
  readonly Version: { readonly Index: number };
}

const ids: string[] = [];

beforeAll(async () => {
  for (let index = 0; index < SERVICES; index++) {
    const { ID } = (await docker.send('POST', '/services/create', {
      Name: `portion-${index}-${suffix}`,
      Labels: { 'swarmplane.test': suffix },
      TaskTemplate: {
        ContainerSpec: { Image: 'busybox' },
        Placement: { Constraints: ['node.labels.none==yes'] },
      },
      Mode: { Replicated: { Replicas: 5 } },
    })) as { ID: string };
    ids.push(ID);
  }
});

afterAll(async () => {
  for (const id of ids) await docker.send('DELETE', `/services/${id}`);
});

/** Other replicas of a service: tasks come and go, whose ids begin with any character. */
async function scale(id: string, replicas: number): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      const { Version, Spec } = (await docker.get(`/services/${id}`)) as DockerService;
      Spec.Mode.Replicated.Replicas = replicas;
      await docker.send('POST', `/services/${id}/update?version=${Version.Index}`, Spec);
      return;
    } catch (error) {
      // The orchestrator has touched the service meanwhile.
      if (attempt === 20) throw error;
    }
  }
}

/** Follows the swarm with lists in as many portions as there are first characters. */
function follow(): { state: ClusterState; told: Map<string, number>; stop: () => Promise<void> } {
  const state = new ClusterState();
  const told = new Map<string, number>();
  state.subscribe((changes: readonly Change[]) => {
    for (const { type, kind, object } of changes) {
      if (kind !== 'task') continue;
      if (type === 'REMOVED') told.delete(object.id);
      else told.set(object.id, object.version);
    }
  });
  const stopped = new AbortController();
  const feeding = feed(
    state,
    new SwarmkitWatch(engine.controlSocket, 1),
    (cause) => Promise.resolve(new DomainError('engine-unreachable', 'broken', { cause })),
    stopped.signal,
    { log: () => {}, warn: () => {} },
  );
  return {
    state,
    told,
    stop: async () => {
      stopped.abort();
      await feeding;
    },
  };
}

type Versions = readonly (readonly [id: string, version: number])[];
const inOrder = (versions: Versions): Versions => versions.toSorted(([a], [b]) => (a < b ? -1 : 1));
const ofEngine = (objects: readonly Listed[]): Versions =>
  inOrder(objects.map((object) => [object.ID, object.Version.Index]));
const ofState = (objects: readonly SwarmObject[]): Versions =>
  inOrder(objects.map((object) => [object.id, object.version]));

/** What the engine lists of our services and their tasks, and what a state holds of them. */
async function bothSides(state: ClusterState): Promise<readonly [Versions, Versions]> {
  const ours = new Set<string | null>(ids);
  const services = ((await docker.get('/services')) as Listed[]).filter(({ ID }) => ours.has(ID));
  const tasks = ((await docker.get('/tasks')) as (Listed & { readonly ServiceID: string })[]).filter(
    ({ ServiceID }) => ours.has(ServiceID),
  );
  return [
    ofEngine([...services, ...tasks]),
    ofState([
      ...state.services.all().filter(({ id }) => ours.has(id)),
      ...state.tasks.all().filter(({ serviceId }) => ours.has(serviceId)),
    ]),
  ];
}

describe('a list in portions, while tasks come and go', () => {
  it('ends with the stream as the swarm is, without an object too many or too few', async () => {
    const followers: ReturnType<typeof follow>[] = [];
    try {
      for (let write = 0; write < WRITES; write++) {
        if (write % (WRITES / FOLLOWERS) === 0) followers.push(follow());
        await scale(ids[write % SERVICES] ?? '', (write * 7) % 11);
      }
      for (const { state, told } of followers) {
        let [listed, held] = await bothSides(state);
        // The last changes are still on their way.
        for (let attempt = 0; attempt < 100 && !isDeepStrictEqual(listed, held); attempt++) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          [listed, held] = await bothSides(state);
        }
        expect(held).toEqual(listed);
        expect(inOrder([...told])).toEqual(ofState(state.tasks.all()));
      }
    } finally {
      for (const { stop } of followers) await stop();
    }
  }, 120_000);
});
