import { Injectable } from '@nestjs/common';
import { SwarmSettings } from '../cluster/swarm-settings.ts';
import {
  failuresOf,
  type ConnectivityCheck,
  type NetworkCheck,
  type PairCheck,
} from '../domain/connectivity.ts';
import type { Node } from '../domain/node.ts';
import {
  connectivityEnvironment,
  CONNECTIVITY_SCRIPT,
  readMtu,
  readPeer,
  type Peer,
} from './connectivity-script.ts';
import type { Connectivity, ConnectivityInput } from './connectivity.types.ts';
import { nodePorts } from './node-ports.ts';
import { ProbeJobs, type NodeReport } from './probe-jobs.ts';
import { EVERY_NODE, ProbeNodes } from './probe-nodes.ts';
import { ProbeRuns, type ProbeRun } from './probe-runs.ts';
import { TemporaryNetworks } from './temporary-networks.ts';

/** How long a check may take, in milliseconds; seen with three nodes: 2,500, and up to 12,000 where much fails. */
const WITHIN_MS = 45_000;

/** Checks pairwise whether nodes reach each other over overlay networks, and keeps what it has found last. */
@Injectable()
export class ConnectivityService {
  private latest: ConnectivityCheck | null = null;

  constructor(
    private readonly settings: SwarmSettings,
    private readonly nodes: ProbeNodes,
    private readonly runs: ProbeRuns,
    private readonly jobs: ProbeJobs,
    private readonly networks: TemporaryNetworks,
  ) {}

  /** What the last check of this server has found; null before the first. */
  get last(): ConnectivityCheck | null {
    return this.latest;
  }

  /** Checks all pairs. Fails `not-found` and `ambiguous` for nodes, `conflict` for those that are away, `too-many`. */
  async check({ nodes: references, encrypted }: ConnectivityInput): Promise<Connectivity> {
    const chosen = this.nodes.of(references?.length ? references : [EVERY_NODE], '/nodes');
    const dataPathPort = await this.settings.dataPathPort();
    return this.runs.run(WITHIN_MS, async (run) => {
      const startedAt = Date.now();
      const results = [await this.checkOver(run, chosen.nodes, false)];
      // One after the other: of 7 runs with both at once, one took 31 s and blamed a pair that was well.
      if (encrypted) results.push(await this.checkOver(run, chosen.nodes, true));
      const found: ConnectivityCheck = {
        startedAt: new Date(startedAt).toISOString(),
        durationMs: Date.now() - startedAt,
        dataPathPort,
        nodes: [
          ...chosen.nodes.map((node) => ({
            nodeId: node.id,
            nodeHostname: node.hostname,
            error: results.map(({ failures }) => failures.get(node.id)).find((failure) => failure) ?? null,
          })),
          ...chosen.away.map(({ node, reason }) => ({
            nodeId: node.id,
            nodeHostname: node.hostname,
            error: reason,
          })),
        ],
        checks: results.map(({ check }) => check),
      };
      this.latest = found;
      return { ...found, failures: failuresOf(found) };
    });
  }

  private async checkOver(
    run: ProbeRun,
    nodes: readonly Node[],
    encrypted: boolean,
  ): Promise<{ check: NetworkCheck; failures: ReadonlyMap<string, string> }> {
    const prefix = `${run.name}-${encrypted ? 'e' : 'p'}`;
    const peers = nodes.map((node, index): Peer => ({
      nodeId: node.id,
      name: `${prefix}${index}`,
      // The ports of the nodes themselves have nothing to do with the network.
      ports: encrypted ? [] : nodePorts(node),
    }));
    const nameOf = (node: Node): string => peers[nodes.indexOf(node)]?.name ?? '';
    const reports = await this.networks.with({ name: prefix, encrypted, labels: run.labels }, (networkId) =>
      this.jobs.run(run, {
        networkId,
        nodes,
        script: CONNECTIVITY_SCRIPT,
        environment: (node) => connectivityEnvironment(peers, node.id),
        serviceName: nameOf,
        pings: true,
      }),
    );
    return {
      check: {
        encrypted,
        mtu: reports.map(({ lines }) => readMtu(lines)).find((mtu) => mtu !== null) ?? null,
        pairs: pairsOf(reports, peers),
      },
      failures: new Map(
        reports.flatMap(({ node, failure }) => (failure === null ? [] : [[node.id, failure]])),
      ),
    };
  }
}

function pairsOf(reports: readonly NodeReport[], peers: readonly Peer[]): PairCheck[] {
  const away = new Set(reports.filter(({ failure }) => failure !== null).map(({ node }) => node.id));
  return reports.flatMap(({ node, lines }) =>
    peers.map((peer) => {
      const seen = readPeer(lines, node.id, peer);
      return away.has(node.id) || away.has(peer.nodeId)
        ? { ...seen, status: 'unknown' as const, failedStep: null }
        : seen;
    }),
  );
}
