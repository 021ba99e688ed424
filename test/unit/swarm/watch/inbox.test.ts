import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Inbox } from '../../../../src/swarm/watch/inbox.ts';

/** Reads until the inbox fails. */
async function readAll<T>(inbox: Inbox<T>): Promise<{ items: T[]; failure: unknown }> {
  const items: T[] = [];
  try {
    for await (const item of inbox) items.push(item);
  } catch (failure) {
    return { items, failure };
  }
  throw new Error('An inbox never ends without a failure.');
}

describe('Inbox', () => {
  it('hands over everything once and in order, whenever it comes, and then fails', async () => {
    const bursts = fc.array(fc.array(fc.nat(), { maxLength: 5 }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(bursts, fc.boolean(), async (list, readEarly) => {
        const inbox = new Inbox<number>(1_000);
        const failure = new Error('ended');
        const early = readEarly ? readAll(inbox) : undefined;
        for (const burst of list) {
          for (const item of burst) inbox.push(item);
          await new Promise((resolve) => setImmediate(resolve));
        }
        inbox.fail(failure);
        expect(await (early ?? readAll(inbox))).toEqual({ items: list.flat(), failure });
      }),
      { numRuns: 50 },
    );
  });

  it('hands over what comes while the reader is busy', async () => {
    const inbox = new Inbox<number>(1_000);
    inbox.push(1);
    const seen: number[] = [];
    for await (const item of inbox) {
      seen.push(item);
      if (item < 5) inbox.push(item + 1);
      if (item === 5) break;
    }
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('fails with the first failure', async () => {
    const inbox = new Inbox<number>(1_000);
    const first = new Error('first');
    inbox.fail(first);
    inbox.fail(new Error('second'));
    expect(await readAll(inbox)).toEqual({ items: [], failure: first });
  });

  it('fails even with a failure that says nothing', async () => {
    const inbox = new Inbox<number>(1_000);
    const reading = readAll(inbox);
    inbox.fail(undefined);
    expect(await reading).toEqual({ items: [], failure: undefined });
  });

  it('fails, and drops what waits, when more comes than may wait', async () => {
    const inbox = new Inbox<number>(3);
    for (const item of [1, 2, 3, 4, 5]) inbox.push(item);
    const { items, failure } = await readAll(inbox);
    expect(items).toEqual([]);
    expect(String(failure)).toContain('more than 3 messages');
  });

  it('may hold any number in turn, as long as they are read', async () => {
    const inbox = new Inbox<number>(3);
    const reader = readAll(inbox);
    for (let item = 0; item < 100; item++) {
      inbox.push(item);
      await new Promise((resolve) => setImmediate(resolve));
    }
    inbox.fail(new Error('ended'));
    expect((await reader).items).toHaveLength(100);
  });
});
