import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/domain/change.ts';
import type { Task } from '../../../src/domain/task.ts';
import { ChangeEvent } from '../../../src/events/change-event.ts';
import { ChangeQueue } from '../../../src/events/change-queue.ts';
import { task } from '../../factories/domain.ts';

type TaskChange = Change<'task'>;

const everything = (): boolean => true;
const isRunning = (object: Task): boolean => object.state === 'running';

/** A life of some tasks: what a state that is told to put and to remove them would tell of. */
function changesOf(steps: readonly { id: number; remove: boolean; running: boolean }[]): TaskChange[] {
  const objects = new Map<string, Task>();
  return steps.flatMap(({ id, remove, running }, index): TaskChange[] => {
    const key = `task${id}`;
    const previous = objects.get(key) ?? null;
    if (remove) {
      objects.delete(key);
      return previous ? [{ type: 'REMOVED', kind: 'task', object: previous, previous }] : [];
    }
    const object = task({ id: key, version: index, state: running ? 'running' : 'failed' });
    objects.set(key, object);
    return [{ type: previous ? 'UPDATED' : 'ADDED', kind: 'task', object, previous }];
  });
}

const steps = fc.array(
  fc.record({ id: fc.integer({ min: 0, max: 4 }), remove: fc.boolean(), running: fc.boolean() }),
  { maxLength: 60 },
);

/** What a subscriber holds that follows some objects and applies what it is told. */
function apply(held: Map<string, Task>, change: TaskChange, follows: (object: Task) => boolean): void {
  if (change.type !== 'REMOVED' && follows(change.object)) held.set(change.object.id, change.object);
  else held.delete(change.object.id);
}

function foldOf(changes: readonly TaskChange[], follows: (object: Task) => boolean): Map<string, Task> {
  const held = new Map<string, Task>();
  for (const change of changes) apply(held, change, follows);
  return held;
}

const sorted = (held: Map<string, Task>): Task[] => [...held.values()].sort((a, b) => a.version - b.version);

function drain(queue: ChangeQueue<'task'>): string[] {
  const told: string[] = [];
  for (let pending = queue.shift(); pending; pending = queue.shift()) {
    const { type, object, previous } = pending.change;
    told.push(`${type} ${previous?.version ?? '-'} > ${object.version} @${pending.position}`);
  }
  return told;
}

/** `+` puts the task, `-` removes it. */
function toldOf(life: string, follows: (object: Task) => boolean = everything): string[] {
  const queue = new ChangeQueue<'task'>(follows);
  const changes = changesOf(
    [...life].map((step) => ({ id: 0, remove: step === '-', running: step === '+' })),
  );
  changes.forEach((change, index) => queue.push(new ChangeEvent(change, index)));
  return drain(queue);
}

describe('ChangeQueue', () => {
  it.each([
    ['+', ['ADDED - > 0 @0']],
    ['++', ['ADDED - > 1 @1']],
    ['+++', ['ADDED - > 2 @2']],
    ['+-', []],
    ['+-+', ['ADDED - > 2 @2']],
    ['+-+-', []],
  ])('folds %s of one object into %j', (life, expected) => {
    expect(toldOf(life)).toEqual(expected);
  });

  it.each([
    ['+', ['UPDATED 0 > 1 @1']],
    ['++', ['UPDATED 0 > 2 @2']],
    ['-', ['REMOVED 0 > 0 @1']],
    ['+-', ['REMOVED 0 > 1 @2']],
    ['-+', ['UPDATED 0 > 2 @2']],
  ])('keeps the first previous when %s follows what has been told', (life, expected) => {
    const queue = new ChangeQueue<'task'>(everything);
    const changes = changesOf(
      [...`+${life}`].map((step) => ({ id: 0, remove: step === '-', running: true })),
    );
    changes.forEach((change, index) => {
      queue.push(new ChangeEvent(change, index));
      if (index === 0) queue.shift();
    });
    expect(drain(queue)).toEqual(expected);
  });

  it('tells of what enters and leaves, and of nothing that did both unseen', () => {
    expect(toldOf('.', isRunning)).toEqual([]);
    expect(toldOf('.+', isRunning)).toEqual(['UPDATED 0 > 1 @1']);
    expect(toldOf('.+.', isRunning)).toEqual([]);
    expect(toldOf('.+-', isRunning)).toEqual([]);
  });

  it.each([
    ['everything', everything],
    ['what fits', isRunning],
  ])(
    'leaves a reader of %s, however slow, with what every single change would have left it with',
    (_, follows) => {
      fc.assert(
        fc.property(
          steps,
          fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 60, maxLength: 60 }),
          (life, reads) => {
            const changes = changesOf(life);
            const queue = new ChangeQueue<'task'>(follows);
            const held = new Map<string, Task>();
            const read = (): boolean => {
              const pending = queue.shift();
              if (!pending) return false;
              const { change } = pending;
              if (follows === everything) expect(change.previous).toBe(held.get(change.object.id) ?? null);
              expect(change.object.version).toBeGreaterThanOrEqual(held.get(change.object.id)?.version ?? -1);
              apply(held, change, follows);
              return true;
            };
            changes.forEach((change, index) => {
              queue.push(new ChangeEvent(change, index));
              for (let count = reads[index] ?? 0; count > 0; count--) read();
            });
            while (read());
            expect(sorted(held)).toEqual(sorted(foldOf(changes, follows)));
          },
        ),
      );
    },
  );

  it('gives positions from which a reader that was cut off can go on', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (life, cut) => {
        const changes = changesOf(life);
        const held = new Map<string, Task>();
        const first = new ChangeQueue<'task'>(everything);
        changes
          .slice(0, Math.ceil(changes.length / 2))
          .forEach((change, index) => first.push(new ChangeEvent(change, index)));
        let position = -1;
        for (let count = cut % (first.size + 1); count > 0; count--) {
          const pending = first.shift();
          if (!pending) break;
          position = pending.position;
          apply(held, pending.change, everything);
        }
        const second = new ChangeQueue<'task'>(everything);
        changes.forEach((change, index) => index > position && second.push(new ChangeEvent(change, index)));
        for (let pending = second.shift(); pending; pending = second.shift()) {
          const known = held.get(pending.change.object.id);
          if (pending.change.type !== 'REMOVED' && known) {
            expect(pending.change.object.version).toBeGreaterThan(known.version);
          }
          apply(held, pending.change, everything);
        }
        expect(sorted(held)).toEqual(sorted(foldOf(changes, everything)));
      }),
    );
  });

  it('stays as large as it is, however often the same objects change', () => {
    const queue = new ChangeQueue<'task'>(everything, 10);
    const life = Array.from({ length: 10_000 }, (_, index) => ({
      id: index % 10,
      remove: false,
      running: true,
    }));
    changesOf(life).forEach((change, index) => queue.push(new ChangeEvent(change, index)));
    expect(queue.size).toBe(10);
    expect(queue.hasOverflowed).toBe(false);
  });

  it('overflows with one object too many, lets go of all, and takes nothing more', () => {
    const queue = new ChangeQueue<'task'>(everything, 10);
    const life = Array.from({ length: 12 }, (_, id) => ({ id, remove: false, running: true }));
    const changes = changesOf(life);
    changes.slice(0, 10).forEach((change, index) => queue.push(new ChangeEvent(change, index)));
    expect(queue.hasOverflowed).toBe(false);
    changes.slice(10).forEach((change, index) => queue.push(new ChangeEvent(change, index)));
    expect(queue.hasOverflowed).toBe(true);
    expect(queue.size).toBe(0);
    expect(queue.shift()).toBeUndefined();
  });
});
