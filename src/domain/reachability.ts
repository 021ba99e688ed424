import { call, fail, pass, unknown, type Finding, type Fix } from './explanation.ts';
import type { Resolution, SilenceKind } from './names.ts';
import type { Network } from './network.ts';
import type { Node } from './node.ts';
import { inModeDnsrr, remedyFor } from './remedies.ts';
import type { Service } from './service.ts';
import { silenceOf } from './silence.ts';
import { isWanted, type Task } from './task.ts';

/** What connects: a service, or one of its tasks; null for whatever is on the network. */
export interface Source {
  readonly name: string;
  readonly service: Service;
  /** All of the service, or the one task. */
  readonly tasks: readonly Task[];
}

/** All that is known about the way from one thing to a service over one network. */
export interface Way {
  readonly network: Network;
  readonly source: Source | null;
  readonly to: Service;
  /** All of the service, those that have ended too. */
  readonly toTasks: readonly Task[];
  /** What the name of the service answers on the network. */
  readonly resolution: Resolution;
  readonly port: number | null;
  readonly node: (id: string) => Node | undefined;
}

/** The steps from the name to the nodes, each looked at whatever came of those before. */
export function findingsOf(way: Way): Finding[] {
  return [
    nameStep(way),
    endpointModeStep(way),
    tasksStep(way),
    ...(way.source ? [sourceStep(way, way.source)] : []),
    ...(way.port === null ? [] : [portStep(way, way.port)]),
    pathStep(way),
    internalStep(way),
    encryptedStep(way),
    nodesStep(way),
  ];
}

function nameStep(way: Way): Finding {
  const { network, to, toTasks, resolution } = way;
  const { kind, records, reason, caveat } = resolution;
  if (kind === 'none') {
    const why: SilenceKind = reason?.kind ?? 'no-tasks';
    return fail('name', reason?.detail ?? '', remedyFor(to, toTasks, why));
  }
  const answers = `"${to.name}" answers ${records.map(({ address }) => address).join(', ')} on "${network.name}"`;
  const others = new Set(
    records.flatMap(({ serviceId, serviceName }) => (serviceId === to.id ? [] : [serviceName])),
  );
  if (others.size > 0) {
    return unknown(
      'name',
      `${answers}, but not all of that is of this service: ${[...others].join(', ')} has the same name there. Take the alias from it.`,
    );
  }
  return caveat === null
    ? pass('name', `${answers}.`)
    : unknown('name', `By its spec ${answers}. ${caveat}`, probe(way, 'Shows what it answers there.'));
}

function endpointModeStep({ network, to }: Way): Finding {
  if (to.endpointMode === 'dnsrr') {
    return pass('endpoint-mode', `In mode dnsrr "${to.name}" answers the addresses of its tasks.`);
  }
  const virtualIp = virtualIpOn(to, network);
  return virtualIp
    ? pass('endpoint-mode', `In mode vip "${to.name}" has the virtual IP ${virtualIp} on "${network.name}".`)
    : fail(
        'endpoint-mode',
        `In mode vip "${to.name}" has been given no virtual IP on "${network.name}". Its subnet may have no address left: GET /v1/networks/${network.name}/addresses.`,
        inModeDnsrr(to),
      );
}

function tasksStep({ network, to, toTasks }: Way): Finding {
  const running = runningOn(toTasks, network);
  const wanted = toTasks.filter(isWanted).length;
  if (running.length > 0) {
    return pass(
      'tasks',
      `${running.length} of ${wanted} tasks of "${to.name}" run on "${network.name}", and are not known to be unhealthy.`,
    );
  }
  const { kind, detail } = silenceOf(to, toTasks, to.name);
  return fail('tasks', detail, remedyFor(to, toTasks, kind));
}

function sourceStep({ network }: Way, { name, service, tasks }: Source): Finding {
  const running = runningOn(tasks, network);
  if (running.length > 0) {
    return pass(
      'source',
      `${running.length} ${running.length === 1 ? 'task' : 'tasks'} of "${name}" run on "${network.name}".`,
    );
  }
  const { kind, detail } = silenceOf(service, tasks, name);
  return fail(
    'source',
    `Nothing of "${name}" runs on "${network.name}" that could connect. ${detail}`,
    remedyFor(service, tasks, kind),
  );
}

function portStep(way: Way, port: number): Finding {
  const { to } = way;
  const declared = to.ports.filter(({ targetPort }) => targetPort === port);
  const outside = to.ports.filter((each) => each.publishedPort === port && each.targetPort !== port);
  const said =
    declared.length > 0
      ? `"${to.name}" publishes it (${declared.map(({ protocol }) => `${port}/${protocol}`).join(', ')}), so something should.`
      : outside.length > 0
        ? `${port} is the port that "${to.name}" has outside of the swarm; inside of its networks it is ${outside.map(({ targetPort }) => targetPort).join(', ')}.`
        : `"${to.name}" publishes no such port, which inside of a network it need not.`;
  return unknown(
    'port',
    `Whether anything listens on ${port} in the containers, no manager knows. ${said}`,
    probe(way, 'Opens a real connection from inside the network.'),
  );
}

function pathStep(way: Way): Finding {
  const { network, to } = way;
  if (to.endpointMode === 'dnsrr') return pass('path', 'Connections go straight to the tasks.');
  return unknown(
    'path',
    `Connections go to the virtual IP ${virtualIpOn(to, network) ?? ''}, which the kernel of the node that they come from spreads over the tasks. For that it needs IPVS, and whether it has it no manager knows.`,
    probe(way, 'Asks from inside the network; with a port it opens a connection, too.'),
  );
}

function internalStep({ network }: Way): Finding {
  return pass(
    'internal',
    network.internal
      ? `"${network.name}" is internal: its containers reach each other there, but nothing outside.`
      : `"${network.name}" is not internal.`,
  );
}

function encryptedStep(way: Way): Finding {
  const { network } = way;
  if (!network.encrypted) return pass('encrypted', `"${network.name}" is not encrypted.`);
  const nodes = nodesOf(way);
  return nodes.length < 2
    ? pass('encrypted', 'All of it runs on one node, so that nothing needs to be encrypted on the way.')
    : unknown(
        'encrypted',
        `"${network.name}" is encrypted between ${nodes.length} nodes. Their kernels need ESP for it, and what is between them must let IP protocol 50 through; without that all of it is dropped in silence.`,
        call('POST', '/v1/swarm/connectivity', { encrypted: true }, 'Tries it between all pairs of nodes.'),
      );
}

function nodesStep(way: Way): Finding {
  const nodes = nodesOf(way).flatMap((id) => way.node(id) ?? []);
  const lost = nodes.filter(({ state }) => state !== 'ready');
  const [first] = lost;
  if (!first) {
    return pass(
      'nodes',
      `${nodes.length === 1 ? 'The node' : `All ${nodes.length} nodes`} on which they run are ready.`,
    );
  }
  const evidence = `${lost.map(({ hostname, state, message }) => `${hostname} is ${state}${message && ` (${message})`}`).join('; ')}.`;
  const fix = call('GET', `/v1/nodes/${first.id}`, null, `Shows what managers know of ${first.hostname}.`);
  const serving = new Set(runningOn(way.toTasks, way.network).map(({ nodeId }) => nodeId));
  return [...serving].every((id) => lost.some((node) => node.id === id))
    ? fail('nodes', evidence, fix)
    : unknown('nodes', `${evidence} Tasks on other nodes may answer.`, fix);
}

/** What would find out. */
function probe({ network, to, port }: Way, sentence: string): Fix {
  const body = { network: network.name, name: to.name, ...(port === null ? {} : { port }) };
  return call('POST', '/v1/discovery/probe', body, sentence);
}

/** The nodes on which both sides run, each once. */
function nodesOf({ network, source, toTasks }: Way): string[] {
  const tasks = [...runningOn(toTasks, network), ...runningOn(source?.tasks ?? [], network)];
  return [...new Set(tasks.flatMap(({ nodeId }) => nodeId ?? []))];
}

const runningOn = (tasks: readonly Task[], { id }: Network): readonly Task[] =>
  tasks.filter(
    (task) =>
      task.state === 'running' && isWanted(task) && task.addresses.some(({ networkId }) => networkId === id),
  );

const virtualIpOn = ({ virtualIps }: Service, { id }: Network): string | undefined =>
  virtualIps.find(({ networkId }) => networkId === id)?.address;
