import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DomainError } from '../../../src/domain/errors.ts';
import { rolloutOf, type Rollout } from '../../../src/domain/rollout.ts';
import type { Look as LookOf } from '../../../src/api/follower.ts';
import { RolloutFollower } from '../../../src/services/rollout-follower.ts';
import { ClusterState } from '../../../src/swarm/cluster-state.ts';
import { node, service, snapshot, task } from '../../factories/domain.ts';

type Look = LookOf<Rollout>;

const SOME: Rollout = rolloutOf(service(), [], [], () => true, 0);
const at = (percent: number): Look => ({ value: { ...SOME, percent }, again: null });
const OVER: Look = { value: { ...SOME, over: true }, again: null };

const realTimeout = setTimeout;

let state: ClusterState;
let version = 10;
let looks: (Look | Error)[];
let looked: number;
let follower: RolloutFollower;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  state = new ClusterState();
  state.apply([{ type: 'snapshot', snapshot: snapshot({ service: [service()] }) }]);
  looks = [];
  looked = 0;
  follower = new RolloutFollower(state, 'svc1', () => {
    looked += 1;
    const look = looks.length > 1 ? looks.shift() : looks[0];
    return look instanceof Error ? Promise.reject(look) : Promise.resolve(look as Look);
  });
});
afterEach(() => vi.useRealTimers());

const changeTask = (serviceId = 'svc1'): void =>
  state.apply([{ type: 'upsert', kind: 'task', object: task({ id: `t${++version}`, version, serviceId }) }]);

/** Lets everything happen that needs no time. */
/** Follows until it was looked so often, and no more. A look that took long is rested from. */
async function lookedSoOften(times: number): Promise<void> {
  for (let round = 0; round < 100 && looked < times; round++) await settle();
  expect(looked).toBe(times);
}

async function settle(): Promise<void> {
  for (let count = 0; count < 5; count++) await new Promise((resolve) => setImmediate(resolve));
}

describe('RolloutFollower', () => {
  it('tells what is now, and then each state that differs', async () => {
    looks = [at(1)];
    expect((await follower.next()).value).toMatchObject({ percent: 1 });
    const next = follower.next();
    changeTask();
    await settle();
    looks = [at(2)];
    changeTask();
    expect((await next).value).toMatchObject({ percent: 2 });
    expect(looked).toBe(3);
  });

  it('looks once for all that comes in one turn, and not at what others do', async () => {
    looks = [at(1)];
    await follower.next();
    looks = [at(2)];
    const next = follower.next();
    changeTask('another');
    await settle();
    expect(looked).toBe(1);
    for (let count = 0; count < 10; count++) changeTask();
    await next;
    expect(looked).toBe(2);
    // What changed while nobody asked is one look, too.
    looks = [at(3)];
    for (let count = 0; count < 10; count++) changeTask();
    await settle();
    expect(looked).toBe(2);
    expect((await follower.next()).value).toMatchObject({ percent: 3 });
    looks = [at(4)];
    state.apply([{ type: 'upsert', kind: 'node', object: node({ version: ++version }) }]);
    expect((await follower.next()).value).toMatchObject({ percent: 4 });
  });

  it('ends after the state that is over', async () => {
    looks = [OVER];
    expect((await follower.next()).value).toMatchObject({ over: true });
    expect(await follower.next()).toEqual({ done: true, value: undefined });
    expect(looked).toBe(1);
  });

  it('looks again when time alone may change it', async () => {
    looks = [{ ...at(99), again: Date.now() + 5_000 }];
    await follower.next();
    looks = [OVER];
    const next = follower.next();
    await settle();
    vi.advanceTimersByTime(4_999);
    await settle();
    expect(looked).toBe(1);
    vi.advanceTimersByTime(1);
    expect((await next).value).toMatchObject({ over: true });
  });

  it('rests from a look that took long, so that it takes a part of the time only', async () => {
    let long = 100;
    const slow = new RolloutFollower(state, 'svc1', async () => {
      looked += 1;
      await new Promise((resolve) => void realTimeout(resolve, long));
      return at(looked);
    });
    await slow.next();
    long = 0;
    const next = slow.next();
    changeTask();
    await settle();
    expect(looked).toBe(1);
    expect((await next).value).toMatchObject({ percent: 2 });
  });

  it('fails when the first look does, and tries again later when another one does', async () => {
    looks = [at(1)];
    await follower.next();
    looks = [new DomainError('no-leader', 'Later.')];
    const next = follower.next();
    changeTask();
    await lookedSoOften(2);
    vi.advanceTimersByTime(1_000);
    await lookedSoOften(3);
    looks = [at(2)];
    vi.advanceTimersByTime(1_000);
    expect((await next).value).toMatchObject({ percent: 2 });

    const unlucky = new RolloutFollower(state, 'svc1', () =>
      Promise.reject(new DomainError('no-leader', 'No.')),
    );
    await expect(unlucky.next()).rejects.toMatchObject({ kind: 'no-leader' });
    expect(await unlucky.next()).toEqual({ done: true, value: undefined });
  });

  it('fails when the service is gone', async () => {
    looks = [at(1)];
    await follower.next();
    looks = [new DomainError('not-found', 'Gone.')];
    const next = follower.next();
    state.apply([{ type: 'remove', kind: 'service', id: 'svc1' }]);
    await expect(next).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('lets go of everything when its reader leaves, also while it waits', async () => {
    looks = [{ ...at(99), again: Date.now() + 5_000 }];
    await follower.next();
    const next = follower.next();
    await settle();
    await follower.return();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(vi.getTimerCount()).toBe(0);
    changeTask();
    await settle();
    expect(looked).toBe(1);
  });
});
