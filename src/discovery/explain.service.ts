import { Injectable } from '@nestjs/common';
import { assertNeed } from '../api/access.ts';
import { VisibleState } from '../api/visible-state.ts';
import { refuse } from '../domain/errors.ts';
import { call, fail, firstFailure, firstFix, pass, verdictOf, type Finding } from '../domain/explanation.ts';
import type { Network } from '../domain/network.ts';
import { findingsOf } from '../domain/reachability.ts';
import { attach } from '../domain/remedies.ts';
import type { Principal } from '../domain/role.ts';
import type { Service } from '../domain/service.ts';
import type { Explanation } from './explain.types.ts';
import { LiveFindings, type Live } from './live-findings.ts';
import { NamesService } from './names.service.ts';
import { find, networksOf, partyOf, type Party } from './party.ts';

/** What is asked: why `from` can or cannot reach a service. */
export interface Question {
  readonly from: string;
  readonly to: string;
  readonly port: number | null;
  /** Whether to try it as well. */
  readonly probe: boolean;
}

/** What came of the steps on one network. */
interface Walked {
  readonly network: Network;
  readonly findings: readonly Finding[];
}

/** Why one thing can or cannot reach another: from the state in memory, and from a probe where that is asked for. */
@Injectable()
export class ExplainService {
  constructor(
    private readonly visible: VisibleState,
    private readonly names: NamesService,
    private readonly live: LiveFindings,
  ) {}

  /**
   * Walks the steps. What does not exist is an answer, not a failure. Fails `invalid` for a port that is none,
   * `ambiguous`, `not-synced`; with a probe also `forbidden` and `too-many`.
   */
  async explain(question: Question, principal: Principal): Promise<Explanation> {
    const { from, to, port, probe } = question;
    refuse(
      port === null || (port >= 1 && port <= 65_535)
        ? []
        : [{ pointer: '/port', detail: 'A port is a number from 1 to 65535.' }],
    );
    if (probe) assertNeed(principal, { verb: 'use', kinds: ['network'] });
    const source = partyOf(this.visible, from);
    const target = find(this.visible, 'service', to);
    if (!source || !target) return answer(question, null, known(this.missing(source ? to : from, !source)));
    const exist = pass('exist', `"${from}" and the service "${to}" exist.`);
    const shared = source.networks.filter(({ id }) =>
      target.networks.some(({ networkId }) => networkId === id),
    );
    const [way, ...others] = shared.map((network) => this.along(network, source, target, port));
    if (!way) return answer(question, null, known(exist, this.apart(from, source, target)));
    const { network, findings } = others.reduce((a, b) => (progressOf(b) > progressOf(a) ? b : a), way);
    const all = [exist, pass('shared-network', `Both are on ${listOf(shared)}.`), ...findings];
    const live = probe ? await this.live.add(all, { network, source, target, port }) : known(...all);
    return answer(question, network, live);
  }

  private along(network: Network, { source }: Party, to: Service, port: number | null): Walked {
    const findings = findingsOf({
      network,
      source,
      to,
      toTasks: this.visible.tasks.by('service', to.id),
      resolution: this.names.resolve(network.id, to.name),
      port,
      node: (id) => this.visible.nodes.get(id),
    });
    return { network, findings };
  }

  private missing(reference: string, isSource: boolean): Finding {
    const isNetwork = !isSource && find(this.visible, 'network', reference) !== undefined;
    return fail(
      'exist',
      isNetwork
        ? `"${reference}" is a network. What is reached is a service.`
        : `There is no ${isSource ? 'service, network or task' : 'service'} with the id, id prefix or name "${reference}".`,
      isNetwork
        ? call('GET', `/v1/services?network=${reference}`, null, 'Lists the services on that network.')
        : call('GET', '/v1/services', null, 'Lists the services there are. Is the name spelt right?'),
    );
  }

  private apart(from: string, { source, networks }: Party, to: Service): Finding {
    const attached = to.networks.map(({ networkId }) => networkId);
    const others = networksOf(this.visible, attached);
    const [[theirs], [own]] = [networks, others];
    const evidence = `They share no network: "${from}" is on ${listOf(networks)}, "${to.name}" on ${listOf(others)}. The network of the routing mesh connects no tasks.`;
    if (theirs) return fail('shared-network', evidence, attach(to, theirs));
    if (own && source) return fail('shared-network', evidence, attach(source.service, own));
    return fail(
      'shared-network',
      evidence,
      call(
        'POST',
        '/v1/networks',
        { name: `for-${to.name}` },
        `Makes a network. Then attach both: PUT /v1/services/{service}/networks/for-${to.name}.`,
      ),
    );
  }
}

const listOf = (networks: readonly Network[]): string =>
  networks.map(({ name }) => `"${name}"`).join(', ') || 'no network';

/** How many steps come before the first that failed. */
function progressOf({ findings }: Walked): number {
  const failed = findings.findIndex(({ status }) => status === 'fail');
  return failed < 0 ? findings.length : failed;
}

const known = (...findings: Finding[]): Live => ({ findings, probe: null, isShown: false });

function answer(
  { from, to, port }: Question,
  network: Network | null,
  { findings, probe, isShown }: Live,
): Explanation {
  const failedStep = firstFailure(findings)?.step ?? null;
  // What a connection has shown, no unknown step can take back.
  const verdict = isShown && failedStep === null ? 'reachable' : verdictOf(findings);
  return {
    from,
    to,
    port,
    network: network?.name ?? null,
    verdict,
    steps: findings.map(({ step, status, evidence }) => ({ step, status, evidence })),
    failedStep,
    fix: verdict === 'reachable' ? null : firstFix(findings),
    probe,
  };
}
