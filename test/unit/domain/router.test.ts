import { describe, expect, it } from 'vitest';
import { totalTraffic } from '../../../src/domain/route-traffic.ts';
import { settingsFrom, settingsLabels } from '../../../src/domain/router-service.ts';
import { AWAY_AFTER_MS, LAGGING_AFTER_MS, reasonOfTask, stateOf } from '../../../src/domain/router.ts';
import { task } from '../../factories/domain.ts';
import { routeStats } from '../../factories/router.ts';

const applied = { version: 4, hash: 'new' };
const nack = { version: 5, hash: 'bad', reason: 'no such keyword', at: '2026-01-01T00:00:00Z' };

describe('a router', () => {
  it.each([
    [{ applied, nack: null }, 0, { hash: 'new', age: 0 }, 'ok'],
    [{ applied, nack: null }, 0, { hash: 'newer', age: LAGGING_AFTER_MS - 1 }, 'ok'],
    [{ applied, nack: null }, 0, { hash: 'newer', age: LAGGING_AFTER_MS }, 'lagging'],
    [{ applied, nack: null }, 0, null, 'ok'],
    [{ applied, nack }, 0, { hash: 'new', age: 0 }, 'refused'],
    [{ applied: null, nack: null }, 0, { hash: 'new', age: 0 }, 'starting'],
    [{ applied: null, nack }, 0, { hash: 'new', age: 0 }, 'refused'],
    [{ applied, nack }, AWAY_AFTER_MS, { hash: 'new', age: 0 }, 'away'],
  ] as const)('that says %j, %i ms ago, where the newest is %j, is %s', (report, age, newest, state) => {
    const found = stateOf(report, age, newest);
    expect(found.state).toBe(state);
    expect(found.reason === null).toBe(state === 'ok');
  });

  it('that was never heard of is told of by its task', () => {
    expect(reasonOfTask(task({ state: 'running' }))).toContain('does not reach the server');
    expect(reasonOfTask(task({ state: 'rejected', error: 'No such image: x', message: '' }))).toBe(
      'Its task is rejected: No such image: x.',
    );
    expect(reasonOfTask(task({ state: 'pending', error: null, message: '' }))).toBe('Its task is pending.');
  });
});

describe('the labels of a router service', () => {
  it('say what was to be said', () => {
    const settings = { trustedProxies: ['10.0.0.0/8', 'fd00::/8'], acceptProxyProtocol: true };
    expect(settingsFrom(settingsLabels(settings))).toEqual(settings);
  });

  it('trust nobody by mistake', () => {
    for (const text of ['', ',', '10.0.0.1/8', 'everybody', '0.0.0.0/33', '10.0.0.0/8; acl x']) {
      const { trustedProxies } = settingsFrom({ 'io.swarmplane.router.trusted-proxies': text });
      expect(trustedProxies).toEqual([]);
    }
    expect(settingsFrom({ 'io.swarmplane.router.accept-proxy-protocol': '1' }).acceptProxyProtocol).toBe(
      false,
    );
  });
});

describe('the traffic of several routers', () => {
  it('is added up, and means are weighed by what they are over', () => {
    const total = totalTraffic([
      routeStats('a', { requests: 100, rate: 2, totalMs: 10 }),
      routeStats('a', { requests: 300, rate: 3, totalMs: 30 }),
      routeStats('a', { requests: 0, totalMs: 500 }),
    ]);
    expect(total).toMatchObject({ requests: 400, rate: 5, totalMs: 25 });
    expect(totalTraffic([])).toMatchObject({ requests: 0, totalMs: 0 });
    const many = [
      { requests: 1e9, totalMs: 10 },
      { requests: 1024, totalMs: 20 },
    ];
    expect(totalTraffic(many.map((more) => routeStats('a', more))).totalMs).toBe(15);
  });
});
