import { Injectable } from '@nestjs/common';
import { assertNeed } from '../api/access.ts';
import { assertVersion } from '../api/etag.ts';
import type { Write } from '../api/write.ts';
import { OwnRights } from '../auth/own-rights.ts';
import { TokensService } from '../auth/tokens.service.ts';
import type { Subject } from '../domain/access/grant.ts';
import { checkPolicy, DEFAULT_POLICY } from '../domain/admission/policy.ts';
import { DomainError, invalid, isKind, refuse } from '../domain/errors.ts';
import { fieldChanges } from '../domain/field-changes.ts';
import { planOf } from '../domain/plan.ts';
import { principalWith, type Principal } from '../domain/role.ts';
import { RightsBook } from '../grants/rights-book.ts';
import { SubnetsService } from '../ipam/subnets.service.ts';
import { NetworksService } from '../networks/networks.service.ts';
import { ServiceSpecs } from '../services/service-specs.service.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { retryOnConflict } from '../swarm/retry-on-conflict.ts';
import { Admission } from './admission.service.ts';
import { AdmissionPolicies, type PolicyDocument, type PolicyRecord } from './admission-policies.ts';
import {
  policyFrom,
  shownPolicy,
  subjectFrom,
  type AccessPolicy,
  type AccessSubjectInput,
  type UpdateAccessPolicyInput,
} from './policy.types.ts';
import type { AccessVerdict, ReviewAccessInput } from './review.types.ts';

/** The name of the policy in plans: there is one. */
const NAME = 'access policy';

/** A policy that was found good to write, and what it replaces. */
interface Judged {
  readonly before: PolicyRecord | undefined;
  readonly document: PolicyDocument;
  readonly isSame: boolean;
}

/** The access policy as it is read, written and tried. */
@Injectable()
export class AccessService {
  constructor(
    private readonly state: ClusterState,
    private readonly policies: AdmissionPolicies,
    private readonly admission: Admission,
    private readonly tokens: TokensService,
    private readonly rights: RightsBook,
    private readonly own: OwnRights,
    private readonly services: ServiceSpecs,
    private readonly networks: NetworksService,
    private readonly subnets: SubnetsService,
  ) {}

  /** The policy that is in force. */
  policy(): AccessPolicy {
    this.state.assertSynced();
    return this.view(this.policies.record);
  }

  /** Puts a policy in the place of the one that there is. Fails `invalid`, `stale`. */
  update(input: UpdateAccessPolicyInput, ifMatch: number | null): Write<AccessPolicy> {
    const judge = (by: Principal): Judged => {
      this.state.assertSynced();
      const before = this.policies.record;
      assertVersion(ifMatch, before?.version ?? 0);
      const policy = policyFrom(input);
      refuse(checkPolicy(policy));
      const isSame = before !== undefined && fieldChanges(before.document.policy, policy).length === 0;
      return { before, document: { policy, updatedBy: by.id }, isSame };
    };
    return {
      plan: (by) => {
        const { before, document, isSame } = judge(by);
        const now = new Date().toISOString();
        const times = { createdAt: now, updatedAt: now };
        const preview = isSame
          ? this.view(before)
          : this.view({ id: '', version: before?.version ?? 0, ...times, document });
        const plan = planOf({
          action: isSame ? 'none' : 'update',
          kind: 'policy',
          id: null,
          name: NAME,
          version: before?.version ?? 0,
          changes: fieldChanges(shownPolicy(this.policies.inForce), shownPolicy(document.policy)),
        });
        return { plan, preview };
      },
      apply: (by) =>
        retryOnConflict(async () => {
          const { before, document, isSame } = judge(by);
          return this.view(isSame ? before : await this.write(before, document));
        }),
    };
  }

  /** What would become of a create. Fails `invalid`, `forbidden`, `not-found`. */
  async review({ subject, service, network }: ReviewAccessInput, by: Principal): Promise<AccessVerdict> {
    const who = subject ? this.principalOf(subject, by) : by;
    if (service && !network) {
      const after = await this.services.of(service, by);
      return this.admission.service(who, { id: null, before: null, after });
    }
    if (network && !service) {
      const spec = this.networks.specOf(network);
      return this.admission.network(who, { spec, occupied: await this.subnets.occupied(by), replaces: null });
    }
    throw invalid([{ pointer: '', detail: 'Send either "service" or "network": what would be created.' }]);
  }

  private principalOf(input: AccessSubjectInput, by: Principal): Principal {
    const subject = subjectFrom(input);
    const isOwn = 'token' in subject && subject.token === by.id;
    if (!isOwn) assertNeed(by, { verb: 'view', kinds: ['token'] });
    if ('role' in subject) return principalWith(subject.role, { id: '', name: subject.role });
    if ('token' in subject) return this.rights.principalOf(this.tokens.holderOf(subject.token));
    if ('grant' in subject) {
      throw invalid([
        { pointer: '/subject/grant', detail: 'Name whom it is for: a token, a user or a group.' },
      ]);
    }
    const id: Subject = 'user' in subject ? `user:${subject.user}` : `group:${subject.group}`;
    const identity = { id, name: id, proof: 'oidc', subjects: [id], expiresAt: null } as const;
    return this.rights.principalOf({ identity, own: this.own.of([id]) });
  }

  /** That somebody else has written the first policy just before is a conflict like any other. */
  private async write(before: PolicyRecord | undefined, document: PolicyDocument): Promise<PolicyRecord> {
    try {
      return await this.policies.write(before, document);
    } catch (error) {
      if (!isKind(error, 'name-taken')) throw error;
      throw new DomainError('conflict', 'Somebody else has just written the access policy. Read it again.');
    }
  }

  private view(record: PolicyRecord | undefined): AccessPolicy {
    const { policy, problem } = record
      ? this.policies.kept(record)
      : { policy: DEFAULT_POLICY, problem: null };
    // Whatever writes configs of the swarm can have written it.
    const updatedBy: unknown = record?.document.updatedBy;
    return {
      version: record?.version ?? 0,
      stored: record !== undefined,
      problem,
      ...shownPolicy(policy),
      updatedAt: record?.updatedAt ?? null,
      updatedBy: typeof updatedBy === 'string' ? updatedBy : null,
    };
  }
}
