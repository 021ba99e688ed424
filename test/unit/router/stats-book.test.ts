import { beforeEach, describe, expect, it } from 'vitest';
import { StatsBook } from '../../../src/router/stats-book.ts';

const ROUTE = '0123456789abcdef';

/** A line of `show stat`. */
const row = (
  svname: string,
  counters: Readonly<Record<string, number | string>>,
): ReadonlyMap<string, string> =>
  new Map(
    Object.entries({ pxname: `r_${ROUTE}`, svname, ...counters }).map(([name, value]) => [
      name,
      String(value),
    ]),
  );

describe('StatsBook', () => {
  let book: StatsBook;
  const route = (stot: number, more = {}) =>
    row('BACKEND', { stot, bin: stot * 10, hrsp_2xx: stot, ...more });
  const requests = (): number | undefined => {
    book.retell();
    return book.changed().routes[0]?.requests;
  };

  beforeEach(() => {
    book = new StatsBook();
  });

  it('tells routes and servers by their ids, and nothing of other proxies', () => {
    book.take(
      [
        route(7, { qcur: 2, scur: 3, rate: 5, ctime: 1, rtime: 2, ttime: 3, bout: 9 }),
        row('t_abc123_8080', { stot: 7, status: 'UP 1/3' }),
        row('something', { stot: 1 }),
        new Map([
          ['pxname', 'http'],
          ['svname', 'FRONTEND'],
          ['stot', '9'],
        ]),
      ],
      1,
    );
    const { routes, servers } = book.changed();
    expect(routes).toEqual([
      {
        route: ROUTE,
        queued: 2,
        requests: 7,
        rate: 5,
        sessions: 3,
        bytesIn: 70,
        bytesOut: 9,
        status1xx: 0,
        status2xx: 7,
        status3xx: 0,
        status4xx: 0,
        status5xx: 0,
        connectMs: 1,
        responseMs: 2,
        totalMs: 3,
      },
    ]);
    expect(servers).toMatchObject([{ route: ROUTE, server: 'abc123', port: 8080, state: 'up', requests: 7 }]);
  });

  it.each([
    ['UP', 'up'],
    ['no check', 'up'],
    ['DOWN 1/2', 'down'],
    ['DRAIN', 'drain'],
    ['NOLB', 'drain'],
    ['MAINT', 'maintenance'],
    ['MAINT (resolution)', 'maintenance'],
  ])('takes the status "%s" for %s', (status, state) => {
    book.take([row('t_a_1', { status })], 1);
    expect(book.changed().servers[0]?.state).toBe(state);
  });

  it('tells only what changed since it told it, and everything when asked to', () => {
    book.take([route(1), row('t_a_1', { stot: 1 })], 1);
    expect(book.changed().routes).toHaveLength(1);
    book.take([route(1), row('t_a_1', { stot: 2 })], 1);
    expect(book.changed()).toMatchObject({ routes: [], servers: [{ requests: 2 }] });
    expect(book.changed()).toEqual({ routes: [], servers: [] });
    book.retell();
    expect(book.changed()).toMatchObject({ routes: [{ requests: 1 }], servers: [{ requests: 2 }] });
  });

  it('goes on counting when a new worker begins at 0, however much it has counted already', () => {
    book.take([route(10)], 1);
    book.take([route(3)], 2);
    expect(requests()).toBe(13);
    book.take([route(20)], 3);
    expect(requests()).toBe(33);
    book.take([route(21)], 3);
    expect(requests()).toBe(34);
  });

  it('goes on counting when a server comes again under its name', () => {
    book.take([route(10)], 1);
    book.take([route(2)], 1);
    expect(requests()).toBe(12);
  });

  it('forgets what is gone', () => {
    book.take([route(10)], 1);
    book.take([], 1);
    expect(requests()).toBeUndefined();
    book.take([route(1)], 1);
    expect(requests()).toBe(1);
  });
});
