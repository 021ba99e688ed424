import { contains, parseAddress, parseCidr } from './cidr.ts';
import type { FieldError } from './errors.ts';
import { checkDnsName } from './names.ts';
import type { Network } from './network.ts';

/** What is asked of a probe; `port` null asks the DNS only. */
export interface ProbeQuestion {
  readonly name: string;
  readonly port: number | null;
}

/** One attempt to open a TCP connection. */
export interface ProbeConnection {
  readonly address: string;
  /** True for a task behind a virtual IP: tried besides what the name answers, to tell the two apart. */
  readonly behindVirtualIp: boolean;
  readonly connected: boolean;
  /** Milliseconds until it was open, or had failed. */
  readonly timeMs: number;
  /** Why it failed, in the words of the node. */
  readonly error: string | null;
}

/** What was seen from one node. */
export interface ProbeObservation {
  readonly nodeId: string;
  readonly nodeHostname: string;
  readonly addresses: readonly string[];
  /** How long the DNS took, in milliseconds; null where it was not asked. */
  readonly lookupMs: number | null;
  /** What the DNS said instead of an answer. That there is no such name is none. */
  readonly lookupError: string | null;
  readonly connections: readonly ProbeConnection[];
  /** Why the node could not be probed from. */
  readonly error: string | null;
}

/** What a name should answer, by the rules of Swarm's DNS. */
export interface ExpectedAnswer {
  /** Whether the network has such a name at all, be it one that answers nothing now. */
  readonly isKnown: boolean;
  readonly addresses: readonly string[];
  /** Those of the addresses that the kernel of each node is to spread over the tasks. */
  readonly virtualIps: readonly string[];
  /** The running tasks behind the name. */
  readonly tasks: readonly { readonly address: string; readonly nodeId: string | null }[];
  /** Addresses of containers that joined the network by hand, whose names only their own nodes know. */
  readonly byHand: readonly string[];
  /** Why it answers nothing; null when it does. */
  readonly reason: string | null;
}

export const PROBE_DIFFERENCES = [
  'no-answer',
  'missing-address',
  'unexpected-address',
  'lookup-failed',
  'virtual-ip-unreachable',
  'address-unreachable',
  'port-closed',
] as const;
export type ProbeDifferenceKind = (typeof PROBE_DIFFERENCES)[number];

/** Something that is not as the state of the swarm says. */
export interface ProbeDifference {
  readonly kind: ProbeDifferenceKind;
  /** The node from which it was seen. */
  readonly nodeId: string;
  readonly address: string | null;
  readonly detail: string;
  /** What is usually behind it, and what to do. */
  readonly cause: string;
}

/** What is wrong with the question; empty when nothing is. */
export function checkProbe({ name, port }: ProbeQuestion): FieldError[] {
  return [
    ...checkDnsName(name),
    // To the program that asks, it would be an option.
    ...(name.startsWith('-')
      ? [{ pointer: '/name', detail: 'A name that begins with a hyphen cannot be probed.' }]
      : []),
    ...(port === null || (port >= 1 && port <= 65_535)
      ? []
      : [{ pointer: '/port', detail: 'A port is a number from 1 to 65535.' }]),
  ];
}

/** What a probe is compared with: tasks come and go meanwhile, so either moment's answer is right. */
export interface Comparison {
  readonly network: Pick<Network, 'name' | 'subnets'>;
  readonly before: ExpectedAnswer;
  readonly after: ExpectedAnswer;
}

/** Where what was seen differs from what should be, node by node. */
export function differencesOf(
  comparison: Comparison,
  observations: readonly ProbeObservation[],
): ProbeDifference[] {
  return observations
    .filter(({ error }) => error === null)
    .flatMap((observation) => [
      ...answerDifferences(comparison, observation),
      ...connectionDifferences(comparison.after, observation),
    ]);
}

function answerDifferences(
  { network, before, after }: Comparison,
  { nodeId, nodeHostname, addresses, lookupError }: ProbeObservation,
): ProbeDifference[] {
  if (lookupError !== null) {
    return [
      {
        kind: 'lookup-failed',
        nodeId,
        address: null,
        detail: `On ${nodeHostname} the DNS did not answer: ${lookupError}.`,
        cause:
          "The engine's own DNS passes names that the network does not have on to the name servers of its node. Check those (the engine's --dns, /etc/resolv.conf), and the name.",
      },
    ];
  }
  const missing = after.addresses.filter(
    (address) => before.addresses.includes(address) && !addresses.includes(address),
  );
  const unexpected = addresses.filter(
    (address) => ![before, after].some((answer) => mayAnswer(answer, address)),
  );
  const stale =
    'Each engine keeps its own copy of the records, which travel by gossip over port 7946, TCP and UDP. Check that port between the nodes (POST /v1/swarm/connectivity); restarting the engine of this node makes its copy anew.';
  if (missing.length > 0 && addresses.length === 0) {
    return [
      {
        kind: 'no-answer',
        nodeId,
        address: null,
        detail: `On ${nodeHostname} the name is not known; it should answer ${missing.join(', ')}.`,
        cause: stale,
      },
    ];
  }
  return [
    ...missing.map((address): ProbeDifference => ({
      kind: 'missing-address',
      nodeId,
      address,
      detail: `On ${nodeHostname} the answer lacks ${address}.`,
      cause: stale,
    })),
    ...unexpected.map((address): ProbeDifference => ({
      kind: 'unexpected-address',
      nodeId,
      address,
      detail: `On ${nodeHostname} the answer has ${address}, which it should not.`,
      cause: isInside(network, address)
        ? `A record or a virtual IP that was left behind by what is gone. ${stale}`
        : `The address is not of the network "${network.name}": a name server outside of the swarm has answered.`,
    })),
  ];
}

const mayAnswer = ({ addresses, byHand }: ExpectedAnswer, address: string): boolean =>
  addresses.includes(address) || byHand.includes(address);

function connectionDifferences(
  expected: ExpectedAnswer,
  { nodeId, nodeHostname, connections }: ProbeObservation,
): ProbeDifference[] {
  const failed = connections.filter(({ connected }) => !connected);
  const isTaskReached = connections.some(
    ({ address, connected }) => connected && expected.tasks.some((task) => task.address === address),
  );
  return failed.map((connection): ProbeDifference => {
    const { address, error } = connection;
    const common = {
      nodeId,
      address,
      detail: `From ${nodeHostname}, ${address}: ${error ?? 'no connection'}.`,
    };
    if (expected.virtualIps.includes(address) && isTaskReached) {
      return {
        ...common,
        kind: 'virtual-ip-unreachable',
        cause:
          'The tasks answer at their own addresses, but their virtual IP does not pass traffic on. Most often the kernel of this node has no IPVS (try `modprobe ip_vs`). Where it cannot have it, use the name `tasks.<service>` or the endpoint mode "dnsrr"; if it has, restart the engine of this node.',
      };
    }
    if (/refused/i.test(error ?? '')) {
      return {
        ...common,
        kind: 'port-closed',
        cause:
          'The address answers, and nothing listens on the port there. Check the port, and that the process listens on all addresses and not on 127.0.0.1 alone.',
      };
    }
    return { ...common, kind: 'address-unreachable', cause: unreachableCause(expected, address, nodeId) };
  });
}

function unreachableCause(expected: ExpectedAnswer, address: string, nodeId: string): string {
  if (expected.virtualIps.includes(address)) {
    return expected.tasks.length === 0
      ? 'The virtual IP stays when no task runs behind it. Start some.'
      : 'None of the tasks behind the virtual IP was reached either: what keeps them from being reached is the cause.';
  }
  const task = expected.tasks.find((each) => each.address === address);
  if (task?.nodeId === nodeId) {
    return 'The task is on this very node: its process may hang, or a firewall inside the container drops the packets.';
  }
  return task
    ? 'The task is on another node: the overlay traffic (VXLAN, UDP port 4789 unless the swarm has another) may be blocked between the two. POST /v1/swarm/connectivity tells which pairs of nodes fail, and how.'
    : 'No running task has the address.';
}

function isInside({ subnets }: Pick<Network, 'subnets'>, address: string): boolean {
  const bytes = parseAddress(address);
  return subnets.some(({ subnet }) => {
    const block = parseCidr(subnet);
    return block !== undefined && bytes !== undefined && contains(block, bytes);
  });
}
