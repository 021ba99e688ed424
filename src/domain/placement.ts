import { contains, parseAddress, parseCidr } from './cidr.ts';
import type { Node } from './node.ts';

const CONSTRAINT = /^\s*(\S+?)\s*(==|!=)\s*(.*?)\s*$/;

/**
 * True when the node meets every constraint, by swarmkit's rules (`manager/constraint/constraint.go`): words are
 * compared without regard to case, as are keys but for the names of labels; a label that is not there is empty, and a
 * key that does not exist fits nothing.
 */
export function meetsConstraints(node: Node, constraints: readonly string[]): boolean {
  return constraints.every((constraint) => {
    const [, key, operator, wanted = ''] = CONSTRAINT.exec(constraint) ?? [];
    const matches = key === undefined ? undefined : matcher(node, key);
    return matches !== undefined && matches(wanted) === (operator === '==');
  });
}

function matcher(node: Node, key: string): ((wanted: string) => boolean) | undefined {
  if (key.toLowerCase() === 'node.ip') return (wanted) => isAt(node.address, wanted);
  const value = valueOf(node, key);
  return value === undefined ? undefined : (wanted) => value.toLowerCase() === wanted.toLowerCase();
}

function valueOf(node: Node, key: string): string | undefined {
  const [, labels, label = ''] = /^(node|engine)\.labels\.(.+)$/i.exec(key) ?? [];
  if (labels !== undefined) {
    return (labels.toLowerCase() === 'node' ? node.labels : node.engineLabels)[label] ?? '';
  }
  switch (key.toLowerCase()) {
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
      return undefined;
  }
}

function isAt(address: string | null, wanted: string): boolean {
  const bytes = address === null ? undefined : parseAddress(address);
  if (!bytes) return false;
  const block = parseCidr(wanted);
  return block ? contains(block, bytes) : address === wanted;
}
