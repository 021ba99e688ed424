import { caveatsOf, type Caveat } from './caveats.ts';
import { containerName, hostnameOf } from './hostname.ts';
import { distinct, keyOfName, type Claim, type Health, type NameRecord, type Silence } from './names.ts';
import { isOfPresentSpec } from './rollout.ts';
import type { Service, ServiceSpec } from './service.ts';
import { silenceOf } from './silence.ts';
import { isWanted, type Task } from './task.ts';

/** How much of a container's id is one of its names. */
const SHORT_ID = 12;
/** Before the name of a service, or its alias: the addresses of its tasks, whatever its endpoint mode. */
const TASKS = 'tasks.';

/**
 * What a service and its tasks are called on a network, and what each name answers there, as libnetwork binds names
 * (`service_common.go`, `agent.go`; measured on 20.10):
 *
 * - The name of the service, and its aliases there, answer its virtual IP, or without one the addresses of its tasks.
 * - `tasks.` before any of these answers the addresses of its tasks.
 * - Each task answers to the name and the short id of its container, and to its hostname.
 * - A task is in all that while it runs and is to run. The virtual IP stays until the last container has ended.
 * - With a health check a task does not count as running before the check has passed.
 * - IPv4 only: names of services are bound to no other addresses.
 *
 * Tasks of an earlier spec keep the aliases and the hostname that they were made with.
 * @param tasks all of the service, those that have ended too
 */
export function namesOfService(
  service: Service,
  tasks: readonly Task[],
  networkId: string,
  nodeHostname: (nodeId: string) => string | null,
): Claim[] {
  const claims = new Claims();
  const virtualIp = service.virtualIps.find(
    (given) => given.networkId === networkId && isIpv4(given.address),
  );
  const balanced = virtualIp ? [virtualIpRecord(service, virtualIp.address)] : [];
  // The tasks of each spec that has any; the present one has its names without them, too.
  const specs = new Map<ServiceSpec, NameRecord[]>([[service, []]]);
  const running = new Set<ServiceSpec>();
  for (const task of tasks) {
    const address = task.state === 'running' ? addressOn(task, networkId) : undefined;
    if (!address) continue;
    const spec = specOf(service, task);
    const records = specs.get(spec) ?? [];
    specs.set(spec, records);
    running.add(spec);
    if (!isWanted(task)) continue;
    const record = recordOf(task, address, spec, nodeHostname);
    records.push(record);
    claims.add(containerName(task, service), 'task', [record]);
    const hostname = hostnameOf(spec.hostname, service, task, record.nodeHostname);
    for (const name of [shortIdOf(task), hostname]) if (name) claims.add(name, 'container', [record]);
  }
  for (const [spec, records] of specs) {
    const aliases = spec.networks.find((joined) => joined.networkId === networkId)?.aliases;
    if (!aliases) continue;
    const isBalanced = spec.endpointMode === 'vip' && balanced.length > 0;
    const answers = isBalanced ? (running.has(spec) ? balanced : []) : records;
    claims.add(service.name, isBalanced ? 'vip' : 'tasks', answers);
    for (const alias of aliases) claims.add(alias, 'alias', answers);
    for (const name of [service.name, ...aliases]) claims.add(`${TASKS}${name}`, 'tasks', records);
  }
  const caveats = caveatsOf(service, networkId);
  for (const { name, isKept } of caveats.values()) if (!isKept) claims.add(name, 'alias', []);
  return claims.all(
    (name) => takenAway(caveats.get(keyOfName(name))) ?? silenceOf(service, tasks, name),
    (name) => caveats.get(keyOfName(name))?.text ?? null,
  );
}

/** What a container that joined a network by hand is called there, as far as its manager knows: by its short id. */
export function namesOfContainer(
  task: Task,
  networkId: string,
  nodeHostname: (nodeId: string) => string | null,
): Claim[] {
  const name = shortIdOf(task);
  const address = addressOn(task, networkId);
  if (!name || !address || task.state !== 'running' || !isWanted(task)) return [];
  return [
    {
      name,
      kind: 'container',
      records: [recordOf(task, address, null, nodeHostname)],
      silence: null,
      caveat: null,
    },
  ];
}

/** The claims of one service: a name that it has twice answers everything behind both. */
class Claims {
  private readonly found = new Map<string, Pick<Claim, 'name' | 'kind' | 'records'>>();

  add(name: string, kind: Claim['kind'], records: readonly NameRecord[]): void {
    const key = keyOfName(name);
    const known = this.found.get(key);
    if (!known) this.found.set(key, { name, kind, records });
    else this.found.set(key, { ...known, records: distinct([...known.records, ...records]) });
  }

  /** @param why what keeps a name from answering */
  all(why: (name: string) => Claim['silence'], caveat: (name: string) => string | null): Claim[] {
    return Array.from(this.found.values(), ({ name, kind, records }) => ({
      name,
      kind,
      records,
      silence: records.length === 0 ? why(name) : null,
      caveat: caveat(name),
    }));
  }
}

function takenAway(caveat: Caveat | undefined): Silence | null {
  return caveat?.isKept === false ? { kind: 'no-such-name', detail: caveat.text } : null;
}

/** The spec that a task was made from, where its service remembers it. */
function specOf(service: Service, task: Task): ServiceSpec {
  const isOfAnother = isOfPresentSpec(service, task) !== true && task.specVersion !== null;
  return isOfAnother && service.previousSpec ? service.previousSpec : service;
}

function virtualIpRecord({ id, name }: Service, address: string): NameRecord {
  return {
    address,
    serviceId: id,
    serviceName: name,
    taskId: null,
    nodeId: null,
    nodeHostname: null,
    containerId: null,
    state: null,
    health: null,
  };
}

function recordOf(
  task: Task,
  address: string,
  spec: ServiceSpec | null,
  nodeHostname: (nodeId: string) => string | null,
): NameRecord {
  const { id: taskId, serviceId, serviceName, nodeId, containerId, state } = task;
  return {
    address,
    serviceId,
    serviceName,
    taskId,
    nodeId,
    nodeHostname: nodeId === null ? null : nodeHostname(nodeId),
    containerId,
    state,
    health: healthOf(spec),
  };
}

/** Of a task that runs. Which check the image brings along, and what became of it, is not known to managers. */
function healthOf(spec: ServiceSpec | null): Health {
  const [first] = spec?.healthcheck?.test ?? [];
  if (first === undefined) return 'unknown';
  return first === 'NONE' ? 'unchecked' : 'healthy';
}

const shortIdOf = ({ containerId }: Task): string | null => containerId?.slice(0, SHORT_ID) ?? null;
const addressOn = ({ addresses }: Task, networkId: string): string | undefined =>
  addresses.find((held) => held.networkId === networkId && isIpv4(held.address))?.address;
const isIpv4 = (address: string): boolean => !address.includes(':');
