import type { Node } from '../../src/domain/node.ts';
import { meetsConstraints } from '../../src/domain/placement.ts';

/** True when the node takes tasks at all. */
export function isOpen(node: Node): boolean {
  return node.state === 'ready' && node.availability === 'active';
}

/** True when the tasks on the node must go elsewhere. */
export function isClosed(node: Node | undefined): boolean {
  return !node || node.state === 'down' || node.availability === 'drain';
}

/** Why none of the nodes takes a task, as swarmkit words it. */
export function whyNone(nodes: readonly Node[], constraints: readonly string[]): string {
  const reasons: [number, string][] = [
    [nodes.filter((node) => !isOpen(node)).length, 'not available for new tasks'],
    [
      nodes.filter((node) => isOpen(node) && !meetsConstraints(node, constraints)).length,
      'scheduling constraints not satisfied on',
    ],
    [
      nodes.filter((node) => isOpen(node) && meetsConstraints(node, constraints)).length,
      'max replicas per node limit exceed',
    ],
  ];
  const told = reasons
    .filter(([count]) => count > 0)
    .map(([count, reason]) => {
      const counted = `${count} node${count === 1 ? '' : 's'}`;
      return reason.endsWith(' on')
        ? `${reason} ${counted}`
        : reason.startsWith('max')
          ? reason
          : `${counted} ${reason}`;
    });
  return told.length === 0 ? 'no suitable node' : `no suitable node (${told.join('; ')})`;
}
