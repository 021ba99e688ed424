import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DomainError } from '../../../../src/domain/errors.ts';
import type { StringMap } from '../../../../src/domain/object.ts';
import { ClusterState } from '../../../../src/swarm/cluster-state.ts';
import type { SwarmGateway } from '../../../../src/swarm/swarm-gateway.ts';
import { ConfigResourceStore } from '../../../../src/swarm/store/config-resource-store.ts';
import { config, snapshot } from '../../../factories/domain.ts';

const LABEL = 'swarmplane.document';

/** Configs of a swarm whose changes reach the state when the test says so. */
class FakeConfigs {
  readonly state = new ClusterState();
  /** What the engine holds, by id. */
  private readonly versions = new Map<string, { name: string; version: number }>();
  private readonly pending: (() => void)[] = [];
  private index = 100;
  /** False holds changes back until `flush`. */
  live = true;

  constructor() {
    this.state.apply([{ type: 'snapshot', snapshot: snapshot() }]);
  }

  readonly gateway: Pick<SwarmGateway, 'createConfig' | 'updateConfig' | 'removeConfig'> = {
    createConfig: (name, labels) => {
      if ([...this.versions.values()].some((one) => one.name === name)) {
        return Promise.reject(new DomainError('name-taken', 'The name is taken.'));
      }
      const id = `cfg-${this.versions.size + 1}`;
      this.write(id, name, labels);
      return Promise.resolve(id);
    },
    updateConfig: (id, version, labels) => {
      const current = this.versions.get(id);
      if (!current) return Promise.reject(new DomainError('not-found', 'Gone.'));
      if (current.version !== version) {
        return Promise.reject(new DomainError('conflict', 'Somebody else changed it.'));
      }
      this.write(id, current.name, labels);
      return Promise.resolve();
    },
    removeConfig: (id) => {
      if (!this.versions.delete(id)) return Promise.reject(new DomainError('not-found', 'Gone.'));
      this.tell(() => this.state.apply([{ type: 'remove', kind: 'config', id }]));
      return Promise.resolve();
    },
  };

  /** A config that somebody else made. */
  foreign(name: string, labels: StringMap): void {
    this.write(`foreign-${this.versions.size + 1}`, name, labels);
  }

  /** Removes a config behind the back of the state. */
  vanish(id: string): void {
    this.versions.delete(id);
  }

  flush(): void {
    for (const tell of this.pending.splice(0)) tell();
  }

  private write(id: string, name: string, labels: StringMap): void {
    const version = this.index++;
    this.versions.set(id, { name, version });
    const object = config({ id, name, version, labels });
    this.tell(() => this.state.apply([{ type: 'upsert', kind: 'config', object }]));
  }

  private tell(change: () => void): void {
    if (this.live) change();
    else this.pending.push(change);
  }
}

describe('ConfigResourceStore', () => {
  let configs: FakeConfigs;
  let store: ConfigResourceStore;

  beforeEach(() => {
    vi.useFakeTimers();
    configs = new FakeConfigs();
    store = new ConfigResourceStore(configs.gateway as SwarmGateway, configs.state);
  });
  afterEach(() => void vi.useRealTimers());

  const settled = async (promise: Promise<unknown>): Promise<boolean> => {
    let done = false;
    const finish = (): void => void (done = true);
    promise.then(finish, finish);
    await vi.advanceTimersByTimeAsync(0);
    return done;
  };

  it('keeps documents by kind and id', async () => {
    const created = await store.create('token', 'a1', { name: 'first', list: [1, null, { deep: true }] });
    await store.create('token', 'b2', { name: 'second' });
    await store.create('route', 'a1', { name: 'other kind' });
    expect(created).toEqual({
      id: 'a1',
      version: 100,
      createdAt: '2026-01-01T00:00:00Z',
      updatedAt: '2026-01-01T00:00:00Z',
      document: { name: 'first', list: [1, null, { deep: true }] },
    });
    expect(store.list('token').map(({ id, document }) => [id, document])).toEqual([
      ['a1', { name: 'first', list: [1, null, { deep: true }] }],
      ['b2', { name: 'second' }],
    ]);
    expect(store.list('route')).toHaveLength(1);
    expect(store.list('nothing')).toEqual([]);
  });

  it('answers a write only once it can be read', async () => {
    configs.live = false;
    const creating = store.create('token', 'a1', { n: 1 });
    expect(await settled(creating)).toBe(false);
    configs.flush();
    const { version } = await creating;
    const updating = store.update('token', 'a1', version, { n: 2 });
    expect(await settled(updating)).toBe(false);
    configs.flush();
    expect(await updating).toMatchObject({ version: 101, document: { n: 2 } });
    const removing = store.remove('token', 'a1');
    expect(await settled(removing)).toBe(false);
    configs.flush();
    await removing;
    expect(store.list('token')).toEqual([]);
  });

  it('says that the outcome is not known when a write does not show up', async () => {
    configs.live = false;
    const creating = expect(store.create('token', 'a1', {})).rejects.toMatchObject({
      kind: 'unknown-outcome',
    });
    await vi.advanceTimersByTimeAsync(5_000);
    await creating;
  });

  it('finds what it has written where the answers are lost', async () => {
    const lost = (): never => {
      throw new DomainError('unknown-outcome', 'No answer.');
    };
    const { createConfig, updateConfig, removeConfig } = configs.gateway;
    const deaf: typeof configs.gateway = {
      createConfig: (...args) => createConfig(...args).then(lost),
      updateConfig: (...args) => updateConfig(...args).then(lost),
      removeConfig: (...args) => removeConfig(...args).then(lost),
    };
    store = new ConfigResourceStore(deaf as SwarmGateway, configs.state);
    const { version } = await store.create('token', 'a1', { n: 1 });
    expect(await store.update('token', 'a1', version, { n: 2 })).toMatchObject({ document: { n: 2 } });
    await store.remove('token', 'a1');
    expect(store.list('token')).toEqual([]);
  });

  it('takes nothing else for what it has written', async () => {
    const { createConfig } = configs.gateway;
    const other: typeof configs.gateway = {
      ...configs.gateway,
      createConfig: async (name) => {
        await createConfig(name, { [LABEL]: '{"n":0}' });
        throw new DomainError('unknown-outcome', 'No answer.');
      },
    };
    store = new ConfigResourceStore(other as SwarmGateway, configs.state);
    const creating = expect(store.create('token', 'a1', { n: 1 })).rejects.toMatchObject({
      kind: 'unknown-outcome',
    });
    await vi.advanceTimersByTimeAsync(5_000);
    await creating;
  });

  it('refuses an id that is in use', async () => {
    await store.create('token', 'a1', {});
    await expect(store.create('token', 'a1', {})).rejects.toMatchObject({ kind: 'name-taken' });
  });

  it('refuses an id that is none, before it asks the swarm', async () => {
    await expect(store.create('token', 'Not An Id', {})).rejects.toMatchObject({ kind: 'invalid' });
    expect(configs.state.configs.size).toBe(0);
  });

  it('updates only the version that is expected', async () => {
    const { version } = await store.create('token', 'a1', { n: 1 });
    await store.update('token', 'a1', version, { n: 2 });
    await expect(store.update('token', 'a1', version, { n: 3 })).rejects.toMatchObject({ kind: 'conflict' });
    expect(store.list('token')).toMatchObject([{ document: { n: 2 } }]);
  });

  it('finds nothing to update or remove under an id that is not there', async () => {
    await expect(store.update('token', 'a1', 1, {})).rejects.toMatchObject({ kind: 'not-found' });
    await expect(store.remove('token', 'a1')).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('takes a document for removed when somebody else was quicker', async () => {
    await store.create('token', 'a1', {});
    configs.vanish('cfg-1');
    const removing = store.remove('token', 'a1');
    configs.state.apply([{ type: 'remove', kind: 'config', id: 'cfg-1' }]);
    await expect(removing).resolves.toBeUndefined();
  });

  it.each([
    ['no label', {}],
    ['an empty label', { [LABEL]: '' }],
    ['broken JSON', { [LABEL]: '{"a":' }],
    ['null', { [LABEL]: 'null' }],
    ['a number', { [LABEL]: '42' }],
    ['a text', { [LABEL]: '"text"' }],
    ['a truth', { [LABEL]: 'true' }],
  ])('passes over a document that is none: %s', async (_, labels) => {
    await store.create('token', 'a1', { good: true });
    configs.foreign('swarmplane.token.bad', labels);
    expect(store.list('token').map(({ id }) => id)).toEqual(['a1']);
  });

  it.each(['nginx.conf', 'swarmplane.token', 'swarmplane.token.a.b', 'swarmplane.token.Bad'])(
    'passes over a config whose name is not one of ours: %s',
    (name) => {
      configs.foreign(name, { [LABEL]: '{}' });
      expect(store.list('token')).toEqual([]);
    },
  );

  it('answers the same list until something changes', async () => {
    await store.create('token', 'a1', {});
    const list = store.list('token');
    expect(store.list('token')).toBe(list);
    store.list('route');
    expect(store.list('token')).toBe(list);
    await store.create('token', 'b2', {});
    expect(store.list('token')).not.toBe(list);
    expect(list).toHaveLength(1);
  });
});
