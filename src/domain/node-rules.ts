import type { FieldError } from './errors.ts';
import type { NodeSpec } from './node.ts';

/** What a JSON Merge Patch of a node may not say: a null would take away what every node has. */
export function checkNodePatch(patch: { readonly [K in keyof NodeSpec]?: NodeSpec[K] | null }): FieldError[] {
  const advice = {
    role: 'A node always has a role: "worker" or "manager". Leave it out to let it be.',
    availability: 'A node is always "active", "pause" or "drain". Leave it out to let it be.',
  };
  return (['role', 'availability'] as const).flatMap((field) =>
    patch[field] === null ? [{ pointer: `/${field}`, detail: advice[field] }] : [],
  );
}
