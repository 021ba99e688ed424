import { Injectable } from '@nestjs/common';
import { DomainError } from '../domain/errors.ts';
import {
  call,
  fail,
  pass,
  unknown,
  type ExplainStep,
  type Finding,
  type Fix,
} from '../domain/explanation.ts';
import type { Network } from '../domain/network.ts';
import type { ProbeDifferenceKind, ProbeObservation } from '../domain/probe.ts';
import { pastVirtualIp } from '../domain/remedies.ts';
import type { Service } from '../domain/service.ts';
import { isWanted } from '../domain/task.ts';
import { ProbeService } from '../probe/probe.service.ts';
import type { ProbeResult } from '../probe/probe.types.ts';
import type { Party } from './party.ts';

/** What a probe has added to the findings; `isShown` once a connection was opened. */
export interface Live {
  readonly findings: readonly Finding[];
  readonly probe: ProbeResult | null;
  readonly isShown: boolean;
}

interface Asked {
  readonly network: Network;
  readonly source: Party;
  readonly target: Service;
  readonly port: number | null;
}

/** It is asked from so many of the nodes on which the source runs. */
const NODES = 3;
/** Which step it tells of that something is not as it should be; the others are of the probe itself. */
const STEP_OF: Partial<Record<ProbeDifferenceKind, ExplainStep>> = {
  'virtual-ip-unreachable': 'path',
  'port-closed': 'port',
};

/** Without a port, only an answer that does not come makes something unreachable. */
const UNANSWERED: readonly ProbeDifferenceKind[] = ['no-answer', 'lookup-failed'];
/** What an open connection settles. */
const SETTLED: readonly ExplainStep[] = ['path', 'port'];

/** Findings from inside the network, by a probe. */
@Injectable()
export class LiveFindings {
  constructor(private readonly probes: ProbeService) {}

  /** Tries what the findings are about, and says what came of it. Fails `too-many`. */
  async add(findings: readonly Finding[], asked: Asked): Promise<Live> {
    try {
      const from = sourceNodes(asked.source, asked.network);
      const probe = await this.probes.probe({
        network: asked.network.id,
        name: asked.target.name,
        port: asked.port,
        ...(from.length > 0 ? { from } : {}),
      });
      return withProbe(findings, asked, probe);
    } catch (error) {
      if (!(error instanceof DomainError) || error.kind === 'too-many') throw error;
      return { findings: [...findings, unknown('probe', error.message)], probe: null, isShown: false };
    }
  }
}

function withProbe(findings: readonly Finding[], asked: Asked, probe: ProbeResult): Live {
  const isReached =
    asked.port !== null && probe.observations.length > 0 && probe.observations.every(hasReached);
  const isShown = isReached && probe.differences.length === 0;
  const seen = new Map(
    probe.differences.map(({ kind, detail, cause }) => {
      const step = STEP_OF[kind] ?? 'probe';
      const isFatal = asked.port === null ? UNANSWERED.includes(kind) : !isReached;
      return [step, (isFatal ? fail : unknown)(step, `${detail} ${cause}`, fixOf(step, asked))] as const;
    }),
  );
  const told = findings.map((finding) => {
    const { step } = finding;
    if (isShown && SETTLED.includes(step)) return pass(step, 'The probe has opened a connection.');
    return seen.get(step) ?? finding;
  });
  return { findings: [...told, seen.get('probe') ?? summary(probe)], probe, isShown };
}

/** Whether something that the name answers has let it connect. */
function hasReached({ error, connections }: ProbeObservation): boolean {
  return (
    error === null && connections.some(({ connected, behindVirtualIp }) => connected && !behindVirtualIp)
  );
}

function summary({ observations, differences }: ProbeResult): Finding {
  const lost = observations.find(({ error }) => error !== null);
  if (lost) return unknown('probe', `${lost.nodeHostname}: ${lost.error}`);
  const seen = observations
    .map(({ nodeHostname, addresses }) => `${nodeHostname} was answered ${addresses.join(', ') || 'nothing'}`)
    .join('; ');
  return differences.length === 0
    ? pass('probe', `From inside all is as it should be: ${seen}.`)
    : unknown('probe', `${seen}; what was wrong stands with its step.`);
}

function fixOf(step: ExplainStep, { network, target, port }: Asked): Fix {
  if (step === 'path') return pastVirtualIp(target, network);
  const declared = target.ports.find(({ targetPort }) => targetPort !== port);
  if (step === 'port' && declared) {
    return call(
      'POST',
      '/v1/discovery/probe',
      { network: network.name, name: target.name, port: declared.targetPort },
      `Tries ${declared.targetPort}, the port that "${target.name}" publishes.`,
    );
  }
  return step === 'port'
    ? call('GET', `/v1/services/${target.name}/logs`, null, 'May say on which port it listens.')
    : call('POST', '/v1/swarm/connectivity', {}, 'Tries the ways between all pairs of nodes.');
}

function sourceNodes({ source }: Party, network: Network): string[] {
  const running = (source?.tasks ?? []).filter(
    (task) =>
      task.state === 'running' &&
      isWanted(task) &&
      task.addresses.some(({ networkId }) => networkId === network.id),
  );
  return [...new Set(running.flatMap(({ nodeId }) => nodeId ?? []))].slice(0, NODES);
}
