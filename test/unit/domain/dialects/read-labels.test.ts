import { describe, expect, it } from 'vitest';
import { readLabels } from '../../../../src/domain/dialects/read-labels.ts';
import type { StringMap } from '../../../../src/domain/object.ts';

const read = (labels: StringMap) => readLabels({ name: 'web', labels, networks: null, ports: null });
const lb = { 'com.docker.lb.hosts': 'foo.example.com', 'com.docker.lb.port': '80' };

describe('readLabels', () => {
  it('says nothing of a service without labels about routes', () => {
    expect(read({ other: 'x'.repeat(100_000) })).toEqual([]);
  });

  it('reads each dialect that a service uses, as after a migration that left the old labels', () => {
    const readings = read({
      ...lb,
      'com.docker.ucp.mesh.http': '80=http://foo.example.com',
      'swarmplane.http.web.host': 'foo.example.com',
      'com.df.notify': 'true',
      'com.df.servicePath': '/',
      'com.df.port': '80',
    });
    expect(readings.map(({ dialect }) => dialect)).toEqual(['swarmplane', 'hrm', 'interlock', 'docker-flow']);
    expect(readings.flatMap(({ routes }) => routes).every(({ spec }) => spec !== null)).toBe(true);
  });

  it('refuses all routes of a service with a value over 4 KiB, counted in bytes', () => {
    const atMost = { ...lb, 'com.docker.lb.websocket_endpoints': 'é'.repeat(2048) };
    expect(read(atMost)[0]?.routes).toHaveLength(1);
    const [reading] = read({ ...atMost, 'com.docker.lb.websocket_endpoints': `${'é'.repeat(2048)}x` });
    expect(reading?.routes).toEqual([]);
    expect(reading?.findings).toMatchObject([{ level: 'error', label: 'com.docker.lb.websocket_endpoints' }]);
    expect(reading?.findings[0]?.detail).toMatch(/4096 bytes.*until it is shortened/);
  });

  it('refuses all routes of a service whose labels have 64 KiB together', () => {
    const many = (bytes: number): StringMap =>
      Object.fromEntries(
        Array.from({ length: 16 }, (_, index) => [
          `com.docker.lb.x${String(index).padStart(2, '0')}`,
          'x'.repeat(bytes),
        ]),
      );
    // Each of the sixteen has a name of 17 bytes.
    expect(read({ ...many(4079 - 10), ...lb })[0]?.routes).toHaveLength(1);
    const [reading] = read({ ...many(4079), ...lb });
    expect(reading?.routes).toEqual([]);
    expect(reading?.findings).toMatchObject([{ level: 'error', label: '*' }]);
  });

  it('refuses the second of two routes of one name', () => {
    const [reading] = read({
      'swarmplane.http.web.host': 'foo.example.com',
      'swarmplane.tls.web.host': 'foo.example.com',
    });
    expect(reading?.routes.map(({ spec }) => spec?.protocol)).toEqual(['http', undefined]);
  });

  it('takes a label of no own name for what it is', () => {
    const [reading] = read({
      'swarmplane.http.web.host': 'foo.example.com',
      ['swarmplane.http.web.request-header.set.__proto__']: 'x',
    });
    expect(reading?.routes[0]?.spec).toBeNull();
  });

  it('never shows what may be a password', () => {
    const text = JSON.stringify(
      read({
        'swarmplane.http.web.host': 'foo.example.com',
        'swarmplane.http.web.auth.users': 'ann:canary-1',
        'swarmplane.http.b.auth.users': 'ann:canary-2:x',
        'com.df.notify': 'true',
        'com.df.port': '80',
        'com.df.users': 'ann:canary-3',
        'com.df.usersPassEncrypted.1': 'true',
      }),
    );
    expect(text).toContain('"level":"error"');
    expect(text).not.toContain('canary');
  });
});
