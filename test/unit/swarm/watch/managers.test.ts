import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Node } from '../../../../src/domain/node.ts';
import type { SourceEvent } from '../../../../src/swarm/change-source.ts';
import { Managers } from '../../../../src/swarm/watch/managers.ts';
import { node, task } from '../../../factories/domain.ts';

const SETTLED_MS = 200;
const ROUND_MS = 15_000;

const manager = (id: string, leader: boolean): Node =>
  node({ id, manager: { leader, reachability: 'reachable', address: `${id}:2377` } });
const fromStream = (id: string): SourceEvent => ({ type: 'upsert', kind: 'node', object: node({ id }) });
const managerIn = (event: SourceEvent): Node['manager'] | undefined =>
  event.type === 'upsert' && event.kind === 'node' ? event.object.manager : undefined;

describe('Managers', () => {
  let nodes: readonly Node[];
  let lists: number;
  let answer: () => Promise<readonly Node[]>;
  let reported: Node[];
  let managers: Managers;

  beforeEach(() => {
    vi.useFakeTimers();
    nodes = [manager('m1', true), manager('m2', false), node({ id: 'w1' })];
    lists = 0;
    answer = () => Promise.resolve(nodes);
    reported = [];
    managers = new Managers(
      () => {
        lists++;
        return answer();
      },
      (changed) => reported.push(...changed),
    );
    managers.start(nodes);
  });
  afterEach(() => {
    managers.stop();
    vi.useRealTimers();
  });

  it('completes the nodes of the stream from the last list', () => {
    expect(managerIn(managers.complete(fromStream('m1')))).toMatchObject({ leader: true });
    expect(managerIn(managers.complete(fromStream('w1')))).toBeNull();
    expect(managerIn(managers.complete(fromStream('new')))).toBeNull();
  });

  it('leaves all other events as they are', async () => {
    const others: SourceEvent[] = [
      { type: 'upsert', kind: 'task', object: task() },
      { type: 'remove', kind: 'node', id: 'm1' },
    ];
    for (const event of others) expect(managers.complete(event)).toBe(event);
    await vi.advanceTimersByTimeAsync(SETTLED_MS);
    expect(lists).toBe(0);
  });

  it('asks again a moment after the events of nodes, once for many', async () => {
    for (const id of ['m1', 'm2', 'w1']) managers.complete(fromStream(id));
    nodes = [manager('m1', false), manager('m2', true), node({ id: 'w1' })];
    await vi.advanceTimersByTimeAsync(SETTLED_MS);
    expect(lists).toBe(1);
    expect(reported.map(({ id, manager: status }) => [id, status?.leader])).toEqual([
      ['m1', false],
      ['m2', true],
    ]);
  });

  it('asks from time to time, since leadership can move without any event', async () => {
    await vi.advanceTimersByTimeAsync(ROUND_MS);
    expect([lists, reported.length]).toEqual([1, 0]);
    nodes = [manager('m1', true), manager('m2', false), manager('w1', false)];
    await vi.advanceTimersByTimeAsync(ROUND_MS);
    expect([lists, reported.map(({ id }) => id)]).toEqual([2, ['w1']]);
    nodes = [manager('m1', true), node({ id: 'm2' }), manager('w1', false)];
    await vi.advanceTimersByTimeAsync(ROUND_MS);
    expect(reported.at(-1)).toMatchObject({ id: 'm2', manager: null });
  });

  it('goes on asking when nobody can answer', async () => {
    answer = () => Promise.reject(new Error('no leader'));
    await vi.advanceTimersByTimeAsync(2 * ROUND_MS);
    expect([lists, reported.length]).toEqual([2, 0]);
    answer = () => Promise.resolve([manager('m2', true)]);
    await vi.advanceTimersByTimeAsync(ROUND_MS);
    expect(reported.map(({ id }) => id)).toEqual(['m2']);
  });

  it('does not forget the event of a node that comes while it is asking', async () => {
    let release = (_: readonly Node[]): void => {};
    answer = () => new Promise((resolve) => (release = resolve));
    await vi.advanceTimersByTimeAsync(ROUND_MS);
    managers.complete(fromStream('m2'));
    release(nodes);
    await vi.advanceTimersByTimeAsync(0);
    answer = () => Promise.resolve([manager('m1', false), manager('m2', true), node({ id: 'w1' })]);
    await vi.advanceTimersByTimeAsync(SETTLED_MS);
    expect(reported.map(({ id }) => id)).toEqual(['m1', 'm2']);
  });

  it('neither asks nor reports after it was stopped', async () => {
    let release = (_: readonly Node[]): void => {};
    answer = () => new Promise((resolve) => (release = resolve));
    managers.complete(fromStream('m1'));
    await vi.advanceTimersByTimeAsync(SETTLED_MS);
    managers.stop();
    release([manager('m2', true)]);
    await vi.advanceTimersByTimeAsync(2 * ROUND_MS);
    expect([lists, reported.length]).toEqual([1, 0]);
    managers.complete(fromStream('m1'));
    expect(vi.getTimerCount()).toBe(0);
  });
});
