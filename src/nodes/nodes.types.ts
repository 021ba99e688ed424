import { ID, InputType, ObjectType } from '@nestjs/graphql';
import { enumOf } from '../api/enums.ts';
import { Memo } from '../api/memo.ts';
import { ConnectionOf, ListOf, Paged, Repeatable } from '../api/page.ts';
import { Integer, Prop } from '../api/prop.ts';
import { QueryFlag } from '../api/query-flag.ts';
import { StringMapScalar } from '../api/string-map.ts';
import { DryRunQuery } from '../api/writing.ts';
import type * as domain from '../domain/node.ts';
import type { StringMap } from '../domain/object.ts';

export const NodeRole = enumOf('NodeRole', ['worker', 'manager'], 'Managers hold the state of the swarm.');
export const NodeAvailability = enumOf(
  'NodeAvailability',
  ['active', 'pause', 'drain'],
  'Whether a node gets new tasks: yes; no; no, and those it has move away.',
);
export const NodeState = enumOf(
  'NodeState',
  ['unknown', 'down', 'ready', 'disconnected'],
  'How the managers see a node.',
);
export const Reachability = enumOf(
  'Reachability',
  ['unknown', 'unreachable', 'reachable'],
  'Whether the other managers reach this one.',
);

@ObjectType()
export class ManagerStatus {
  @Prop(() => Boolean)
  leader: boolean;

  @Prop(() => Reachability)
  reachability: domain.Reachability;

  @Prop(() => String, { description: 'Where other managers reach it.', example: '192.0.2.10:2377' })
  address: string;
}

@ObjectType({ description: 'A machine of the swarm.' })
export class Node {
  @Prop(() => ID)
  id: string;

  @Prop(() => String)
  hostname: string;

  @Prop(() => Integer, { description: "Swarm's version index; the ETag." })
  version: number;

  @Prop(() => NodeRole)
  role: domain.NodeRole;

  @Prop(() => NodeAvailability)
  availability: domain.NodeAvailability;

  @Prop(() => StringMapScalar)
  labels: StringMap;

  @Prop(() => StringMapScalar, { description: 'Set in the configuration of its engine.' })
  engineLabels: StringMap;

  @Prop(() => NodeState)
  state: domain.NodeState;

  @Prop(() => String)
  message: string;

  @Prop(() => String, { nullable: true, description: 'As the managers see it.' })
  address: string | null;

  @Prop(() => ManagerStatus, { nullable: true, description: 'Null for workers.' })
  manager: ManagerStatus | null;

  @Prop(() => String, { nullable: true })
  engineVersion: string | null;

  @Prop(() => String, { nullable: true })
  os: string | null;

  @Prop(() => String, { nullable: true })
  architecture: string | null;

  @Prop(() => Integer, { nullable: true, description: 'Billionths of a core.' })
  nanoCpus: number | null;

  @Prop(() => Integer, { nullable: true })
  memoryBytes: number | null;

  @Prop(() => String, { description: 'RFC 3339.' })
  createdAt: string;

  @Prop(() => String, { description: 'RFC 3339.' })
  updatedAt: string;
}

@InputType({ description: 'All that are given must fit.' })
export class NodeFilter {
  @Prop(() => String, { optional: true, description: 'The exact hostname.' })
  name?: string | null;

  @Prop(() => NodeRole, { optional: true })
  role?: domain.NodeRole | null;

  @Prop(() => NodeAvailability, { optional: true })
  availability?: domain.NodeAvailability | null;

  @Repeatable()
  @Prop(() => [NodeState], { optional: true, description: 'One of these.' })
  state?: domain.NodeState[] | null;

  @Repeatable()
  @Prop(() => [String], { optional: true, description: '`key` or `key=value`; all of them must fit.' })
  label?: string[] | null;
}

@InputType({ description: 'A JSON Merge Patch: what is left out stays.' })
export class UpdateNodeInput {
  @Prop(() => NodeAvailability, { optional: true })
  availability?: domain.NodeAvailability | null;

  @Prop(() => NodeRole, {
    optional: true,
    description: 'Only admins may set it. What it is to be: becoming it takes a moment, see `manager`.',
  })
  role?: domain.NodeRole | null;

  @Prop(() => StringMapScalar, {
    optional: true,
    description: 'Merged key by key; null removes a key, or all labels.',
  })
  labels?: StringMap | null;
}

const FORCE = 'Sends a change of role although the swarm would lose its quorum as far as it is known here.';

/** The query string of a change. */
export class UpdateNodeQuery extends DryRunQuery {
  @QueryFlag(FORCE)
  force?: boolean;
}

/** The same as an argument in GraphQL. */
export const FORCE_ARGUMENT = {
  name: 'force',
  type: () => Boolean,
  nullable: true,
  description: FORCE,
} as const;

export class NodeQuery extends Paged(NodeFilter) {}
export const NodeConnection = ConnectionOf(Node, 'NodeConnection');
export const NodeList = ListOf(Node, 'NodeList');

const views = new Memo<domain.Node, Node>();

/** The node as clients see it. */
export function toNode(node: domain.Node): Node {
  return views.of(node, null, () => {
    const { attachments: _, ...shown } = node;
    return shown;
  });
}
