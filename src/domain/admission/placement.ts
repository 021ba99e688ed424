import type { Node } from '../node.ts';
import { meetsConstraints } from '../placement.ts';
import type { ServiceSpec } from '../service.ts';
import { unknownParts, type Privilege } from './privilege.ts';
import type { Surroundings } from './surroundings.ts';

const FOR_MANAGERS = /^\s*node\.role\s*(?:==\s*manager|!=\s*worker)\s*$/i;

/**
 * Constraints that managers alone meet: by their words, or because of all nodes that there are they leave out every
 * worker. That nothing is said is no privilege, although Swarm may then choose a manager.
 */
export function placementPrivileges(
  { placement }: ServiceSpec,
  _before: ServiceSpec | null,
  { nodes }: Surroundings,
): Privilege[] {
  const { constraints, preferences: _spread, maxReplicas: _most, platforms: _machines, ...rest } = placement;
  const isAimed =
    constraints.some((text) => FOR_MANAGERS.test(text)) || leavesManagersOnly(nodes, constraints);
  return [
    ...(isAimed
      ? [
          {
            rule: 'manager-placement',
            pointer: '/placement/constraints',
            name: constraints.join(','),
            value: constraints,
          } as const,
        ]
      : []),
    ...unknownParts('/placement', rest),
  ];
}

function leavesManagersOnly(nodes: readonly Node[], constraints: readonly string[]): boolean {
  const fitting = nodes.filter((node) => meetsConstraints(node, constraints));
  return (
    nodes.some(({ role }) => role === 'worker') &&
    fitting.length > 0 &&
    fitting.every(({ role }) => role === 'manager')
  );
}
