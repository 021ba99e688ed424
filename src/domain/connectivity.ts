/** What one node tries of another, in this order; what comes after a failure is not tried. */
export const PAIR_STEPS = ['name', 'reply', 'size'] as const;
export type PairStep = (typeof PAIR_STEPS)[number];
export const PAIR_STATUSES = ['ok', 'failed', 'unknown'] as const;
export type PairStatus = (typeof PAIR_STATUSES)[number];

/** A node of a check. */
export interface CheckedNode {
  readonly nodeId: string;
  readonly nodeHostname: string;
  /** Why it could not take part; null when it has. */
  readonly error: string | null;
}

/** An attempt of a container on one node to open a TCP connection to a port of another node itself. */
export interface PortAttempt {
  readonly port: number;
  readonly connected: boolean;
  readonly error: string | null;
}

/** What one node has seen of another, or of itself. */
export interface PairCheck {
  readonly fromNodeId: string;
  readonly toNodeId: string;
  /** `unknown` where one of the two could not take part. */
  readonly status: PairStatus;
  readonly failedStep: PairStep | null;
  /** Of the other's task on the temporary network; null where its name was not known. */
  readonly address: string | null;
  /** Of a small packet, in milliseconds. */
  readonly roundTripMs: number | null;
  readonly ports: readonly PortAttempt[];
}

/** The check of all pairs over one network. */
export interface NetworkCheck {
  readonly encrypted: boolean;
  /** The largest packet that the network promises to carry, in bytes; null where no node could say. */
  readonly mtu: number | null;
  readonly pairs: readonly PairCheck[];
}

/** A whole run: of a plain network, and of an encrypted one where that was asked for. */
export interface ConnectivityCheck {
  /** RFC 3339. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** UDP port of the VXLAN traffic. */
  readonly dataPathPort: number;
  readonly nodes: readonly CheckedNode[];
  readonly checks: readonly NetworkCheck[];
}

/** `port` is of a node itself: names and packets can pass all the same. */
export const CONNECTIVITY_FAILURES = ['node', 'names', 'packets', 'size', 'encryption', 'port'] as const;
export type ConnectivityFailureKind = (typeof CONNECTIVITY_FAILURES)[number];

/** Something that does not work between two nodes, or on one. */
export interface ConnectivityFailure {
  readonly kind: ConnectivityFailureKind;
  readonly encrypted: boolean;
  /** One node, or the two of a pair. */
  readonly nodeIds: readonly string[];
  readonly detail: string;
  /** What is usually behind it, and what to do. */
  readonly cause: string;
}

/** All that a run has found to fail, each pair once, in the order of the nodes. */
export function failuresOf(run: ConnectivityCheck): ConnectivityFailure[] {
  const hostname = hostnames(run);
  const failedPlain = new Set(
    run.checks.filter((check) => !check.encrypted).flatMap(({ pairs }) => pairs.filter(hasFailed).map(keyOf)),
  );
  return [
    ...run.nodes.filter(({ error }) => error !== null).map(nodeFailure),
    ...run.checks.flatMap(({ encrypted, mtu, pairs }) =>
      firstOfEachPair(pairs).map((pair) => {
        const onlyEncrypted = encrypted && !failedPlain.has(keyOf(pair));
        const { fromNodeId, toNodeId } = pair;
        return {
          encrypted,
          nodeIds: fromNodeId === toNodeId ? [fromNodeId] : [fromNodeId, toNodeId],
          detail: detailOf(pair, hostname, encrypted, mtu),
          ...causeOf(pair, onlyEncrypted, run.dataPathPort),
        };
      }),
    ),
    ...run.checks.flatMap(({ pairs }) => pairs.flatMap((pair) => portFailures(pair, hostname))),
  ];
}

function portFailures(
  { fromNodeId, toNodeId, ports }: PairCheck,
  hostname: (id: string) => string,
): ConnectivityFailure[] {
  return ports
    .filter(({ connected }) => !connected)
    .map(({ port, error }) => ({
      kind: 'port',
      encrypted: false,
      nodeIds: [fromNodeId, toNodeId],
      detail: `A container on ${hostname(fromNodeId)} could not open TCP port ${port} of the node ${hostname(toNodeId)}: ${error ?? 'no answer'}.`,
      cause: `Open TCP port ${port} between the nodes. If it is open, a firewall stops containers where it lets nodes pass, and nothing is wrong.`,
    }));
}

function nodeFailure({ nodeId, nodeHostname, error }: CheckedNode): ConnectivityFailure {
  return {
    kind: 'node',
    encrypted: false,
    nodeIds: [nodeId],
    detail: `${nodeHostname} could not take part: ${error}.`,
    cause:
      'Its engine could not run a container on a new network, so nothing is known of its traffic. GET /v1/nodes shows the state of the nodes, and the log of its engine says more.',
  };
}

function detailOf(
  { fromNodeId, toNodeId, failedStep }: PairCheck,
  hostname: (id: string) => string,
  encrypted: boolean,
  mtu: number | null,
): string {
  const [from, to] = [hostname(fromNodeId), hostname(toNodeId)];
  const network = encrypted ? 'an encrypted network' : 'a network';
  switch (failedStep) {
    case 'name':
      return `On ${from} the name of a container on ${to} was not known, on ${network} that both are on.`;
    case 'reply':
      return `No packet of ${from} to a container on ${to} was answered, over ${network}.`;
    default:
      return `Small packets of ${from} to a container on ${to} are answered, those of ${mtu ?? 'full'} bytes are not, over ${network}.`;
  }
}

function causeOf(
  { failedStep, fromNodeId, toNodeId }: PairCheck,
  onlyEncrypted: boolean,
  dataPathPort: number,
): Pick<ConnectivityFailure, 'kind' | 'cause'> {
  if (fromNodeId === toNodeId) {
    return {
      kind: failedStep === 'name' ? 'names' : 'packets',
      cause:
        "That is on one node alone: the node's engine or kernel is the cause (VXLAN, bridges, iptables). The log of its engine says more.",
    };
  }
  if (failedStep === 'name') {
    return {
      kind: 'names',
      cause:
        'The records of names, and the way to each address, travel by gossip: open port 7946, TCP and UDP, between the nodes, and check that each advertises an address that the others reach.',
    };
  }
  if (onlyEncrypted && failedStep === 'reply') {
    return {
      kind: 'encryption',
      cause:
        'Without encryption the same pair works. Let ESP (IP protocol 50) pass between the nodes, which clouds often drop, and check that both kernels have it (`modprobe esp4`; the log of the engine says "Failed Adding fSA" where one does not).',
    };
  }
  if (failedStep === 'reply') {
    return {
      kind: 'packets',
      cause: `The overlay traffic (VXLAN) does not pass: open UDP port ${dataPathPort} between the nodes, in both directions. Where nodes are virtual machines, their platform may use that port itself (VMware NSX has 4789); a swarm can be made with another one.`,
    };
  }
  return {
    kind: 'size',
    cause: `Packets of full size are lost on the way: some link between the nodes carries less than the network's MTU and the ${onlyEncrypted ? 'bytes that VXLAN and ESP add' : '50 bytes that VXLAN adds'}. Make networks with a smaller one (the option com.docker.network.driver.mtu), or raise it on that link.`,
  };
}

const hasFailed = ({ status }: PairCheck): boolean => status === 'failed';
const keyOf = ({ fromNodeId, toNodeId }: PairCheck): string => [fromNodeId, toNodeId].sort().join(' ');

function firstOfEachPair(pairs: readonly PairCheck[]): PairCheck[] {
  return [...Map.groupBy(pairs.filter(hasFailed), keyOf).values()].map(([first]) => first as PairCheck);
}

function hostnames({ nodes }: ConnectivityCheck): (id: string) => string {
  const byId = new Map(nodes.map(({ nodeId, nodeHostname }) => [nodeId, nodeHostname]));
  return (id) => byId.get(id) ?? id;
}
