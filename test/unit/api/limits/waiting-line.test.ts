import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Account, Accounts, MAX_ACCOUNTS } from '../../../../src/api/limits/accounts.ts';
import { NO_LIMITS, type LimitSettings } from '../../../../src/api/limits/limit-settings.ts';
import { Limits } from '../../../../src/api/limits/limits.ts';
import { Refusals } from '../../../../src/api/limits/refusals.ts';
import { Visit } from '../../../../src/api/limits/visit.ts';
import { isKind } from '../../../../src/domain/errors.ts';

/** Of a clock that stands still unless something takes time. */
let now: number;
let refusals: Refusals;
let limits: Limits;
/** What was begun and refused, in this order. */
let log: string[];
beforeEach(() => {
  now = 1_000;
  log = [];
  refusals = new Refusals();
  limits = limited({});
});

/** Refusals as they are decided. */
const AT_ONCE = { hold: (tell: () => void): void => tell() };
const limited = (settings: Partial<LimitSettings>): Limits =>
  new Limits({ ...NO_LIMITS, ...settings }, refusals, () => now, AT_ONCE);

/** Asks for something that takes so long, in milliseconds. */
function ask(who: string, name: string, costMs: number): Visit {
  const visit = new Visit(limits.accountOf({ id: who }));
  limits.begin(
    visit,
    now,
    () => {
      log.push(`${name} begun`);
      now += costMs;
      visit.leave();
    },
    (error) => {
      log.push(`${name} refused${isKind(error, 'overloaded') ? '' : ' wrongly'}`);
      visit.leave();
    },
  );
  return visit;
}

/** Lets the event loop go on until nobody waits. */
async function settle(): Promise<number> {
  for (let turns = 0; turns < 10_000; turns++) {
    if (limits.waiting === 0) return turns;
    await turn();
  }
  throw new Error('Some wait for ever.');
}

describe('requests', () => {
  it('are begun at once while there is time', () => {
    for (let index = 0; index < 10; index++) ask('a', String(index), 1);
    expect(log).toHaveLength(10);
    expect(limits.waiting).toBe(0);
  });

  it('wait when the turn has lasted for 10 ms, and are begun in later ones', async () => {
    for (let index = 0; index < 40; index++) ask('a', String(index), 1);
    expect(log).toHaveLength(10);
    expect(limits.waiting).toBe(30);
    expect(await settle()).toBeGreaterThanOrEqual(3);
    expect(log).toEqual(Array.from({ length: 40 }, (_, index) => `${index} begun`));
  });

  it('leave turns to whatever else there is to do', async () => {
    for (let index = 0; index < 100; index++) ask('a', String(index), 5);
    const gaps: number[] = [];
    for (let last = now; limits.waiting > 0; last = now) {
      await turn();
      gaps.push(now - last);
    }
    expect(Math.max(...gaps)).toBeLessThanOrEqual(20);
  });

  it('of all principals take turns, so that who asks for little waits for little', async () => {
    ask('greedy', 'first', 10);
    for (let index = 0; index < 50; index++) ask('greedy', `greedy ${index}`, 3);
    ask('modest', 'modest', 3);
    await settle();
    expect(log.indexOf('modest begun')).toBeLessThanOrEqual(3);
  });

  it('that have waited for too long are refused, and those that came late are not', async () => {
    ask('a', 'slow', 2_000);
    ask('a', 'late', 1);
    now += 1_001;
    ask('a', 'fresh', 1);
    await settle();
    expect(log).toEqual(['slow begun', 'late refused', 'fresh begun']);
    expect(refusals.of('overload')).toBe(1);
  });

  it('of a burst wait for up to a second', async () => {
    ask('a', 'slow', 10);
    for (let index = 0; index < 9; index++) ask('a', String(index), 100);
    await settle();
    expect(log.filter((entry) => entry.endsWith('begun'))).toHaveLength(10);
  });

  it('wait for 100 ms at most once all have waited for longer than that for a second', async () => {
    ask('a', 'first', 10);
    const begun: number[] = [];
    // Five times as much as can be done: one takes 10 ms, and one comes every 2 ms.
    let next = now;
    for (let index = 0; index < 2_500; index++) {
      next += 2;
      const since = next;
      while (now < next) {
        if (limits.waiting > 0) await turn();
        else now = next;
      }
      const visit = new Visit(limits.accountOf({ id: 'a' }));
      const start = (): void => {
        begun.push(now - since);
        now += 10;
      };
      limits.begin(visit, since, start, () => undefined);
    }
    await settle();
    // Of five seconds nearly all were worked, and who was served in the last three waited for little.
    expect(begun.length).toBeGreaterThan(450);
    expect(Math.max(...begun.slice(250))).toBeLessThanOrEqual(120);
  });

  it('are not refused over a moment in which nothing went on, though somebody always waits', async () => {
    // Four clients, each of which asks again when it was answered, for ten seconds.
    const end = now + 10_000;
    const again = (): void => {
      const since = now;
      const visit = new Visit(limits.accountOf({ id: 'a' }));
      const start = (): void => {
        log.push('begun');
        now += 8;
        visit.leave();
        if (log.length % 100 === 0) now += 700;
        if (now < end) setImmediate(again);
      };
      limits.begin(visit, since, start, () => log.push('refused'));
    };
    for (let client = 0; client < 4; client++) again();
    while (now < end) await turn();
    await settle();
    expect(log.length).toBeGreaterThan(500);
    expect(log).not.toContain('refused');
  });

  it('of who has left are not begun', async () => {
    ask('a', 'slow', 10);
    const left = ask('a', 'left', 10);
    ask('a', 'waits', 10);
    left.leave();
    await settle();
    expect(log).toEqual(['slow begun', 'waits begun']);
  });

  it('are begun as by who asks, not as by who was served before', async () => {
    const who = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    for (const name of ['slow', 'second', 'third']) {
      who.run(name, () =>
        limits.begin(
          new Visit(limits.accountOf({ id: name })),
          now,
          () => {
            seen.push(who.getStore());
            now += 10;
          },
          () => undefined,
        ),
      );
    }
    await who.run('somebody else', settle);
    expect(seen).toEqual(['slow', 'second', 'third']);
  });

  it('end exactly once each, begun or refused or left, whatever comes', async () => {
    const request = fc.record({
      who: fc.constantFrom('a', 'b', 'c'),
      cost: fc.integer({ min: 0, max: 30 }),
      pause: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 600 })),
      leaves: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 80 }), async (requests) => {
        log = [];
        limits = limited({});
        const left = new Set<string>();
        for (const [index, { who, cost, pause, leaves }] of requests.entries()) {
          const before = log.length;
          const visit = ask(who, String(index), cost);
          if (leaves && log.length === before) {
            visit.leave();
            left.add(String(index));
          }
          now += pause;
          if (pause > 500) await turn();
        }
        await settle();
        const ends = log.map((entry) => entry.split(' ')[0] ?? '');
        expect(log.filter((entry) => entry.includes('wrongly'))).toEqual([]);
        expect([...ends, ...left].sort()).toEqual(requests.map((_, index) => String(index)).sort());
        for (const who of ['a', 'b', 'c']) expect(limits.accountOf({ id: who }).underWay).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});

describe('what a principal asks for', () => {
  it('is counted, and refused for a while when it is too much', () => {
    limits = limited({ requests: { perSecond: 2, burst: 3 } });
    const account = limits.accountOf({ id: 'a' });
    for (let index = 0; index < 3; index++) expect(limits.count(account, now)).toBeUndefined();
    expect(limits.count(account, now)).toMatchObject({ kind: 'too-many', retryAfter: 1 });
    expect(limits.count(limits.accountOf({ id: 'b' }), now)).toBeUndefined();
    now += 500;
    expect(limits.count(account, now)).toBeUndefined();
    expect(refusals.of('rate')).toBe(1);
  });

  it('is refused while too much of it is under way, and does not count then', () => {
    limits = limited({ requests: { perSecond: 1, burst: 2 }, concurrentRequests: 1 });
    const account = limits.accountOf({ id: 'a' });
    expect(limits.count(account, now)).toBeUndefined();
    const visit = new Visit(account);
    expect(limits.count(account, now)).toMatchObject({ kind: 'too-many', retryAfter: 1 });
    visit.leave();
    visit.leave();
    expect(account.underWay).toBe(0);
    expect(limits.count(account, now)).toBeUndefined();
    expect(refusals.of('concurrency')).toBe(1);
  });

  it('takes so much memory, of however many principals', () => {
    const accounts = new Accounts({ perSecond: 1, burst: 1 });
    for (let index = 0; index < MAX_ACCOUNTS + 1_000; index++) accounts.of(`user ${index}`);
    expect(accounts.size).toBe(MAX_ACCOUNTS);
  });

  it('leaves nothing behind in a queue that many have passed', () => {
    const { waiting } = new Account(null);
    const item = { since: 0, isGone: () => false, start: () => undefined, refuse: () => undefined };
    waiting.add(item);
    for (let index = 0; index < 100_000; index++) {
      waiting.add(item);
      waiting.take();
    }
    expect(waiting.length).toBe(1);
    expect(waiting['items'].length).toBeLessThan(5_000);
  });
});
