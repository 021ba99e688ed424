import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inPortions } from '../../../../src/swarm/watch/portions.ts';

const CHARACTERS = [...'0123456789abcdefghijklmnopqrstuvwxyz'];
const MEBIBYTE = 1024 * 1024;

/** A swarm that lists the ids it has, one a line, each with as much beside it as `weight` says. */
class ListedSwarm {
  readonly asked: (readonly string[])[] = [];
  /** Of calls at the same time. */
  most = 0;
  private running = 0;

  constructor(
    private readonly ids: readonly string[],
    private readonly weight = 0,
  ) {}

  readonly ask = async (prefixes: readonly string[]): Promise<Buffer> => {
    this.asked.push(prefixes);
    this.most = Math.max(this.most, ++this.running);
    await new Promise((resolve) => setImmediate(resolve));
    this.running--;
    const found = this.ids.filter((id) => prefixes.some((prefix) => id.startsWith(prefix)));
    return Buffer.from(found.map((id) => `${id.padEnd(this.weight, ' ')}\n`).join(''));
  };
}

async function listed(swarm: ListedSwarm): Promise<string[]> {
  const found: string[] = [];
  for await (const answer of inPortions(swarm.ask)) {
    found.push(
      ...answer
        .toString()
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean),
    );
  }
  return found;
}

const id = fc
  .array(fc.constantFrom(...CHARACTERS), { minLength: 25, maxLength: 25 })
  .map((all) => all.join(''));

describe('inPortions', () => {
  it('lists every object once, whatever the ids', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(id, { maxLength: 40 }), fc.nat(MEBIBYTE), async (ids, weight) => {
        const swarm = new ListedSwarm(ids, Math.floor(weight / (ids.length + 1)));
        expect((await listed(swarm)).sort()).toEqual([...ids].sort());
        expect(swarm.asked.flat().sort()).toEqual(CHARACTERS);
        expect(swarm.most).toBeLessThanOrEqual(2);
      }),
      { numRuns: 50 },
    );
  });

  it('takes two calls for a small swarm, and one for each first character for a large one', async () => {
    const small = new ListedSwarm(CHARACTERS);
    await listed(small);
    expect(small.asked).toHaveLength(2);
    const large = new ListedSwarm(CHARACTERS, MEBIBYTE);
    await listed(large);
    expect(large.asked).toHaveLength(CHARACTERS.length);
    const between = new ListedSwarm(CHARACTERS, MEBIBYTE / 5);
    await listed(between);
    expect(between.asked.map((prefixes) => prefixes.length)).toEqual([1, 4, 4, 4, 4, 4, 4, 4, 4, 3]);
  });

  it.each([0, 1, 2, 3])(
    'fails when the call number %i fails, and leaves no other failure behind',
    async (number) => {
      let calls = 0;
      const swarm = new ListedSwarm(CHARACTERS, MEBIBYTE);
      const ask = async (prefixes: readonly string[]): Promise<Buffer> => {
        const answer = await swarm.ask(prefixes);
        // All later ones fail, too, also the one that is under way.
        if (calls++ >= number) throw new Error('no leader');
        return answer;
      };
      const listing = async (): Promise<void> => {
        for await (const _ of inPortions(ask));
      };
      await expect(listing()).rejects.toThrow('no leader');
      await new Promise((resolve) => setImmediate(resolve));
    },
  );
});
