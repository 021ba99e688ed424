import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPrivateEngine, type PrivateEngine } from '../../scripts/engine/private-engine.ts';
import { DomainError } from '../../src/domain/errors.ts';
import { ClusterState } from '../../src/swarm/cluster-state.ts';
import { feed, FeedStatistics } from '../../src/swarm/feed.ts';
import { SwarmkitWatch } from '../../src/swarm/watch/swarmkit-watch.ts';
import { CuttableSocket } from '../support/cuttable-socket.ts';
import { engineApi, type EngineApi } from '../support/engine-api.ts';

const SERVICES = 10;
const CHANGES = 1_000;
const CUTS = 20;

interface DockerService {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly Spec: { Labels: Record<string, string> };
}

let engine: PrivateEngine;
let docker: EngineApi;
let socket: CuttableSocket;

beforeAll(async () => {
  // The engine is killed, so it is this file's own.
  engine = await startPrivateEngine({ allowShared: false });
  docker = engineApi(engine.dockerHost);
  socket = await CuttableSocket.before(engine.controlSocket);
});

afterAll(async () => {
  await socket?.close();
  await engine?.stop();
});

/** Follows the swarm through the socket that can be cut. */
function follow(): { state: ClusterState; statistics: FeedStatistics; stop: () => Promise<void> } {
  const state = new ClusterState();
  const statistics = new FeedStatistics();
  const stopped = new AbortController();
  const feeding = feed(
    state,
    new SwarmkitWatch(socket.path),
    (cause) => Promise.resolve(new DomainError('engine-unreachable', 'cut off', { cause })),
    stopped.signal,
    { log: () => {}, warn: () => {} },
    statistics,
  );
  return {
    state,
    statistics,
    stop: async () => {
      stopped.abort();
      await feeding;
    },
  };
}

/** One write that is made in spite of an engine that is away for a moment, or a version that moved. */
async function writeLabel(id: string, change: number): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      const { Version, Spec } = (await docker.get(`/services/${id}`)) as DockerService;
      if (Spec.Labels['change'] === String(change)) return;
      Spec.Labels['change'] = String(change);
      await docker.send('POST', `/services/${id}/update?version=${Version.Index}`, Spec);
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

describe('the state, whatever happens to its stream', () => {
  it(`loses none of ${CHANGES} changes, and tells none twice, while the stream is cut ${CUTS} times and the daemon is killed`, async () => {
    const ids: string[] = [];
    for (let index = 0; index < SERVICES; index++) {
      const { ID } = (await docker.send('POST', '/services/create', {
        Name: `writer-${index}`,
        Labels: { change: 'none' },
        TaskTemplate: {
          ContainerSpec: { Image: 'busybox' },
          Placement: { Constraints: ['node.labels.none==yes'] },
        },
        Mode: { Replicated: { Replicas: 1 } },
      })) as { ID: string };
      ids.push(ID);
    }
    const { state, statistics, stop } = follow();
    await state.until(() => (state.hasSynced && state.services.size === SERVICES ? true : undefined), 10_000);

    const told = new Set<string>();
    const twice: string[] = [];
    const backwards: string[] = [];
    const changesTold: string[] = [];
    state.subscribe((changes) => {
      for (const change of changes) {
        const { kind, object, previous, type } = change;
        const telling = `${kind}/${object.id}@${object.version}`;
        // A node's manager status is the one thing that changes without a version.
        if (kind !== 'node' && type !== 'REMOVED' && told.has(telling)) twice.push(telling);
        if (previous && previous.version > object.version) backwards.push(telling);
        told.add(telling);
        if (change.kind !== 'service') continue;
        const label = change.object.labels['change'];
        if (label !== undefined && label !== change.previous?.labels['change']) changesTold.push(label);
      }
    });

    for (let change = 0; change < CHANGES; change++) {
      await writeLabel(ids[change % SERVICES] ?? '', change);
      if (change % (CHANGES / CUTS) === CHANGES / CUTS / 2) {
        await state.until(() => (state.staleSince === null ? true : undefined), 10_000);
        socket.cut();
      }
      if (change === CHANGES / 2) {
        await engine.kill();
        await engine.start();
      }
    }
    const last = (index: number): string => String(CHANGES - SERVICES + index);
    const caughtUp = await state.until(
      () =>
        ids.every((id, index) => state.services.get(id)?.labels['change'] === last(index)) ? true : undefined,
      20_000,
    );
    await stop();

    expect(caughtUp).toBe(true);
    expect(backwards).toEqual([]);
    expect(twice).toEqual([]);
    expect(statistics.failures).toBeGreaterThanOrEqual(CUTS);
    // Every cut was resumed rather than listed again, so that not even an intermediate state was missed.
    expect(statistics).toMatchObject({ snapshots: 1 });
    expect(statistics.resumptions).toBeGreaterThanOrEqual(CUTS);
    expect(changesTold).toEqual(Array.from({ length: CHANGES }, (_, change) => String(change)));
  }, 180_000);

  it('notices within ten seconds that a manager hangs, and goes on when it answers again', async () => {
    const { state, stop } = follow();
    await state.until(() => (state.hasSynced && state.staleSince === null ? true : undefined), 10_000);
    const heldAt = performance.now();
    socket.hold();
    const noticed = await state.until(() => (state.staleSince === null ? undefined : true), 12_000);
    expect(noticed).toBe(true);
    expect(performance.now() - heldAt).toBeLessThan(10_000);
    socket.release();
    socket.cut();
    expect(await state.until(() => (state.staleSince === null ? true : undefined), 15_000)).toBe(true);
    await stop();
  }, 60_000);

  it('lists again, once, when the swarm is another one, and forgets the old', async () => {
    const { state, statistics, stop } = follow();
    await state.until(() => (state.hasSynced && state.services.size === SERVICES ? true : undefined), 10_000);
    await engine.client.swarmLeave(true);
    await engine.client.swarmInit('192.168.99.11');
    const gone = await state.until(
      () => (state.services.size === 0 && state.nodes.size === 1 ? true : undefined),
      20_000,
    );
    await stop();
    expect(gone).toBe(true);
    expect(statistics.snapshots).toBe(2);
    expect(statistics.resumptions).toBe(0);
  }, 60_000);
});
