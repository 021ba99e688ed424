import type { Service } from './service.ts';
import type { Task } from './task.ts';

const PLACEHOLDER =
  /\{\{\s*\.(Service\.ID|Service\.Name|Node\.ID|Node\.Hostname|Task\.ID|Task\.Name|Task\.Slot)\s*\}\}/g;

/**
 * What Docker names the container of a task: the service, the slot (or the node, of a global service), the task
 * (swarmkit `api/naming`).
 */
export function containerName(
  task: Pick<Task, 'id' | 'slot' | 'nodeId'>,
  service: Pick<Service, 'name'>,
): string {
  return `${service.name}.${placeOf(task)}.${task.id}`;
}

/**
 * The hostname of a task's container, whose placeholders are those of swarmkit's `template/context.go`. Null where
 * none was asked for, where it has a placeholder that is not known here, and before the node is known.
 */
export function hostnameOf(
  template: string | null,
  service: Pick<Service, 'id' | 'name'>,
  task: Pick<Task, 'id' | 'slot' | 'nodeId'>,
  nodeHostname: string | null,
): string | null {
  if (!template) return null;
  if (!template.includes('{{')) return template;
  const words: Readonly<Record<string, string | null>> = {
    'Service.ID': service.id,
    'Service.Name': service.name,
    'Node.ID': task.nodeId,
    'Node.Hostname': nodeHostname,
    'Task.ID': task.id,
    'Task.Name': containerName(task, service),
    'Task.Slot': placeOf(task),
  };
  const filled = template.replace(PLACEHOLDER, (whole, word: string) => words[word] ?? whole);
  return filled.includes('{{') ? null : filled;
}

const placeOf = ({ slot, nodeId }: Pick<Task, 'slot' | 'nodeId'>): string => String(slot ?? nodeId ?? '');
