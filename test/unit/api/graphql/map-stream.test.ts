import { describe, expect, it } from 'vitest';
import { mapStream } from '../../../../src/api/graphql/map-stream.ts';

function source() {
  const seen = { ended: false };
  async function* items(): AsyncGenerator<number> {
    try {
      for (let item = 1; ; item++) {
        await Promise.resolve();
        yield item;
      }
    } finally {
      seen.ended = true;
    }
  }
  return { seen, items: items() };
}

describe('mapStream', () => {
  it('maps each item, in order, and ends with its source', async () => {
    async function* two(): AsyncGenerator<number> {
      yield await Promise.resolve(1);
      yield 2;
    }
    const mapped: string[] = [];
    for await (const item of mapStream(two(), (number) => Promise.resolve(`<${number}>`))) mapped.push(item);
    expect(mapped).toEqual(['<1>', '<2>']);
  });

  it('ends its source when nobody reads any more', async () => {
    const { seen, items } = source();
    for await (const item of mapStream(items, (number) => Promise.resolve(number))) if (item === 3) break;
    expect(seen.ended).toBe(true);
  });

  it('ends its source when an item cannot be mapped', async () => {
    const { seen, items } = source();
    const mapped = mapStream(items, () => Promise.reject(new Error('no')));
    await expect(mapped.next()).rejects.toThrow('no');
    expect(seen.ended).toBe(true);
  });

  it('fails as its source fails', async () => {
    async function* failing(): AsyncGenerator<number> {
      yield await Promise.reject<number>(new Error('broken'));
    }
    await expect(mapStream(failing(), (item) => Promise.resolve(item)).next()).rejects.toThrow('broken');
  });
});
