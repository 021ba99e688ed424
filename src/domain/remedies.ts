import { call, type Fix } from './explanation.ts';
import type { SilenceKind } from './names.ts';
import type { Service } from './service.ts';
import type { Task } from './task.ts';

const service = ({ name }: Pick<Service, 'name'>, rest = ''): string => `/v1/services/${name}${rest}`;

/** What makes a service's tasks run, by what keeps them from it. */
export function remedyFor(of: Service, tasks: readonly Task[], kind: SilenceKind): Fix {
  switch (kind) {
    case 'no-tasks':
      return of.mode === 'replicated' && of.replicas === 0
        ? call('POST', service(of, '/scale'), { replicas: 1 }, `Gives "${of.name}" a replica.`)
        : of.placement.constraints.length > 0
          ? withoutConstraints(of)
          : call('POST', service(of, '/restart'), null, `Starts the tasks of "${of.name}" anew.`);
    case 'not-placed':
      return placement(of, tasks);
    case 'health-check':
    case 'failing':
      return call('GET', service(of, '/logs'), null, `Shows what the tasks of "${of.name}" said before.`);
    default:
      return call('GET', service(of, '/rollout'), null, `Tells when the tasks of "${of.name}" run.`);
  }
}

/** By the words of swarmkit's scheduler (`manager/scheduler/filter.go`), which say which of its rules nothing meets. */
function placement(of: Service, tasks: readonly Task[]): Fix {
  const said = tasks.map(({ error, message }) => `${error ?? ''} ${message}`).join('\n');
  if (/scheduling constraints/.test(said)) return withoutConstraints(of);
  if (/insufficient resources/.test(said)) {
    return call(
      'PATCH',
      service(of),
      { resources: { reservations: { nanoCpus: null, memoryBytes: null, genericResources: [] } } },
      `Reserves nothing for the tasks of "${of.name}". Otherwise a node needs more room, or the service less.`,
    );
  }
  if (/host-mode port/.test(said)) {
    const ports = of.ports.map((port) =>
      port.publishMode === 'host' ? { ...port, publishedPort: null } : port,
    );
    return call(
      'PATCH',
      service(of),
      { ports },
      `Lets the nodes choose the ports of "${of.name}" in host mode, because others have those it asks for.`,
    );
  }
  if (/not available for new tasks/.test(said)) {
    return call(
      'GET',
      '/v1/nodes',
      null,
      'Shows the nodes: one must be `ready` and its availability `active`.',
    );
  }
  return call('GET', service(of, '/tasks'), null, `Shows what each task of "${of.name}" waits for.`);
}

function withoutConstraints(of: Service): Fix {
  return call(
    'PATCH',
    service(of),
    { placement: { constraints: [] } },
    `Lets the tasks of "${of.name}" run on any node. To keep its constraints (${of.placement.constraints.join(', ')}), label a node that they should fit: PATCH /v1/nodes/{node}.`,
  );
}

/** Attaches a service to a network: its tasks are replaced. */
export function attach({ name }: Pick<Service, 'name'>, network: { readonly name: string }): Fix {
  return call(
    'PUT',
    `/v1/services/${name}/networks/${network.name}`,
    {},
    `Attaches "${name}" to "${network.name}". Its tasks are replaced one after another.`,
  );
}

/** Has a service answered by the addresses of its tasks: one that has no virtual IP, and so no tasks yet. */
export function inModeDnsrr(of: Pick<Service, 'name'>): Fix {
  return call(
    'PATCH',
    service(of),
    { endpointMode: 'dnsrr' },
    `Has "${of.name}" answer the addresses of its tasks instead of a virtual IP.`,
  );
}

/** Goes round a virtual IP that is dead. */
export function pastVirtualIp(of: Pick<Service, 'name'>, network: { readonly name: string }): Fix {
  return call(
    'GET',
    `/v1/discovery/resolve?network=${network.name}&name=tasks.${of.name}`,
    null,
    `Shows the addresses of the tasks: connect to "tasks.${of.name}" instead. In mode dnsrr "${of.name}" itself would answer them; scale it to none before you change that, or engines go on answering the virtual IP.`,
  );
}
