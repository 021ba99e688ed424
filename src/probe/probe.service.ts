import { Injectable } from '@nestjs/common';
import { assertMay } from '../api/access.ts';
import { asker } from '../api/asker.ts';
import { VisibleState } from '../api/visible-state.ts';
import { DomainError, refuse } from '../domain/errors.ts';
import type { Network } from '../domain/network.ts';
import { checkProbe, differencesOf, type ExpectedAnswer, type ProbeObservation } from '../domain/probe.ts';
import { ExpectedAnswers } from './expected-answers.ts';
import { ProbeJobs, type NodeReport } from './probe-jobs.ts';
import { ProbeNodes, type ChosenNodes } from './probe-nodes.ts';
import { ProbeRuns } from './probe-runs.ts';
import { PROBE_SCRIPT, probeEnvironment, readProbe } from './probe-script.ts';
import { ProbeImage } from './probe-settings.ts';
import type { ProbeInput, ProbeResult } from './probe.types.ts';

/** How long a probe may take in milliseconds, the pull of its image included; seen: 500 to 1,000, and 2,000 more for what does not answer. */
const WITHIN_MS = 20_000;
/** Of the words of an engine that has no such image (moby, `daemon/images`). */
const NO_IMAGE = /no such image/i;

/** Asks the real DNS and opens real connections from inside a network, and compares what comes of it with what should. */
@Injectable()
export class ProbeService {
  constructor(
    private readonly visible: VisibleState,
    private readonly expected: ExpectedAnswers,
    private readonly nodes: ProbeNodes,
    private readonly runs: ProbeRuns,
    private readonly jobs: ProbeJobs,
    private readonly image: ProbeImage,
  ) {}

  /**
   * Probes a name. Fails `invalid`, `not-found` for an unknown network or node and for a name that neither the swarm
   * knows nor any DNS, `ambiguous`, `too-many`, and `conflict` where the network, a node or the image cannot be used.
   */
  async probe({ network: reference, name, port = null, from }: ProbeInput): Promise<ProbeResult> {
    refuse(checkProbe({ name, port }));
    const network = this.visible.resolve('network', reference);
    assertMay(asker(), 'use', 'network', network);
    assertUsable(network);
    const chosen = from?.length ? this.nodes.of(from, '/from') : this.nodes.oneOn(network.id);
    return this.runs.run(WITHIN_MS, async (run) => {
      const before = this.expected.of(network.id, name);
      const environment = probeEnvironment({ name, port }, behind(before));
      const reports = await this.jobs.run(run, {
        networkId: network.id,
        nodes: chosen.nodes,
        script: PROBE_SCRIPT,
        environment: () => environment,
        serviceName: (node) => `${run.name}-${chosen.nodes.indexOf(node)}`,
        pings: false,
      });
      this.assertImage(reports);
      const observations = observationsOf(reports, chosen);
      const after = this.expected.of(network.id, name);
      assertSomethingKnown(after, observations);
      return {
        network: network.name,
        name,
        port,
        expectedAddresses: after.addresses,
        reason: after.reason,
        observations,
        differences: differencesOf({ network, before, after }, observations),
      };
    });
  }

  private assertImage(reports: readonly NodeReport[]): void {
    if (!reports.every(({ failure }) => failure !== null && NO_IMAGE.test(failure))) return;
    throw new DomainError(
      'conflict',
      `None of the nodes has the image "${this.image.name}", nor can get it. Load it there (docker load), or name one that they can pull in SWARMPLANE_PROBE_IMAGE.`,
    );
  }
}

/** Tasks behind a virtual IP are tried as well, so that a dead virtual IP can be told from dead tasks. */
const behind = ({ virtualIps, tasks }: ExpectedAnswer): string[] =>
  virtualIps.length === 0 ? [] : tasks.map(({ address }) => address);

function assertUsable({ name, ingress, allocated }: Network): void {
  if (ingress) {
    throw new DomainError(
      'conflict',
      `No container can join "${name}", the ingress network, and it has no names. Probe a network that services are attached to.`,
    );
  }
  if (!allocated) {
    throw new DomainError(
      'conflict',
      `Swarm has not given the network "${name}" its addresses yet. Try again in a second.`,
    );
  }
}

function assertSomethingKnown(
  { isKnown, reason }: ExpectedAnswer,
  observations: readonly ProbeObservation[],
): void {
  const isAsked = observations.some(({ error }) => error === null);
  const isAnswered = observations.some(
    ({ addresses, lookupError }) => addresses.length > 0 || lookupError !== null,
  );
  if (isKnown || isAnswered || !isAsked) return;
  throw new DomainError(
    'not-found',
    `${reason ?? 'There is no such name.'} The DNS there knows none either.`,
  );
}

function observationsOf(reports: readonly NodeReport[], { away }: ChosenNodes): ProbeObservation[] {
  return [
    ...reports.map(({ node, lines, failure }) => ({
      nodeId: node.id,
      nodeHostname: node.hostname,
      ...(failure === null ? readProbe(lines) : NOTHING_SEEN),
      error: failure && `It could not be probed from here: ${failure}.`,
    })),
    ...away.map(({ node, reason }) => ({
      nodeId: node.id,
      nodeHostname: node.hostname,
      ...NOTHING_SEEN,
      error: `It could not be probed from here: ${reason}.`,
    })),
  ];
}

const NOTHING_SEEN = { addresses: [], lookupMs: null, lookupError: null, connections: [] } as const;
