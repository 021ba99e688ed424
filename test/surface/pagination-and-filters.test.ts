import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import type { Page } from '../../src/api/page.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}
interface Connection {
  readonly nodes: readonly Named[];
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

const COUNT = 25;
const names = Array.from({ length: COUNT }, (_, index) => `p-${String(index).padStart(2, '0')}`);

let surface: Surface;
let swarm: FakeSwarm;
beforeAll(async () => {
  swarm = new FakeSwarm();
  surface = await startSurface({ swarm });
  for (const name of names) await create(name);
});
afterAll(() => surface.close());

async function create(name: string): Promise<void> {
  await surface.rest
    .post('/v1/services')
    .send({ name, image: 'nginx', replicas: 0, labels: { walk: '' } })
    .expect(201);
}

async function page(query: string): Promise<Page<Named>> {
  return bodyOf<Page<Named>>(await surface.rest.get(`/v1/services?${query}`).expect(200));
}

/** All names, page by page; `between` is called after each page. */
async function walk(limit: number, between: () => Promise<void> = async () => {}): Promise<string[]> {
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? `limit=${limit}` : `limit=${limit}&cursor=${cursor}`;
    const { items, nextCursor } = await page(`label=walk&${query}`);
    expect(items.length).toBeLessThanOrEqual(limit);
    seen.push(...items.map((item) => item.name));
    cursor = nextCursor;
    await between();
  } while (cursor !== null);
  return seen;
}

describe('a page', () => {
  it('has as many objects as asked for, the total, and a cursor while there are more', async () => {
    const first = await page('limit=10');
    expect(first.items.map((item) => item.name)).toEqual(names.slice(0, 10));
    expect(first.total).toBe(COUNT);
    expect(first.nextCursor).not.toBeNull();
    const last = await page(`limit=15&cursor=${first.nextCursor}`);
    expect(last.items.map((item) => item.name)).toEqual(names.slice(10));
    expect(last.nextCursor).toBeNull();
    expect(last.total).toBe(COUNT);
  });

  it('has 100 objects when nothing is said, and 1000 at most', async () => {
    expect((await page('')).items).toHaveLength(COUNT);
    expect((await page('limit=1000')).items).toHaveLength(COUNT);
    const many = await startSurface();
    try {
      for (let index = 0; index <= 100; index++) {
        await many.swarm.gateway.createNetwork({
          name: `n-${index}`,
          driver: 'overlay',
          labels: {},
          options: {},
          subnets: [],
          encrypted: false,
          attachable: false,
          internal: false,
          ipv6: false,
        });
      }
      await many.state.until(() => many.state.networks.size === 102 || undefined, 5_000);
      const response = await many.rest.get('/v1/networks').expect(200);
      const { items, total, nextCursor } = bodyOf<Page<Named>>(response);
      expect([items.length, total, nextCursor === null]).toEqual([100, 102, false]);
    } finally {
      await many.close();
    }
  });

  it('counts only what the filter lets through', async () => {
    const { items, total } = await page('name=p-07&limit=1');
    expect(items.map((item) => item.name)).toEqual(['p-07']);
    expect(total).toBe(1);
  });

  it('is empty, and no error, when nothing fits', async () => {
    expect(await page('name=nobody')).toEqual({ items: [], nextCursor: null, total: 0 });
  });
});

describe('a walk over the pages', () => {
  it.each([1, 7, 25, 26])('sees everything once, in pages of %i', async (limit) => {
    expect(await walk(limit)).toEqual(names);
  });

  it('sees what stays exactly once while other objects come and go', async () => {
    let round = 0;
    const seen = await walk(4, async () => {
      round += 1;
      // One that was seen goes, one comes before the current place, one after all.
      await create(`a-${round}`);
      await create(`z-${round}`);
      if (round === 2) await surface.rest.delete('/v1/services/p-07').expect(204);
      if (round > 3) return;
      await surface.rest.delete(`/v1/services/a-${round}`).expect(204);
    });
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(seen.toSorted());
    // p-07 was the last of its page: the cursor points at what is gone, and the walk goes on behind it.
    expect(seen).toEqual(expect.arrayContaining(names));
    await create('p-07');
  });

  it('is the same in GraphQL', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const data: { services: Connection } = await surface.data(
        `query ($after: String) {
          services(first: 6, after: $after, filter: { label: ["walk"] }) {
            nodes { id name } totalCount pageInfo { hasNextPage endCursor }
          }
        }`,
        { after },
      );
      const { nodes, totalCount, pageInfo } = data.services;
      const { total } = await page('label=walk');
      expect(totalCount).toBe(total);
      expect(pageInfo.hasNextPage).toBe(pageInfo.endCursor !== null);
      seen.push(...nodes.map((node) => node.name));
      after = pageInfo.endCursor;
    } while (after !== null);
    expect(seen).toEqual(await walk(1000));
  });

  it('goes on with a cursor of the other surface', async () => {
    const { services } = await surface.data<{ services: Connection }>(
      '{ services(first: 3, filter: { label: ["walk"] }) { nodes { name } pageInfo { endCursor } } }',
    );
    const next = await page(`label=walk&limit=1&cursor=${services.pageInfo.endCursor}`);
    expect(next.items[0]?.name).toBe((await walk(1000))[3]);
  });
});

describe('a bad page request', () => {
  it.each([
    ['limit=0', '/limit'],
    ['limit=1001', '/limit'],
    ['limit=-1', '/limit'],
    ['limit=1.5', '/limit'],
    ['limit=ten', '/limit'],
    ['limit=', '/limit'],
    ['limit=1&limit=2', '/limit'],
    ['cursor=nonsense', '/cursor'],
    [`cursor=${Buffer.from('["only one"]').toString('base64url')}`, '/cursor'],
    [`cursor=${Buffer.from('[{},{}]').toString('base64url')}`, '/cursor'],
    ['page=2', '/page'],
    ['name=a&name=b', '/name'],
    ['mode=sometimes', '/mode'],
  ])('is refused: ?%s', async (query, pointer) => {
    const response = await surface.rest.get(`/v1/services?${query}`).expect(400);
    const { code, errors } = bodyOf<Problem>(response);
    expect(code).toBe('INVALID');
    expect(new Set(errors?.map((error) => error.pointer))).toEqual(new Set([pointer]));
  });

  it.each([
    ['first: 0', '/first'],
    ['first: 1001', '/first'],
    ['first: -1', '/first'],
    ['after: "nonsense"', '/cursor'],
  ])('is refused in GraphQL too: (%s)', async (args, pointer) => {
    const { errors } = await surface.graphql(`{ services(${args}) { totalCount } }`);
    expect(errors[0]?.extensions).toMatchObject({ code: 'INVALID', status: 400, errors: [{ pointer }] });
  });

  it.each(['networks', 'tasks', 'nodes', 'tokens', 'services/p-00/tasks'])(
    'is refused by the list of %s',
    async (list) => {
      for (const query of ['limit=0', 'limit=1001', 'cursor=x', 'surprise=1']) {
        const response = await surface.rest.get(`/v1/${list}?${query}`).expect(400);
        expect(response.body, query).toMatchObject({ code: 'INVALID' });
      }
      await surface.rest.get(`/v1/${list}?limit=1000`).expect(200);
    },
  );
});
