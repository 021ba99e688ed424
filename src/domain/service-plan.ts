import { networksOf } from './address-need.ts';
import { fieldChanges, type FieldChange } from './field-changes.ts';
import type { Node } from './node.ts';
import { meetsConstraints } from './placement.ts';
import { openNodes } from './ports.ts';
import type { PortChange, TaskEffects, VirtualIpChange } from './plan.ts';
import { completeSpec } from './service-defaults.ts';
import { isJob, type PublishedPort, type ServiceSpec } from './service.ts';
import { isWanted, TASK_STATES, type Task } from './task.ts';
import { templateChanges } from './task-template.ts';

/** A change of a service's spec: null before is a create, null after a delete. */
export interface SpecChange {
  readonly before: ServiceSpec | null;
  readonly after: ServiceSpec | null;
}

/** Where a service's tasks are, and can go. */
export interface TaskSurroundings {
  /** All of the service, those that have ended too. */
  readonly tasks: readonly Task[];
  readonly nodes: readonly Node[];
  /** What a task was made of, where that is not the spec before; only the fields that are of tasks count. */
  readonly madeOf?: (task: Task) => ServiceSpec | undefined;
}

const isGlobal = ({ mode }: ServiceSpec): boolean => mode.startsWith('global');

const UNSET = completeSpec({});

/** The fields of a service that change. Of a new one, those that it sets; of one that is deleted, none. */
export function specChanges({ before, after }: SpecChange): FieldChange[] {
  if (after === null) return [];
  if (before !== null) return fieldChanges(before, after);
  const set = Object.entries(after).filter(
    ([field, value]) => fieldChanges(UNSET[field as keyof ServiceSpec], value).length > 0,
  );
  return fieldChanges({}, settings(Object.fromEntries(set)));
}

/**
 * What happens to the tasks of a service when its spec changes and is written. A replica or node whose task would be
 * another one gets a new task (swarmkit `manager/orchestrator/task.go`, `IsTaskDirty`): one made of something that
 * differs, unless of that only the placement does and the task's node still fits. That excuses the task from changes of
 * the endpoint, too, for as long as it keeps the placement that it was made with. What does not change is not written.
 */
export function taskEffects({ before, after }: SpecChange, around: TaskSurroundings): TaskEffects {
  const live = liveTasks(around.tasks);
  if (before === null) {
    return after === null ? none() : { ...none(), added: wantedPlaces(after, around.nodes) };
  }
  if (after === null) {
    return { ...none(), removed: placesOf(live, before), reasons: ['The service is deleted.'] };
  }
  if (fieldChanges(before, after).length === 0) return none();
  if (isJob(after)) {
    return {
      restarted: 0,
      added: wantedPlaces(after, around.nodes),
      removed: live.length,
      reasons: ['Every write of a job ends its run and begins another.'],
    };
  }
  return isGlobal(after)
    ? globalEffects(before, after, live, around)
    : replicatedEffects(before, after, live, around);
}

function replicatedEffects(
  before: ServiceSpec,
  after: ServiceSpec,
  live: readonly Task[],
  around: TaskSurroundings,
): TaskEffects {
  const places = placesOf(live, after);
  const wanted = after.replicas ?? 1;
  const kept = Math.min(places, wanted);
  const restarted = Math.min(kept, placesOf(live.filter(replacement(before, after, around)), after));
  const had = before.replicas ?? 1;
  return {
    restarted,
    added: Math.max(0, wanted - places),
    removed: Math.max(0, places - wanted),
    reasons: [
      ...reasonsFor(before, after, restarted, kept),
      ...(had === wanted ? [] : [`The number of replicas goes from ${had} to ${wanted}.`]),
    ],
  };
}

/** swarmkit `manager/orchestrator/global`: a node that no longer fits loses its task, and one that now fits gets one. */
function globalEffects(
  before: ServiceSpec,
  after: ServiceSpec,
  live: readonly Task[],
  around: TaskSurroundings,
): TaskEffects {
  const { nodes } = around;
  const fitting = new Set(
    nodes.filter((node) => meetsConstraints(node, after.placement.constraints)).map(({ id }) => id),
  );
  const has = new Set(live.map((task) => task.nodeId));
  const staying = live.filter((task) => fitting.has(task.nodeId ?? ''));
  const restarted = placesOf(staying.filter(replacement(before, after, around)), after);
  const removed = placesOf(live, after) - placesOf(staying, after);
  const added = openNodes(after, nodes).filter((node) => !has.has(node.id)).length;
  return {
    restarted,
    added,
    removed,
    reasons: [
      ...reasonsFor(before, after, restarted, placesOf(staying, after)),
      ...(added + removed > 0 ? ['Other nodes meet the constraints.'] : []),
    ],
  };
}

const isOfEndpoint = (field: keyof ServiceSpec): boolean => field === 'ports' || field === 'endpointMode';

/** Whether a task is replaced by another in its place. */
function replacement(
  before: ServiceSpec,
  after: ServiceSpec,
  { nodes, madeOf }: TaskSurroundings,
): (task: Task) => boolean {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const ofSpec = templateChanges(before, after);
  return (task) => {
    const made = madeOf?.(task);
    const fields = (made ? templateChanges(made, after) : ofSpec).filter((field) => !isOfEndpoint(field));
    if (fields.length === 1 && fields[0] === 'placement') {
      const node = byId.get(task.nodeId ?? '');
      return !node || !meetsConstraints(node, after.placement.constraints);
    }
    return fields.length > 0 || ofSpec.some(isOfEndpoint);
  };
}

/** Why tasks are replaced, and why some are not although they should be. */
function reasonsFor(before: ServiceSpec, after: ServiceSpec, restarted: number, kept: number): string[] {
  const fields = templateChanges(before, after);
  const said: string[] = [];
  if (restarted > 0) {
    said.push(
      fields.length === 0
        ? 'Some tasks are still of an earlier spec.'
        : `A task cannot be changed, so other ${list(fields)} means new tasks.`,
    );
  }
  if (restarted < kept && fields.some(isOfEndpoint)) {
    said.push(
      `Swarm does not replace tasks whose placement has changed since they were made: ${kept - restarted} of them do not get the new ${list(fields.filter(isOfEndpoint))} before they are restarted.`,
    );
  }
  return said;
}

/** The virtual IPs that come and go: a service has one on each network it is on, that of the routing mesh included. */
export function virtualIpChanges(
  { after }: SpecChange,
  given: readonly { readonly networkId: string; readonly address: string }[],
  ingressId: string | null,
): VirtualIpChange[] {
  const wanted = after?.endpointMode === 'vip' ? networksOf(after, ingressId) : [];
  return [
    ...given
      .filter(({ networkId }) => !wanted.includes(networkId))
      .map(({ networkId, address }) => ({ networkId, change: 'removed' as const, address })),
    ...wanted
      .filter((networkId) => !given.some((virtualIp) => virtualIp.networkId === networkId))
      .map((networkId) => ({ networkId, change: 'added' as const, address: null })),
  ];
}

/**
 * The published ports that open and close.
 * @param open as Swarm gave them out, before
 */
export function portChanges(open: readonly PublishedPort[], after: readonly PublishedPort[]): PortChange[] {
  const rest = [...after];
  const closed = open.filter((port) => {
    const index = rest.findIndex((wanted) => isSame(port, wanted));
    if (index >= 0) rest.splice(index, 1);
    return index < 0;
  });
  const shown = (port: PublishedPort, change: PortChange['change']): PortChange => ({
    publishedPort: port.publishedPort,
    targetPort: port.targetPort,
    protocol: port.protocol,
    publishMode: port.publishMode,
    change,
  });
  return [...closed.map((port) => shown(port, 'closed')), ...rest.map((port) => shown(port, 'opened'))];
}

/** True where a port stays open: one that Swarm chose stays when it is left to Swarm to choose. */
function isSame(open: PublishedPort, wanted: PublishedPort): boolean {
  return (
    open.targetPort === wanted.targetPort &&
    open.protocol === wanted.protocol &&
    open.publishMode === wanted.publishMode &&
    (wanted.publishedPort === null || wanted.publishedPort === open.publishedPort)
  );
}

/** What may surprise about a change of a service, in words. */
export function planWarnings(
  { before, after }: SpecChange,
  effects: TaskEffects,
  around: TaskSurroundings & { readonly isUpdating: boolean },
): string[] {
  if (after === null) return [];
  const warnings: string[] = [];
  if (before !== null && around.isUpdating) {
    warnings.push(
      'An update of the service is under way. The tasks that it has not replaced yet are replaced by this one, or stay if this goes back to what they are.',
    );
  }
  const touched = effects.restarted + effects.added;
  if (touched > 0 && openNodes(after, around.nodes).length === 0) {
    warnings.push(
      'No node that takes tasks meets the constraints: new tasks will wait. Change placement, or the labels or availability of nodes.',
    );
  }
  const { parallelism = 1, order = null } = after.updateConfig ?? {};
  const all = placesOf(liveTasks(around.tasks), after);
  if (
    effects.restarted > 0 &&
    effects.restarted === all &&
    order !== 'start-first' &&
    (parallelism === 0 || parallelism >= all)
  ) {
    warnings.push(
      'All of its tasks are stopped before others are started: for a while nothing answers. Order "start-first", or more replicas than parallelism, avoids that.',
    );
  }
  return warnings;
}

/** Tasks that are, or are about to be, where Swarm wants them. */
function liveTasks(tasks: readonly Task[]): Task[] {
  return tasks.filter(
    (task) => isWanted(task) && TASK_STATES.indexOf(task.state) <= TASK_STATES.indexOf('running'),
  );
}

/** In how many places the tasks are: while one is replaced, a place can have two. */
function placesOf(tasks: readonly Task[], spec: ServiceSpec): number {
  return new Set(tasks.map((task) => (isGlobal(spec) ? task.nodeId : task.slot) ?? task.id)).size;
}

/** How many tasks a new service, or a new run of a job, is to have in all. */
function wantedPlaces(spec: ServiceSpec, nodes: readonly Node[]): number {
  if (isGlobal(spec)) return openNodes(spec, nodes).length;
  if (spec.mode === 'replicated') return spec.replicas ?? 1;
  return spec.totalCompletions ?? spec.maxConcurrent ?? 1;
}

const none = (): TaskEffects => ({ restarted: 0, added: 0, removed: 0, reasons: [] });

function list(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word}"`);
  const last = quoted.pop() ?? '';
  return quoted.length > 0 ? `${quoted.join(', ')} or ${last}` : last;
}

/** A value without what is unset in it: nulls, and empty lists and objects. Undefined when nothing is left. */
function settings(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return value.length > 0 ? value : undefined;
  if (typeof value !== 'object') return value;
  const set = Object.entries(value).flatMap(([key, part]) => {
    const left = settings(part);
    return left === undefined ? [] : [[key, left] as const];
  });
  return set.length > 0 ? Object.fromEntries(set) : undefined;
}
