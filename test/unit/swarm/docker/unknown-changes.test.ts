import { describe, expect, it } from 'vitest';
import { unknownChanges } from '../../../../src/swarm/docker/unknown-changes.ts';

const spec = (container: object, more: object = {}, task: object = {}): Record<string, unknown> => ({
  Name: 'web',
  TaskTemplate: { ContainerSpec: { Image: 'nginx', ...container }, ForceUpdate: 0, ...task },
  Mode: { Replicated: { Replicas: 1 } },
  ...more,
});
const bind = { Type: 'bind', Source: '/srv', Target: '/srv' };

describe('unknownChanges', () => {
  it.each<[what: string, current: object, next: object]>([
    ['nothing', spec({}), spec({})],
    ['what we know', spec({ Env: ['A=1'], Hosts: ['a b'] }), spec({ Mounts: [bind], User: 'root' })],
    [
      'what the engine may leave out',
      spec({ Mounts: [bind] }),
      spec({ Mounts: [{ Source: '/srv', Target: '/srv' }] }),
    ],
    ['what is as good as nothing', spec({}), spec({ TTY: false, Labels: {} }, { Later: [] })],
    ['what we do not know and stays', spec({ Later: 1 }), spec({ Later: 1, Image: 'other' })],
  ])('are none of %s', (_what, current, next) => {
    expect(unknownChanges(current as never, next as never)).toEqual([]);
  });

  it.each<[what: string, next: object, pointer: string]>([
    ['a field of the container', spec({ Devices: ['/dev/sda'] }), '/TaskTemplate/ContainerSpec/Devices/0'],
    ['another runtime', spec({}, {}, { Runtime: 'plugin' }), '/TaskTemplate/Runtime'],
    ['a field of the service', spec({}, { Later: 1 }), '/Later'],
    [
      'a part of a mount that is new itself',
      spec({ Mounts: [{ ...bind, ImageOptions: { Subpath: '/' } }] }),
      '/TaskTemplate/ContainerSpec/Mounts/0/ImageOptions/Subpath',
    ],
  ])('are %s', (_what, next, pointer) => {
    expect(unknownChanges(spec({}), next as never)).toEqual([pointer]);
  });
});
