import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fromArguments,
  fromQuery,
  mapPage,
  paginate,
  PageQuery,
  type Page,
  toConnection,
} from '../../../src/api/page.ts';
import { InputPipe } from '../../../src/api/validation.pipe.ts';
import type { Network } from '../../../src/domain/network.ts';
import { ORDER } from '../../../src/domain/order.ts';
import type { Task } from '../../../src/domain/task.ts';
import { network, task } from '../../factories/domain.ts';

const hex = fc.nat(0xffff).map((number) => number.toString(16));
const anyNetwork: fc.Arbitrary<Network> = fc
  .record({
    id: hex,
    name: fc.constantFrom('a', 'b', 'c', 'Ä', ''),
  })
  .map(network);
const networks = fc.uniqueArray(anyNetwork, { selector: ({ id }) => id, maxLength: 30 });
const anyTask: fc.Arbitrary<Task> = fc
  .record({
    id: hex,
    serviceName: fc.constantFrom(null, 'web', 'db'),
    slot: fc.constantFrom(null, 1, 2, 10),
    nodeId: fc.constantFrom(null, 'n1', 'n2'),
    createdAt: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
  })
  .map(task);
const tasks = fc.uniqueArray(anyTask, { selector: ({ id }) => id, maxLength: 30 });

const sort = <T>(list: readonly T[], compare: (a: T, b: T) => number): T[] => [...list].sort(compare);
const byName = (list: readonly Network[]): Network[] => sort(list, (a, b) => ORDER.network.compare(a, b));

describe('paginate', () => {
  it('walks through every list, with any limit, once and in order', () => {
    fc.assert(
      fc.property(tasks, fc.integer({ min: 1, max: 12 }), (list, limit) => {
        const sorted = sort(list, (a, b) => ORDER.task.compare(a, b));
        const seen: Task[] = [];
        let cursor: string | null = null;
        let pages = 0;
        do {
          const page: Page<Task> = paginate(sorted, ORDER.task, { limit, cursor });
          expect(page.total).toBe(list.length);
          expect(page.items.length).toBeLessThanOrEqual(limit);
          seen.push(...page.items);
          cursor = page.nextCursor;
          pages++;
        } while (cursor !== null);
        expect(seen).toEqual(sorted);
        expect(pages).toBe(Math.max(1, Math.ceil(list.length / limit)));
      }),
      { numRuns: 300 },
    );
  });

  it('neither misses nor repeats what stays while other objects come and go between pages', () => {
    const churn = fc.array(
      fc.record({ come: fc.array(anyNetwork, { maxLength: 4 }), go: fc.array(fc.nat(), { maxLength: 4 }) }),
      {
        minLength: 1,
        maxLength: 10,
      },
    );
    fc.assert(
      fc.property(networks, churn, fc.integer({ min: 1, max: 5 }), (start, steps, limit) => {
        let current = byName(start);
        const known = new Set(start.map(({ id }) => id));
        const gone = new Set<string>();
        const seen: string[] = [];
        let cursor: string | null = null;
        for (let turn = 0; ; turn++) {
          const page: Page<Network> = paginate(current, ORDER.network, { limit, cursor });
          seen.push(...page.items.map(({ id }) => id));
          cursor = page.nextCursor;
          if (cursor === null) break;
          // After as many turns as there are steps the list stays as it is, so that the walk ends.
          const step = steps[turn];
          if (!step) continue;
          for (const index of step.go) {
            const [removed] = current.splice(index % Math.max(1, current.length), 1);
            if (removed) gone.add(removed.id);
          }
          const fresh = step.come.filter(({ id }) => !known.has(id) && known.add(id));
          current = byName([...current, ...fresh]);
        }
        expect(new Set(seen).size).toBe(seen.length);
        for (const { id } of start) if (!gone.has(id)) expect(seen).toContain(id);
      }),
      { numRuns: 500 },
    );
  });

  it('goes on at the right place although the last object of the page is gone', () => {
    const list = ['a', 'b', 'c', 'd'].map((name) => network({ id: name, name }));
    const { nextCursor } = paginate(list, ORDER.network, { limit: 2, cursor: null });
    const rest = list.filter(({ id }) => id !== 'b');
    expect(paginate(rest, ORDER.network, { limit: 2, cursor: nextCursor }).items.map(({ id }) => id)).toEqual(
      ['c', 'd'],
    );
  });

  it('has no next page behind the last object, and none of an empty list', () => {
    const list = [network()];
    expect(paginate(list, ORDER.network, { limit: 1, cursor: null }).nextCursor).toBeNull();
    expect(paginate([], ORDER.network, { limit: 1, cursor: null })).toEqual({
      items: [],
      nextCursor: null,
      total: 0,
    });
  });

  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

  it.each([
    ['nothing', ''],
    ['a number', '5'],
    ['no base64', '%%%'],
    ['no JSON', Buffer.from('nonsense').toString('base64url')],
    ['JSON that is no list', encode({ name: 'a', id: 'b' })],
    ['null', encode(null)],
    ['too few fields', encode(['a'])],
    ['too many fields', encode(['a', 'b', 'c'])],
    ['objects for fields', encode(['a', { $gt: '' }])],
    ['lists for fields', encode(['a', ['b']])],
    ['truths for fields', encode(['a', true])],
  ])('refuses a cursor that is none of ours: %s', (_, cursor) => {
    expect(() => paginate([network()], ORDER.network, { limit: 1, cursor })).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        errors: [expect.objectContaining({ pointer: '/cursor' })],
      }) as Error,
    );
  });

  it('refuses the cursor of a list in another order', () => {
    const twoTasks = [task({ id: 'a' }), task({ id: 'b' })];
    const { nextCursor } = paginate(twoTasks, ORDER.task, { limit: 1, cursor: null });
    expect(nextCursor).not.toBeNull();
    expect(() => paginate([network()], ORDER.network, { limit: 1, cursor: nextCursor })).toThrow(
      expect.objectContaining({ kind: 'invalid' }) as Error,
    );
  });
});

describe('the page that is asked for', () => {
  const query = (value: object): unknown => {
    const { limit, cursor } = new InputPipe().transform(value, {
      type: 'query',
      metatype: PageQuery,
    }) as PageQuery;
    return fromQuery({
      ...(limit === undefined ? {} : { limit }),
      ...(cursor === undefined ? {} : { cursor }),
    });
  };

  it('has a limit of 100 and begins at the beginning unless said otherwise', () => {
    expect(query({})).toEqual({ limit: 100, cursor: null });
    expect(fromArguments(undefined, undefined)).toEqual({ limit: 100, cursor: null });
    expect(fromArguments(null, null)).toEqual({ limit: 100, cursor: null });
    expect(query({ limit: '7', cursor: 'x' })).toEqual({ limit: 7, cursor: 'x' });
    expect(fromArguments(7, 'x')).toEqual({ limit: 7, cursor: 'x' });
    expect(query({ limit: '1000' })).toMatchObject({ limit: 1000 });
  });

  it.each([
    { limit: '0' },
    { limit: '1001' },
    { limit: '-1' },
    { limit: '1.5' },
    { limit: 'ten' },
    { limit: '' },
    { limit: '1e2' },
    { limit: ['1', '2'] },
  ])('refuses %j', (given) => {
    expect(() => query(given)).toThrow(/^\/limit: /);
  });

  it.each([0, 1001, -1])('refuses the argument first: %i', (first) => {
    expect(() => fromArguments(first, null)).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ pointer: '/first' })] }) as Error,
    );
  });
});

describe('the shapes of a page', () => {
  const page = { items: [1, 2], nextCursor: 'x', total: 5 };

  it('keep cursor and total when the items are shown in another way', () => {
    expect(mapPage(page, String)).toEqual({ items: ['1', '2'], nextCursor: 'x', total: 5 });
  });

  it('are the same page as a connection', () => {
    expect(toConnection(page)).toEqual({
      nodes: [1, 2],
      totalCount: 5,
      pageInfo: { hasNextPage: true, endCursor: 'x' },
    });
    expect(toConnection({ ...page, nextCursor: null }).pageInfo).toEqual({
      hasNextPage: false,
      endCursor: null,
    });
  });
});
