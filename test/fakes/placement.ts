import type { Node } from '../../src/domain/node.ts';

const CONSTRAINT = /^\s*(\S+?)\s*(==|!=)\s*(.*?)\s*$/;

/** True when the node meets every constraint, by swarmkit's rules. */
export function meets(node: Node, constraints: readonly string[]): boolean {
  return constraints.every((constraint) => {
    const [, key = '', operator, value = ''] = CONSTRAINT.exec(constraint) ?? [];
    const isEqual = valueOf(node, key).toLowerCase() === value.toLowerCase();
    return operator === '==' ? isEqual : !isEqual;
  });
}

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
      nodes.filter((node) => isOpen(node) && !meets(node, constraints)).length,
      'scheduling constraints not satisfied on',
    ],
    [
      nodes.filter((node) => isOpen(node) && meets(node, constraints)).length,
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

function valueOf(node: Node, key: string): string {
  if (key.startsWith('node.labels.')) return node.labels[key.slice('node.labels.'.length)] ?? '';
  if (key.startsWith('engine.labels.')) return node.engineLabels[key.slice('engine.labels.'.length)] ?? '';
  switch (key) {
    case 'node.id':
      return node.id;
    case 'node.hostname':
      return node.hostname;
    case 'node.role':
      return node.role;
    case 'node.platform.os':
      return node.os ?? '';
    case 'node.platform.arch':
      return node.architecture ?? '';
    default:
      return '';
  }
}
