import { describe, expect, it } from 'vitest';
import { networkLabels, nodeLabels } from '../../../src/prometheus/meta-labels.ts';
import type { Target } from '../../../src/prometheus/target-document.ts';
import { hostTargets, overlayTargets, scrapedService } from '../../../src/prometheus/task-targets.ts';
import type { Service } from '../../../src/domain/service.ts';
import { network, node, service, task } from '../../factories/domain.ts';

const port = (targetPort: number, more: object = {}) => ({
  targetPort,
  publishedPort: 30_000 + targetPort,
  protocol: 'tcp' as const,
  publishMode: 'ingress' as const,
  ...more,
});
const around = (overrides: Partial<Service> = {}) => ({
  service: scrapedService(service(overrides)),
  node: nodeLabels(node()),
  networkLabels: (id: string) => (id === 'net1' ? networkLabels(network()) : null),
  port: 80,
});
const ADDRESSES = [
  { networkId: 'net1', address: '10.0.9.3' },
  { networkId: 'net1', address: 'fd00::3' },
  { networkId: 'ingress', address: '10.0.0.7' },
];
const addresses = (targets: readonly Target[]): string[] => targets.map(({ address }) => address);
const labelsOf = (target: Target | undefined): object =>
  Object.assign({}, ...(target?.labels ?? [])) as object;

describe('the targets of a task on its networks', () => {
  const there = task({ addresses: ADDRESSES, containerId: 'c1' });

  it('have every address there, and the port asked for where the service names none', () => {
    expect(addresses(overlayTargets(there, around()))).toEqual(['10.0.9.3:80', '[fd00::3]:80']);
  });

  it('have each port of TCP that the service publishes, as it is in the container', () => {
    const ports = [
      port(8080),
      port(53, { protocol: 'udp' }),
      port(9090, { publishMode: 'host' }),
      port(8080),
    ];
    const targets = overlayTargets(task({ addresses: ADDRESSES.slice(0, 1) }), around({ ports }));
    expect(addresses(targets)).toEqual(['10.0.9.3:8080', '10.0.9.3:9090']);
    expect(labelsOf(targets[0])).toMatchObject({ __meta_dockerswarm_task_port_publish_mode: 'ingress' });
    expect(labelsOf(targets[1])).toMatchObject({ __meta_dockerswarm_task_port_publish_mode: 'host' });
  });

  it('have the ports of its label instead', () => {
    const wishing = around({ ports: [port(8080)], labels: { 'prometheus-port': '9100,8080' } });
    const [first, second] = overlayTargets(there, wishing);
    expect([first?.address, second?.address]).toEqual(['10.0.9.3:9100', '10.0.9.3:8080']);
    expect(labelsOf(first)).not.toHaveProperty('__meta_dockerswarm_task_port_publish_mode');
    expect(labelsOf(second)).toHaveProperty('__meta_dockerswarm_task_port_publish_mode', 'ingress');
  });

  it('are labelled as Prometheus labels those that it finds itself', () => {
    const labels = {
      'com.docker.stack.namespace': 'shop',
      'prometheus-job': 'web',
      é: '1',
      'a.b': '1',
      'a-b': '2',
    };
    const [target] = overlayTargets(there, around({ labels, containerLabels: { tier: 'front' } }));
    expect(labelsOf(target)).toEqual({
      __meta_dockerswarm_task_id: 'task1',
      __meta_dockerswarm_task_desired_state: 'running',
      __meta_dockerswarm_task_state: 'running',
      __meta_dockerswarm_task_slot: '1',
      __meta_dockerswarm_task_container_id: 'c1',
      __meta_dockerswarm_service_id: 'svc1',
      __meta_dockerswarm_service_name: 'web',
      __meta_dockerswarm_service_mode: 'replicated',
      __meta_dockerswarm_service_label_com_docker_stack_namespace: 'shop',
      __meta_dockerswarm_service_label_prometheus_job: 'web',
      __meta_dockerswarm_service_label__: '1',
      __meta_dockerswarm_service_label_a_b: '1',
      __meta_dockerswarm_container_label_tier: 'front',
      job: 'web',
      __meta_dockerswarm_node_id: 'node1',
      __meta_dockerswarm_node_role: 'worker',
      __meta_dockerswarm_node_address: '192.0.2.1',
      __meta_dockerswarm_node_availability: 'active',
      __meta_dockerswarm_node_hostname: 'alpha',
      __meta_dockerswarm_node_platform_architecture: 'x86_64',
      __meta_dockerswarm_node_platform_os: 'linux',
      __meta_dockerswarm_node_engine_version: '20.10.24',
      __meta_dockerswarm_node_status: 'ready',
      __meta_dockerswarm_network_id: 'net1',
      __meta_dockerswarm_network_name: 'front',
      __meta_dockerswarm_network_scope: 'swarm',
      __meta_dockerswarm_network_internal: 'false',
      __meta_dockerswarm_network_ingress: 'false',
    });
  });
});

describe('the targets of a task at its node', () => {
  const openPorts = [
    port(8080, { publishMode: 'host', publishedPort: 32_768 }),
    port(9090, { publishMode: 'host', publishedPort: 9090 }),
    port(53, { publishMode: 'host', protocol: 'udp' }),
  ];
  const there = task({ addresses: ADDRESSES, openPorts });

  it('are the ports of TCP that the node has opened for it', () => {
    const targets = hostTargets(there, '192.0.2.1', around());
    expect(addresses(targets)).toEqual(['192.0.2.1:32768', '192.0.2.1:9090']);
    expect(labelsOf(targets[0])).toMatchObject({
      __meta_dockerswarm_task_port_publish_mode: 'host',
      __meta_dockerswarm_service_name: 'web',
      __meta_dockerswarm_node_hostname: 'alpha',
    });
  });

  it('are those of its label only', () => {
    const wishing = around({ ports: openPorts, labels: { 'prometheus-port': '8080' } });
    expect(addresses(hostTargets(there, 'fd00::1', wishing))).toEqual(['[fd00::1]:32768']);
  });
});
