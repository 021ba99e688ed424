import { Injectable } from '@nestjs/common';
import { assertMay } from '../api/access.ts';
import { assertVersion } from '../api/etag.ts';
import { paginate, type Page, type PageRequest } from '../api/page.ts';
import { nodeTarget, VisibleState } from '../api/visible-state.ts';
import type { Planned, Write } from '../api/write.ts';
import { THE_SWARM } from '../domain/access/resource-kind.ts';
import { refuse, refuseConflicts } from '../domain/errors.ts';
import { fieldChanges, type FieldChange } from '../domain/field-changes.ts';
import { fits, fitsOneOf, hasLabels } from '../domain/filter.ts';
import { mergePatch } from '../domain/merge-patch.ts';
import type { Node, NodeSpec } from '../domain/node.ts';
import { drainEffects } from '../domain/node-plan.ts';
import { checkNodePatch } from '../domain/node-rules.ts';
import { ORDER } from '../domain/order.ts';
import { showsChanges } from '../domain/outcome.ts';
import { planOf } from '../domain/plan.ts';
import { checkDemotion } from '../domain/quorum.ts';
import type { Principal } from '../domain/role.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { retryOnConflict } from '../swarm/retry-on-conflict.ts';
import { settleOutcome } from '../swarm/settle-outcome.ts';
import { SwarmGateway, type NodeEdit } from '../swarm/swarm-gateway.ts';
import type { NodeFilter, UpdateNodeInput } from './nodes.types.ts';

/** On what condition a node is written, and on whose behalf. */
export interface NodeWrite {
  /** The version that it must have; null for any. */
  readonly ifMatch: number | null;
  /** Lets a change of role through that would cost the quorum, as far as it is known here. */
  readonly force: boolean;
  readonly by: Principal;
}

/** A spec that was found good to write, and what it changes. */
interface Judged {
  readonly version: number;
  readonly after: NodeSpec;
  readonly changes: readonly FieldChange[];
}

/** Nodes: read from the state in memory, written through the engine. */
@Injectable()
export class NodesService {
  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
    private readonly gateway: SwarmGateway,
  ) {}

  list(filter: NodeFilter, page: PageRequest): Page<Node> {
    this.state.assertSynced();
    return paginate(this.visible.nodes.all().filter(this.matcher(filter)), ORDER.node, page);
  }

  /** The node that an id, a unique id prefix or a hostname means. Fails `not-found`, `ambiguous`. */
  get(reference: string): Node {
    return this.visible.resolve('node', reference);
  }

  /** The node with this id, if it is still there. */
  find(id: string): Node | null {
    return this.visible.nodes.get(id) ?? null;
  }

  /**
   * Applies a JSON Merge Patch to availability, role and labels. Fails `forbidden` for a role that is set by who is no
   * admin, `conflict` when the swarm would lose its quorum, `invalid`, `stale`, `not-found`.
   */
  update(reference: string, patch: UpdateNodeInput, { ifMatch, force, by }: NodeWrite): Write<Node> {
    const judge = (node: Node, { version, spec }: Parameters<NodeEdit>[0]): Judged => {
      assertVersion(ifMatch, version);
      const after = { ...spec, labels: {}, ...(mergePatch(spec, patch) as Partial<NodeSpec>) };
      const isDemoted = spec.role === 'manager' && after.role === 'worker';
      if (isDemoted && !force) refuseConflicts(checkDemotion(this.state.nodes.all(), node.id));
      // Whoever takes an object out of a scope, or into one, must have rights there, too.
      assertMay(by, 'update', 'node', nodeTarget({ ...node, labels: after.labels }));
      return { version, after, changes: fieldChanges(spec, after) };
    };
    const find = (): Node => {
      const node = this.visible.to(by).resolve('node', reference);
      assertMay(by, 'update', 'node', nodeTarget(node));
      if (patch.role !== undefined) assertMay(by, 'update', 'swarm', THE_SWARM);
      refuse(checkNodePatch(patch));
      return node;
    };
    return {
      plan: async () => {
        const node = find();
        const judged: Judged[] = [];
        // The way of the write itself, up to where it would write.
        await this.gateway.updateNode(node.id, (current) => {
          judged.push(judge(node, current));
          return null;
        });
        return this.planned(node, judged[0] as Judged);
      },
      apply: async () => {
        const node = find();
        const { id, hostname } = node;
        let judged: Judged | null = null;
        const replaced = await settleOutcome(
          this.state,
          () =>
            retryOnConflict(() =>
              this.gateway.updateNode(id, (current) => {
                judged = judge(node, current);
                return judged.changes.length === 0 ? null : judged.after;
              }),
            ),
          () => this.inForce(id, judged),
        );
        const isWritten = (judged as Judged | null)?.changes.length !== 0;
        return this.state.shown(`the node ${hostname}`, () => {
          const shown = this.state.nodes.get(id);
          return shown && shown.version >= (isWritten ? replaced + 1 : replaced) ? shown : undefined;
        });
      },
    };
  }

  /** The version that was replaced, once the state shows what was to be written; undefined before. */
  private inForce(id: string, judged: Judged | null): number | undefined {
    const node = this.state.nodes.get(id);
    if (!node || !judged || node.version <= judged.version) return undefined;
    return showsChanges(judged.changes, node) ? judged.version : undefined;
  }

  private planned(node: Node, { version, after, changes }: Judged): Planned<Node> {
    const { id, hostname: name } = node;
    const plan = { kind: 'node', id, name, version } as const;
    if (changes.length === 0) return { plan: planOf({ ...plan, action: 'none' }), preview: node };
    const isGlobal = (serviceId: string): boolean =>
      this.state.services.get(serviceId)?.mode.startsWith('global') ?? false;
    const tasks = drainEffects(node, after, this.state.tasks.by('node', id), isGlobal);
    return {
      plan: planOf({ ...plan, action: 'update', changes, tasks }),
      preview: { ...node, ...after, version },
    };
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
