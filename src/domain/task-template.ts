import { fieldChanges } from './field-changes.ts';
import type { ServiceSpec } from './service.ts';

/** Fields of a spec that are no part of its tasks: they can change without a new task. */
const NOT_OF_TASKS: ReadonlySet<string> = new Set<keyof ServiceSpec>([
  'name',
  'labels',
  'mode',
  'replicas',
  'maxConcurrent',
  'totalCompletions',
  'updateConfig',
  'rollbackConfig',
]);

/** The fields of which a task is made that differ between two specs. A field that is new here counts as one of them. */
export function templateChanges(before: ServiceSpec, after: ServiceSpec): (keyof ServiceSpec)[] {
  return (Object.keys(after) as (keyof ServiceSpec)[]).filter(
    (field) => !NOT_OF_TASKS.has(field) && fieldChanges(before[field], after[field]).length > 0,
  );
}
