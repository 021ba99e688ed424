import type { ConnectivityCheck, PairCheck, PortAttempt } from './connectivity.ts';
import type { Node } from './node.ts';
import { GOSSIP_PORT, reservedPorts } from './ports.ts';

export const PREREQUISITE_STATUSES = ['ok', 'blocked', 'unknown'] as const;
export type PrerequisiteStatus = (typeof PREREQUISITE_STATUSES)[number];

/** What is known of a port that Swarm needs on a node. */
export interface Prerequisite {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly purpose: string;
  readonly status: PrerequisiteStatus;
  /** What has been seen that says so; of `unknown`, why nothing does. */
  readonly evidence: string;
  /** When that was (RFC 3339); null without. */
  readonly observedAt: string | null;
}

/** The ports of one node. */
export interface NodePrerequisites {
  readonly nodeId: string;
  readonly nodeHostname: string;
  readonly prerequisites: readonly Prerequisite[];
}

/** What prerequisites are judged by. */
export interface PrerequisiteFacts {
  readonly nodes: readonly Node[];
  readonly dataPathPort: number;
  /** When the state of the nodes was as it is here: RFC 3339. */
  readonly stateAsOf: string;
  /** The last check; null when there was none. */
  readonly check: ConnectivityCheck | null;
}

type Finding = Pick<Prerequisite, 'status' | 'evidence' | 'observedAt'>;

const unknown = (evidence: string, observedAt: string | null = null): Finding => ({
  status: 'unknown',
  evidence,
  observedAt,
});
const NO_CHECK = unknown('Nothing has tried it yet: POST /v1/swarm/connectivity does.');
const ALONE = unknown('There is no other node that could need it.');

/** What is known of the ports of each node. What has not been seen is not guessed. */
export function prerequisitesOf(facts: PrerequisiteFacts): NodePrerequisites[] {
  return facts.nodes.map((node) => ({
    nodeId: node.id,
    nodeHostname: node.hostname,
    prerequisites: reservedPorts(facts.dataPathPort, [node]).map(({ port, protocol, purpose }) => ({
      port,
      protocol: protocol === 'udp' ? 'udp' : 'tcp',
      purpose,
      ...findingOf(facts, node, port, protocol),
    })),
  }));
}

function findingOf(facts: PrerequisiteFacts, node: Node, port: number, protocol: string): Finding {
  if (facts.nodes.length === 1) return ALONE;
  if (protocol === 'udp') return port === GOSSIP_PORT ? gossipByUdp(facts, node) : overlay(facts, node);
  return port === GOSSIP_PORT ? gossipByTcp(facts, node) : management(facts, node, port);
}

/** Workers do not listen on it: of them it says whether they reach a manager. */
function management(facts: PrerequisiteFacts, node: Node, port: number): Finding {
  const { stateAsOf: observedAt } = facts;
  if (node.manager === null) {
    return node.state === 'ready'
      ? { status: 'ok', evidence: 'Its agent holds its session with a manager over it.', observedAt }
      : unknown(
          `The managers have no session of its agent (${node.state}), whether for the port or because the machine is off.`,
        );
  }
  const opened = openedBy(facts, node, port);
  if (opened) return opened;
  const { reachability } = node.manager;
  const hasPeers = facts.nodes.some((other) => other.manager !== null && other.id !== node.id);
  if (hasPeers && reachability === 'reachable') {
    return { status: 'ok', evidence: 'The other managers reach it.', observedAt };
  }
  if (hasPeers) {
    return unknown(
      `The other managers do not reach it (${reachability}), whether for the port or because the machine is off.`,
    );
  }
  const sessions = facts.nodes.filter((other) => other.manager === null && other.state === 'ready').length;
  return sessions > 0
    ? {
        status: 'ok',
        evidence: `It is the only manager, and the agents of ${sessions} nodes hold their session.`,
        observedAt,
      }
    : unknown('It is the only manager, and no other node has a session.');
}

/** Containers may be stopped where nodes pass: a failure says something only where the same containers get through elsewhere. */
function gossipByTcp(facts: PrerequisiteFacts, node: Node): Finding {
  const { check } = facts;
  const attempts = attemptsOn(check, node, GOSSIP_PORT);
  if (check === null || attempts.length === 0) return NO_CHECK;
  const opened = openedBy(facts, node, GOSSIP_PORT);
  if (opened) return opened;
  const triedFrom = new Set(
    pairsWith(check, node)
      .filter(({ toNodeId }) => toNodeId === node.id)
      .map(({ fromNodeId }) => fromNodeId),
  );
  const getThrough = plainPairs(check).some(
    ({ fromNodeId, ports }) => triedFrom.has(fromNodeId) && ports.some(({ connected }) => connected),
  );
  const evidence = `Containers on ${attempts.length} other nodes could not open it (${attempts[0]?.error ?? 'no answer'})`;
  return getThrough
    ? {
        status: 'blocked',
        evidence: `${evidence}, whereas they opened other ports of nodes.`,
        observedAt: check.startedAt,
      }
    : unknown(
        `${evidence}, nor any other port of a node: a firewall may stop containers where it lets nodes pass.`,
        check.startedAt,
      );
}

/**
 * New records travel by UDP, and by TCP to a node that joins a network: names that arrive tell nothing of UDP alone (with
 * it blocked, some or all of them still came; measured on 20.10). That none arrives although TCP is open does.
 */
function gossipByUdp(facts: PrerequisiteFacts, node: Node): Finding {
  const { check } = facts;
  const seen = pairsWith(check, node).filter(({ fromNodeId }) => fromNodeId === node.id);
  if (check === null || seen.length === 0) return NO_CHECK;
  const arrived = seen.filter(({ failedStep }) => failedStep !== 'name').length;
  if (arrived > 0) {
    return unknown(
      `In the last check the names of ${arrived} of ${seen.length} other nodes arrived there, which they do by UDP or by TCP.`,
      check.startedAt,
    );
  }
  const evidence = `The names of none of ${seen.length} other nodes arrived there`;
  return openedBy(facts, node, GOSSIP_PORT)
    ? { status: 'blocked', evidence: `${evidence}, although TCP is open.`, observedAt: check.startedAt }
    : unknown(`${evidence}; TCP may be the reason as well.`, check.startedAt);
}

function overlay({ check }: PrerequisiteFacts, node: Node): Finding {
  const all = pairsWith(check, node);
  if (check === null || all.length === 0) return NO_CHECK;
  const pairs = all.filter(({ failedStep }) => failedStep !== 'name');
  if (pairs.length === 0) {
    return unknown(
      'In the last check nobody knew where to send packets, for want of names.',
      check.startedAt,
    );
  }
  const passed = pairs.filter(({ failedStep }) => failedStep !== 'reply');
  return {
    status: passed.length > 0 ? 'ok' : 'blocked',
    evidence:
      passed.length > 0
        ? `Packets over a network passed between it and other nodes (${passed.length} of ${pairs.length} ways).`
        : `No packet over a network passed between it and any of the other nodes (${pairs.length} ways tried).`,
    observedAt: check.startedAt,
  };
}

/** What was seen over the plain network, from and to other nodes that could take part. */
function pairsWith(check: ConnectivityCheck | null, { id }: Node): PairCheck[] {
  return plainPairs(check).filter(
    ({ fromNodeId, toNodeId, status }) =>
      fromNodeId !== toNodeId && (fromNodeId === id || toNodeId === id) && status !== 'unknown',
  );
}

function plainPairs(check: ConnectivityCheck | null): readonly PairCheck[] {
  return check?.checks.find(({ encrypted }) => !encrypted)?.pairs ?? [];
}

function attemptsOn(check: ConnectivityCheck | null, node: Node, port: number): PortAttempt[] {
  return pairsWith(check, node)
    .filter(({ toNodeId }) => toNodeId === node.id)
    .flatMap(({ ports }) => ports.filter((attempt) => attempt.port === port));
}

function openedBy({ check }: PrerequisiteFacts, node: Node, port: number): Finding | null {
  const attempts = attemptsOn(check, node, port);
  const opened = attempts.filter(({ connected }) => connected).length;
  if (check === null || opened === 0) return null;
  return {
    status: 'ok',
    evidence: `${opened} of ${attempts.length} other nodes opened a connection to it.`,
    observedAt: check.startedAt,
  };
}
