import type { View } from '../api/visible-state.ts';
import { candidatesOf, keyOfName, type Silence } from '../domain/names.ts';
import type { Network } from '../domain/network.ts';
import type { Service } from '../domain/service.ts';
import { containerName } from '../domain/hostname.ts';
import { silenceOf } from '../domain/silence.ts';
import { TASK_STATES, type Task } from '../domain/task.ts';

const TASKS = 'tasks.';
const COMPLETE = TASK_STATES.indexOf('complete');

const UNLESS_BY_HAND = 'A container that joined by hand may have the name all the same: only its node knows.';

/** Why nothing on a network has a name: because it is that of something elsewhere, of something past, or of nothing. */
export function whyMissing(view: View, network: Network, asked: string): Silence {
  if (network.ingress) {
    return {
      kind: 'ingress',
      detail: `"${network.name}" is the network of the routing mesh, on which Docker gives no names. Ask on a network that services are attached to.`,
    };
  }
  const byHand = view.tasks.by('network', network.id).filter(isJoinedByHand).length;
  for (const key of candidatesOf(asked, network)) {
    const past = ofTask(view, network, key);
    if (past) return past;
    const away = elsewhere(view, network, key);
    if (away) return byHand > 0 ? { ...away, detail: `${away.detail} ${UNLESS_BY_HAND}` } : away;
  }
  return byHand > 0
    ? {
        kind: 'joined-by-hand',
        detail: `Nothing that managers know of has the name "${asked}" on "${network.name}". It may be one of the ${byHand} containers that joined by hand: only their own nodes know their names and aliases. POST /v1/discovery/probe asks there.`,
      }
    : {
        kind: 'no-such-name',
        detail: `Nothing on "${network.name}" has the name "${asked}". GET /v1/discovery/names?network=${network.name} lists those there are; Docker passes any other on to the name servers of its node.`,
      };
}

const isJoinedByHand = (task: Task): boolean => task.serviceId === null && task.state === 'running';

/** A name that ends in the id of a task is that of its container, if anything. */
function ofTask(view: View, network: Network, key: string): Silence | null {
  const task = view.tasks.get(key.slice(key.lastIndexOf('.') + 1));
  const service = task?.serviceId ? view.services.get(task.serviceId) : undefined;
  if (!task || !service || keyOfName(containerName(task, service)) !== key) return null;
  if (TASK_STATES.indexOf(task.state) >= COMPLETE) {
    const { error, message } = task;
    return {
      kind: 'ended',
      detail: `The task ${task.id} of "${service.name}" has ended (${task.state}: ${error ?? message}). GET /v1/services/${service.name}/tasks lists those that run.`,
    };
  }
  if (service.networks.some(({ networkId }) => networkId === network.id)) {
    return silenceOf(service, [task], `${service.name}.${task.slot ?? task.nodeId ?? ''}`);
  }
  return notAttached(view, network, service, key);
}

function elsewhere(view: View, network: Network, key: string): Silence | null {
  const base = key.startsWith(TASKS) ? key.slice(TASKS.length) : key;
  for (const service of view.services.all()) {
    if (keyOfName(service.name) === base) return notAttached(view, network, service, key);
    const attachment = service.networks.find(({ aliases }) =>
      aliases.some((alias) => keyOfName(alias) === base),
    );
    if (!attachment) continue;
    const there = view.networks.get(attachment.networkId)?.name ?? attachment.networkId;
    return {
      kind: 'elsewhere',
      detail: `"${service.name}" has the alias "${base}" only on "${there}", not on "${network.name}". An alias is given for each network: PUT /v1/services/${service.name}/networks/${network.name} with {"aliases":["${base}"]}.`,
    };
  }
  return null;
}

function notAttached(view: View, network: Network, service: Service, name: string): Silence {
  const on = service.networks.map(({ networkId }) => `"${view.networks.get(networkId)?.name ?? networkId}"`);
  return {
    kind: 'elsewhere',
    detail: `"${name}" does not answer on "${network.name}": the service "${service.name}" is ${on.length === 0 ? 'on no network' : `only on ${on.join(', ')}`}. PUT /v1/services/${service.name}/networks/${network.name} attaches it.`,
  };
}
