import { describe, expect, it } from 'vitest';
import {
  isListened,
  listenerParameters,
  nodeParameters,
  removalParameters,
} from '../../../../src/domain/dialects/docker-flow-listener.ts';
import { node, service } from '../../../factories/domain.ts';

const labels = (more: Record<string, string> = {}): Record<string, string> => ({
  'com.df.notify': 'true',
  'com.df.servicePath': '/demo',
  'com.df.port': '8080',
  'other.label': 'x',
  ...more,
});

describe('what Docker Flow’s Swarm Listener tells', () => {
  it('of a service is its labels, its name and its replicas', () => {
    expect(listenerParameters(service({ name: 'go-demo', labels: labels(), replicas: 3 }))).toEqual({
      servicePath: '/demo',
      port: '8080',
      distribute: 'true',
      serviceName: 'go-demo',
      replicas: '3',
    });
  });

  it('of a global service has no replicas, and what its labels say of distribute', () => {
    const parameters = listenerParameters(
      service({
        name: 'go-demo',
        mode: 'global',
        replicas: null,
        labels: labels({ 'com.df.distribute': 'false' }),
      }),
    );
    expect(parameters).not.toHaveProperty('replicas');
    expect(parameters['distribute']).toBe('false');
  });

  it('has the short name of a service of a stack where that is asked for', () => {
    const stack = { 'com.docker.stack.namespace': 'go' };
    const name = (more: Record<string, string>): string | undefined =>
      listenerParameters(service({ name: 'go_main', labels: labels(more) }))['serviceName'];
    expect(name(stack)).toBe('go_main');
    expect(name({ ...stack, 'com.df.shortName': 'true' })).toBe('main');
    expect(
      removalParameters(
        service({ name: 'go_main', labels: labels({ ...stack, 'com.df.shortName': 'true' }) }),
      ),
    ).toEqual({
      serviceName: 'main',
      distribute: 'true',
    });
  });

  it('is of services that ask for it', () => {
    expect(isListened(service({ labels: labels() }))).toBe(true);
    expect(isListened(service({ labels: labels({ 'com.df.notify': 'false' }) }))).toBe(false);
    expect(isListened(service())).toBe(false);
  });

  it('of a node is what it is, and its labels', () => {
    expect(nodeParameters(node({ labels: { 'com.df.zone': 'a', more: 'b' }, version: 24 }))).toEqual({
      zone: 'a',
      id: 'node1',
      hostname: 'alpha',
      address: '192.0.2.1',
      versionIndex: '24',
      state: 'ready',
      role: 'worker',
      availability: 'active',
    });
  });
});
