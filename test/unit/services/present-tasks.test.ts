import { beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../../src/domain/errors.ts';
import type { Service } from '../../../src/domain/service.ts';
import type { Task } from '../../../src/domain/task.ts';
import { PresentTasks } from '../../../src/services/present-tasks.ts';
import { ClusterState } from '../../../src/swarm/cluster-state.ts';
import type { SwarmGateway, UpToDateTasks } from '../../../src/swarm/swarm-gateway.ts';
import { service, serviceSpec, snapshot, task } from '../../factories/domain.ts';

const answer = (version: number, ...tasks: string[]): UpToDateTasks => ({ version, tasks: new Set(tasks) });

let state: ClusterState;
let present: PresentTasks;
let asked: number;
let answers: (UpToDateTasks | Error)[];
beforeEach(() => {
  state = new ClusterState();
  asked = 0;
  const gateway: Pick<SwarmGateway, 'upToDateTasks'> = {
    upToDateTasks: async () => {
      asked += 1;
      await Promise.resolve();
      const next = answers.length > 1 ? answers.shift() : answers[0];
      if (!next || next instanceof Error) throw next ?? new Error('Nobody was to ask.');
      return next;
    },
  };
  present = new PresentTasks(state, gateway as SwarmGateway);
  answers = [];
  // Scaled once: two tasks carry the mark of the spec before, one that of the present spec.
  state.apply([
    {
      type: 'snapshot',
      snapshot: snapshot({
        service: [service({ version: 30, specVersion: 20, previousSpec: serviceSpec() })],
        task: [
          task({ id: 'a', specVersion: 10 }),
          task({ id: 'b', specVersion: 10 }),
          task({ id: 'c', specVersion: 20 }),
        ],
      }),
    },
  ]);
});

const now = (): Service => state.services.get('svc1') as Service;
const verdicts = (): (boolean | undefined)[] =>
  ['a', 'b', 'c'].map((id) => present.isPresent(now(), state.tasks.get(id) as Task));

describe('PresentTasks', () => {
  it('knows tasks by the mark of the spec, and asks once about the others', async () => {
    expect(verdicts()).toEqual([undefined, undefined, true]);
    answers = [answer(30, 'a', 'c')];
    expect(await Promise.all([present.settle('svc1'), present.settle('svc1')])).toEqual([true, true]);
    expect(verdicts()).toEqual([true, false, true]);
    expect(await present.settle('svc1')).toBe(true);
    expect(asked).toBe(1);
  });

  it('takes no answer about another version of the service, which may be of another spec', async () => {
    answers = [answer(31, 'a', 'b', 'c')];
    expect(await present.settle('svc1')).toBe(false);
    expect(verdicts()).toEqual([undefined, undefined, true]);
    answers = [answer(31, 'a', 'b', 'c'), answer(30)];
    expect(await present.settle('svc1')).toBe(true);
    expect(verdicts()).toEqual([false, false, true]);
  });

  it('asks anew when the service has changed', async () => {
    answers = [answer(30, 'a', 'b', 'c')];
    await present.settle('svc1');
    state.apply([{ type: 'upsert', kind: 'service', object: { ...now(), version: 40, specVersion: 35 } }]);
    expect(verdicts()).toEqual([undefined, undefined, undefined]);
    answers = [answer(40)];
    await present.settle('svc1');
    expect(verdicts()).toEqual([false, false, false]);
    expect(asked).toBe(2);
  });

  it('asks anew about tasks that have come since, where they carry no mark', async () => {
    answers = [answer(30, 'a', 'b', 'c')];
    await present.settle('svc1');
    state.apply([
      { type: 'upsert', kind: 'task', object: task({ id: 'd', version: 50, specVersion: null }) },
    ]);
    answers = [answer(30, 'd')];
    expect(await present.settle('svc1')).toBe(true);
    expect(present.isPresent(now(), state.tasks.get('d') as Task)).toBe(true);
  });

  it('asks nobody about a service that is gone, or whose tasks it knows', async () => {
    expect(await present.settle('another')).toBe(true);
    state.apply([{ type: 'upsert', kind: 'service', object: { ...now(), version: 41, previousSpec: null } }]);
    expect(await present.settle('svc1')).toBe(true);
    expect(asked).toBe(0);
  });

  it('fails as the gateway does, and asks again the next time', async () => {
    answers = [new DomainError('no-leader', 'Later.'), answer(30, 'a')];
    await expect(present.settle('svc1')).rejects.toMatchObject({ kind: 'no-leader' });
    expect(await present.settle('svc1')).toBe(true);
  });
});
