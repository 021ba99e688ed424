import { Injectable } from '@nestjs/common';
import { VisibleState } from '../api/visible-state.ts';
import { DomainError, invalid } from '../domain/errors.ts';
import type { Node } from '../domain/node.ts';
import { ClusterState } from '../swarm/cluster-state.ts';

/** Stands for every node. */
export const EVERY_NODE = '*';
/** How many nodes one run may have: each has a service of its own. */
export const MOST_NODES = 100;

/** The nodes of a run, and those that were asked for as well and cannot take part. */
export interface ChosenNodes {
  readonly nodes: readonly Node[];
  readonly away: readonly { readonly node: Node; readonly reason: string }[];
}

/** Finds the nodes that a probe or a check is to run on. */
@Injectable()
export class ProbeNodes {
  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
  ) {}

  /**
   * The nodes that are meant: ids, unique prefixes or hostnames, or `*` for every one; those that are down are told
   * of where all are meant. Fails `not-found`, `ambiguous`, `invalid` for too many, `conflict` for one that is named
   * and cannot run anything, and where none can.
   * @param pointer of the references in the request
   */
  of(references: readonly string[], pointer: string): ChosenNodes {
    const chosen = references.includes(EVERY_NODE)
      ? ableOf(this.visible.nodes.all())
      : this.named(references);
    if (chosen.nodes.length <= MOST_NODES) return chosen;
    throw invalid([
      { pointer, detail: `At most ${MOST_NODES} nodes at once; these are ${chosen.nodes.length}.` },
    ]);
  }

  /**
   * One node to look at a network from: one that has a task there, where nothing must be set up first. Fails `conflict`
   * where no node can run anything.
   */
  oneOn(networkId: string): ChosenNodes {
    const tasks = this.state.tasks.by('network', networkId).filter(({ state }) => state === 'running');
    const onNetwork = new Set(tasks.map(({ nodeId }) => nodeId));
    const { nodes } = ableOf(this.state.nodes.all());
    const there = nodes.filter(({ id }) => onNetwork.has(id));
    return { nodes: [...there, ...nodes].slice(0, 1), away: [] };
  }

  private named(references: readonly string[]): ChosenNodes {
    const nodes = new Set(references.map((reference) => this.visible.resolve('node', reference)));
    const chosen = divided([...nodes]);
    const [away] = chosen.away;
    if (!away) return chosen;
    throw new DomainError(
      'conflict',
      `No probe can run on the node "${away.node.hostname}": ${away.reason}. Choose others, or "${EVERY_NODE}" for all that can.`,
    );
  }
}

function divided(nodes: readonly Node[]): ChosenNodes {
  return {
    nodes: nodes.filter((node) => whyAway(node) === null),
    away: nodes.flatMap((node) => {
      const reason = whyAway(node);
      return reason === null ? [] : [{ node, reason }];
    }),
  };
}

function whyAway({ state, availability, os }: Node): string | null {
  if (state !== 'ready') return `it is ${state}`;
  if (os !== null && os !== 'linux') return `it runs ${os}, and probes need Linux`;
  return availability === 'active' ? null : `its availability is "${availability}"`;
}

/** Those that can run a probe. Fails `conflict` where none can. */
function ableOf(nodes: readonly Node[]): ChosenNodes {
  const chosen = divided(nodes);
  if (chosen.nodes.length > 0) return chosen;
  const reasons = chosen.away.map(({ node, reason }) => `"${node.hostname}": ${reason}`).join(', ');
  throw new DomainError('conflict', `No node can run a probe (${reasons}). Make one active, or mend it.`);
}
