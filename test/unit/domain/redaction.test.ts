import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HIDDEN, redacted } from '../../../src/domain/redaction.ts';

const CANARY = 'canary-4f6e634f';
const shown = (pointer: string, value: unknown): unknown =>
  redacted([{ pointer, before: null, after: value }])[0]?.after;

const leavesOf = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [value];

describe('redacted', () => {
  it.each<[string, unknown]>([
    ['/env', { A: CANARY }],
    ['/env/A', CANARY],
    ['/data', CANARY],
    ['/text', CANARY],
    ['/key', CANARY],
    ['/labels', { 'db.password': CANARY }],
    ['/labels/api-key', CANARY],
    ['/containerLabels/traefik.http.middlewares.a.basicauth.users', CANARY],
    ['/logDriver', { name: 'splunk', options: { 'splunk-url': CANARY } }],
    ['/logDriver/options/x', CANARY],
    ['/mounts', [{ type: 'volume', volumeOptions: { driver: { options: { o: `password=${CANARY}` } } } }]],
    ['/options', { token: CANARY }],
    ['/args', ['--password', CANARY]],
    ['/args', [`--db-password=${CANARY}`, `-token "${CANARY}"`]],
    ['/command', ['sh', '-c', `PGPASSWORD=${CANARY} psql postgres://me:${CANARY}@db`]],
    ['/command', ['sh', '-c', `curl --auth-token ${CANARY} x`]],
    ['/healthcheck', { test: ['CMD', 'ping', `--secret=${CANARY}`] }],
    ['/image', `https://me:${CANARY}@registry/x`],
    ['/basicAuth', { realm: 'r', users: { ann: CANARY } }],
    ['/basicAuth/users/ann', CANARY],
    ['/requestHeaders', { set: { Authorization: CANARY }, add: { 'X-Api-Key': CANARY }, remove: [] }],
    ['/requestHeaders/set/Authorization', CANARY],
    ['/previous', { env: { A: CANARY }, networks: [{ driverOptions: { secret: CANARY } }] }],
  ])('does not tell %s of %j', (pointer, value) => {
    expect(JSON.stringify(shown(pointer, value))).not.toContain(CANARY);
    expect(JSON.stringify(redacted([{ pointer, before: value, after: null }]))).not.toContain(CANARY);
  });

  it.each<[string, unknown]>([
    ['/image', 'nginx:1.28'],
    ['/replicas', 3],
    ['/labels', { team: 'a', 'traefik.http.routers.a.rule': 'Host(`a.example`)' }],
    ['/secrets', [{ secretId: 'x', secretName: 'db-password', target: '/run/secrets/db' }]],
    ['/mounts', [{ type: 'bind', source: '/a', target: '/b', readOnly: true }]],
    ['/args', ['--port', '80', '--keep', 'a b']],
    ['/options', { 'com.docker.network.driver.mtu': '1400' }],
    ['/requestHeaders', { set: { 'X-Team': 'a' }, add: {}, remove: ['Via'] }],
    ['/role', 'admin'],
    ['/expiresAt', null],
  ])('tells %s of %j', (pointer, value) => {
    expect(shown(pointer, value)).toEqual(value);
  });

  it('tells for whom something is: there, a token is the id of one', () => {
    expect(shown('/subject', { token: 'abc', user: null })).toEqual({ token: 'abc', user: null });
    expect(shown('/subject/token', 'abc')).toBe('abc');
    expect(shown('/exceptions', [{ subject: { token: 'abc' } }])).toEqual([{ subject: { token: 'abc' } }]);
  });

  it('says that something was changed, and not to what', () => {
    expect(redacted([{ pointer: '/env/A', before: 'x', after: 'y' }])).toEqual([
      { pointer: '/env/A', before: HIDDEN, after: HIDDEN },
    ]);
    expect(shown('/env', { A: 'x', B: 'y' })).toEqual({ A: HIDDEN, B: HIDDEN });
  });

  it('keeps no more than a row should hold', () => {
    expect(shown('/args', ['x'.repeat(10_000)])).toBe('(10004 characters)');
    const many = Array.from({ length: 2_000 }, (_, index) => ({
      pointer: `/labels/${index}`,
      before: null,
      after: 'a',
    }));
    const kept = redacted(many);
    expect(kept).toHaveLength(501);
    expect(kept.at(-1)?.after).toBe('(and 1500 changes more)');
  });

  it('hides whatever is in an environment, however deep, and always answers JSON', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 4 }),
        fc.constantFrom('', '/previousSpec', '/a/b'),
        (value, parent) => {
          const [change] = redacted([{ pointer: `${parent}/env`, before: value, after: { env: value } }]);
          const hidden = leavesOf(change?.before).filter((leaf) => leaf !== null);
          expect(
            hidden.filter((leaf) => leaf !== HIDDEN && !/^\(\d+ characters\)$/.test(leaf as string)),
          ).toEqual([]);
          expect(JSON.parse(JSON.stringify(change))).toEqual(change);
        },
      ),
      { numRuns: 500 },
    );
  });
});
