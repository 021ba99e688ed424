import { beforeEach, describe, expect, it } from 'vitest';
import { Answers } from '../../../src/api/answers.ts';
import { principalWith, type Principal, type Role } from '../../../src/domain/role.ts';
import { ClusterState } from '../../../src/swarm/cluster-state.ts';
import { node } from '../../factories/domain.ts';

const principal = (role: Role, id: string = role): Principal => principalWith(role, { id });
const viewer = principal('viewer');
const body = Buffer.from('{}');

let state: ClusterState;
let answers: Answers;
let made: number;
beforeEach(() => {
  state = new ClusterState();
  answers = new Answers(state);
  made = 0;
});

function make(): Promise<Buffer> {
  made++;
  return Promise.resolve(body);
}
let version = 1;
const change = (): void =>
  state.apply([{ type: 'upsert', kind: 'node', object: node({ version: version++ }) }]);

describe('an answer', () => {
  it('is given again while the state is the same, as the same bytes', async () => {
    expect(answers.find(viewer, 'q')).toBeUndefined();
    await answers.make(viewer, 'q', make);
    expect(answers.find(viewer, 'q')).toBe(body);
    expect(made).toBe(1);
  });

  it('is for the same question only', async () => {
    await answers.make(viewer, 'q', make);
    expect(answers.find(viewer, 'q ')).toBeUndefined();
  });

  it('does not hold any more once the state has changed', async () => {
    await answers.make(viewer, 'q', make);
    change();
    expect(answers.find(viewer, 'q')).toBeUndefined();
  });

  it('is not kept when the state changes while it is made', async () => {
    await answers.make(viewer, 'q', () => {
      change();
      return make();
    });
    expect(answers.find(viewer, 'q')).toBeUndefined();
  });

  it('is shared by all with the same rights, and by nobody else', async () => {
    await answers.make(viewer, 'q', make);
    expect(answers.find(principal('viewer', 'another'), 'q')).toBe(body);
    expect(answers.find(principal('operator'), 'q')).toBeUndefined();
    expect(answers.find(principal('admin'), 'q')).toBeUndefined();
  });

  it('is not mistaken for another by who puts rights into the question', async () => {
    await answers.make(principal('admin'), 'q', make);
    expect(answers.find(viewer, 'admin\nq')).toBeUndefined();
    expect(answers.find(viewer, '\nadmin\nq')).toBeUndefined();
  });

  it('that cannot be made, or fails, leaves nothing behind', async () => {
    expect(await answers.make(viewer, 'q', () => Promise.resolve(undefined))).toBeUndefined();
    await expect(answers.make(viewer, 'q', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(answers.find(viewer, 'q')).toBeUndefined();
  });

  it('to a very long question is given but not kept', async () => {
    const question = 'q'.repeat(20_000);
    expect(await answers.make(viewer, question, make)).toBe(body);
    expect(answers.find(viewer, question)).toBeUndefined();
  });

  it('makes room for others when there are too many bytes', async () => {
    const large = Buffer.alloc(1024 * 1024);
    for (let index = 0; index < 100; index++) {
      await answers.make(viewer, `q${index}`, () => Promise.resolve(large));
    }
    expect(answers.find(viewer, 'q0')).toBeUndefined();
    expect(answers.find(viewer, 'q99')).toBe(large);
  });
});
