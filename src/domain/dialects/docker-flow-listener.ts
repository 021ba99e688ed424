import type { Node } from '../node.ts';
import { STACK_LABEL, type StringMap } from '../object.ts';
import type { Service } from '../service.ts';
import { booleanOf } from './label-text.ts';

const PREFIX = 'com.df.';
const NOTIFY = 'notify';

/** What a service says, as far as Docker Flow's Swarm Listener tells of it. */
export type ListenedService = Pick<Service, 'name' | 'labels' | 'mode' | 'replicas'>;

/** Whether a service wants to be told of (`docs/config.md`: `DF_NOTIFY_LABEL`). */
export function isListened({ labels }: Pick<Service, 'labels'>): boolean {
  return labels[`${PREFIX}${NOTIFY}`] === 'true';
}

/**
 * A service as Docker Flow's Swarm Listener tells of it: its labels without their prefix, its name and its replicas, of
 * which a global service has none (docker-flow/docker-flow-swarm-listener, `service/parameters.go`, `service/minify.go`).
 */
export function listenerParameters(service: ListenedService): StringMap {
  const { mode, replicas } = service;
  const { [NOTIFY]: _, ...said } = wordsOf(service.labels);
  return {
    distribute: 'true',
    ...said,
    serviceName: nameOf(service),
    ...(mode === 'global' ? {} : { replicas: `${replicas ?? 0}` }),
  };
}

/** What is told of a service that is gone. */
export function removalParameters(service: ListenedService): StringMap {
  return {
    distribute: service.labels[`${PREFIX}distribute`] ?? 'true',
    serviceName: nameOf(service),
  };
}

/** A node as the listener tells of it. */
export function nodeParameters(node: Node): StringMap {
  const { id, hostname, address, version, state, role, availability } = node;
  return {
    ...wordsOf(node.engineLabels),
    ...wordsOf(node.labels),
    id,
    hostname,
    address: address ?? '',
    versionIndex: `${version}`,
    state,
    role,
    availability,
  };
}

const wordsOf = (labels: StringMap): StringMap =>
  Object.fromEntries(
    Object.entries(labels)
      .filter(([label]) => label.startsWith(PREFIX) && label.length > PREFIX.length)
      .map(([label, text]) => [label.slice(PREFIX.length), text]),
  );

function nameOf({ name, labels }: ListenedService): string {
  const stack = labels[STACK_LABEL];
  const isShort = booleanOf(labels[`${PREFIX}shortName`] ?? '') === true;
  return stack && isShort && name.startsWith(`${stack}_`) ? name.slice(stack.length + 1) : name;
}
