import type { FieldError } from './errors.ts';
import type { Node } from './node.ts';

/** How safely the managers hold the state of the swarm. */
export interface Quorum {
  readonly managers: number;
  /** Of these, how many the others reach. */
  readonly reachable: number;
  /** How many must be reachable for anything to be changed: more than half. */
  readonly needed: number;
  /** Whether they are. */
  readonly healthy: boolean;
  /** How many of those reachable may be lost before nothing can be changed any more. */
  readonly tolerates: number;
}

type Manager = Pick<Node, 'id' | 'role' | 'manager'>;

/** The quorum of the managers there are: nodes with a manager status, whatever role they are to have. */
export function quorumOf(nodes: readonly Manager[]): Quorum {
  const managers = nodes.filter((node) => node.manager !== null);
  const reachable = managers.filter((node) => node.manager?.reachability === 'reachable').length;
  const needed = Math.floor(managers.length / 2) + 1;
  return {
    managers: managers.length,
    reachable,
    needed,
    healthy: reachable >= needed,
    tolerates: Math.max(0, reachable - needed),
  };
}

/**
 * What speaks against making a manager a worker; empty when nothing does. Those that are on their way to be a worker
 * count as gone, and those on their way to be a manager as not there yet. swarmkit asks the same
 * (`manager/controlapi/node.go`, `CanRemoveMember`), but of the managers as Raft has them at that moment.
 */
export function checkDemotion(nodes: readonly Manager[], id: string): FieldError[] {
  const rest = nodes.filter((node) => node.id !== id && node.role === 'manager');
  const { managers, reachable, needed, healthy } = quorumOf(rest);
  if (managers === 0) {
    return [
      {
        pointer: '/role',
        detail:
          'It is the last manager: without it there is no swarm. Make another node a manager first, and wait until it is reachable.',
      },
    ];
  }
  if (healthy) return [];
  return [
    {
      pointer: '/role',
      detail: `The ${managers} managers left would have no quorum: ${reachable} reachable, ${needed} needed. Bring the others back first, or demote one that is not reachable.`,
    },
  ];
}
