import { reachableAddress, type Node } from '../domain/node.ts';
import type { Network } from '../domain/network.ts';
import type { StringMap } from '../domain/object.ts';
import type { PublishMode, Service } from '../domain/service.ts';
import type { Task } from '../domain/task.ts';

const PREFIX = '__meta_dockerswarm_';

/**
 * The labels that Prometheus' own `dockerswarm_sd` gives the same things (prometheus/prometheus, `discovery/moby`), so
 * that relabelling written for it goes on working. What is not known has no label, which is the same to Prometheus as
 * an empty one.
 */
export function taskLabels({ id, desiredState, state, slot, containerId }: Task): StringMap {
  // Written out, unlike the others: this is made for every target.
  return {
    __meta_dockerswarm_task_id: id,
    __meta_dockerswarm_task_desired_state: desiredState,
    __meta_dockerswarm_task_state: state,
    // Where there are no slots the API of the engine, and so Prometheus, says 0.
    __meta_dockerswarm_task_slot: String(slot ?? 0),
    ...(containerId === null ? {} : { __meta_dockerswarm_task_container_id: containerId }),
  };
}

/** The label of a port that is published. */
export const publishModeLabels: Readonly<Record<PublishMode, StringMap>> = {
  ingress: labelled('task_', { port_publish_mode: 'ingress' }),
  host: labelled('task_', { port_publish_mode: 'host' }),
};

/** The labels of a service and those that it gives its containers, as its present spec has them. */
export function serviceLabels(service: Service): StringMap {
  return {
    ...labelled('service_', { id: service.id, name: service.name, mode: service.mode }),
    ...ownLabels('service_label_', service.labels),
    ...ownLabels('container_label_', service.containerLabels),
  };
}

/** The labels of a node. */
export function nodeLabels(node: Node): StringMap {
  return {
    ...labelled('node_', {
      id: node.id,
      role: node.role,
      address: reachableAddress(node),
      availability: node.availability,
      hostname: node.hostname,
      platform_architecture: node.architecture,
      platform_os: node.os,
      engine_version: node.engineVersion,
      status: node.state,
    }),
    ...ownLabels('node_label_', node.labels),
  };
}

/** The labels of a network. */
export function networkLabels(network: Network): StringMap {
  return {
    ...labelled('network_', {
      id: network.id,
      name: network.name,
      scope: network.scope,
      internal: String(network.internal),
      ingress: String(network.ingress),
    }),
    ...ownLabels('network_label_', network.labels),
  };
}

/** A label's name as Prometheus takes it: whatever it does not allow is an underscore (`strutil.SanitizeLabelName`). */
export function labelName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/gu, '_');
}

function labelled(part: string, values: Readonly<Record<string, string | null>>): StringMap {
  const known = Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(known.map(([name, value]) => [`${PREFIX}${part}${name}`, value]));
}

/** Of two whose names become the same one counts, whichever comes last in the alphabet. */
function ownLabels(part: string, labels: StringMap): StringMap {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, value]) => [`${PREFIX}${part}${labelName(name)}`, value]));
}
