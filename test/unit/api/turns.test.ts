import { describe, expect, it } from 'vitest';
import { Turns, type Worker } from '../../../src/api/turns.ts';

/** A worker that keeps the event loop busy for so long. */
function worker(done: () => void, ms = 0): Worker {
  return {
    work() {
      const end = performance.now() + ms;
      while (performance.now() < end);
      done();
    },
  };
}

describe('Turns', () => {
  it('come after what is going on, before anything else, in their order', async () => {
    const turns = new Turns();
    const done: string[] = [];
    turns.add(worker(() => done.push('a')));
    turns.add(worker(() => done.push('b')));
    done.push('before');
    const next = new Promise<void>((resolve) =>
      setImmediate(() => {
        done.push('next turn');
        resolve();
      }),
    );
    await next;
    expect(done).toEqual(['before', 'a', 'b', 'next turn']);
  });

  it('let others go on when they take long, and forget nobody', async () => {
    const turns = new Turns();
    let done = 0;
    for (let index = 0; index < 20; index++) turns.add(worker(() => (done += 1), 4));
    const seen: number[] = [];
    for (let looks = 0; done < 20 && looks < 1_000; looks++) {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(done);
    }
    expect(done).toBe(20);
    // Somebody else came to look while they were at it.
    expect(seen.some((count) => count < 20)).toBe(true);
    turns.add(worker(() => (done += 1)));
    await Promise.resolve();
    expect(done).toBe(21);
  });

  it('give a turn to whoever asks for one during a turn', async () => {
    const turns = new Turns();
    const done: string[] = [];
    const second = worker(() => done.push('second'));
    turns.add({
      work() {
        done.push('first');
        turns.add(second);
      },
    });
    await Promise.resolve();
    expect(done).toEqual(['first', 'second']);
  });
});
