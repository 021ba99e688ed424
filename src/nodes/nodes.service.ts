import { Injectable } from '@nestjs/common';
import { paginate, type Page, type PageRequest } from '../api/page.ts';
import { fits, fitsOneOf, hasLabels } from '../domain/filter.ts';
import type { Node } from '../domain/node.ts';
import { ORDER } from '../domain/order.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import type { NodeFilter } from './nodes.types.ts';

/** Nodes, read from the state in memory. */
@Injectable()
export class NodesService {
  constructor(private readonly state: ClusterState) {}

  list(filter: NodeFilter, page: PageRequest): Page<Node> {
    this.state.assertSynced();
    return paginate(this.state.nodes.all().filter(this.matcher(filter)), ORDER.node, page);
  }

  /** The node that an id, a unique id prefix or a hostname means. Fails `not-found`, `ambiguous`. */
  get(reference: string): Node {
    return this.state.resolve('node', reference);
  }

  /** The node with this id, if it is still there. */
  find(id: string): Node | null {
    return this.state.nodes.get(id) ?? null;
  }

  /** What a node must be to fit the filter. */
  matcher(filter: NodeFilter): (node: Node) => boolean {
    return (node) =>
      fits(node.hostname, filter.name) &&
      fits(node.role, filter.role) &&
      fits(node.availability, filter.availability) &&
      fitsOneOf(node.state, filter.state) &&
      hasLabels(node.labels, filter.label ?? []);
  }
}
