import { Injectable, Logger } from '@nestjs/common';
import { Memo } from '../api/memo.ts';
import { InputPipe } from '../api/validation.pipe.ts';
import {
  checkPolicy,
  DEFAULT_POLICY,
  STRICTEST_POLICY,
  type AdmissionPolicy,
} from '../domain/admission/policy.ts';
import { isKind, refuse } from '../domain/errors.ts';
import { ResourceStore, type Resource } from '../swarm/store/resource-store.ts';
import { policyFrom, UpdateAccessPolicyInput } from './policy.types.ts';

const KIND = 'policy';
const ID = 'admission';
const pipe = new InputPipe();

/** The policy as the swarm keeps it. */
export interface PolicyDocument {
  readonly policy: AdmissionPolicy;
  /** The id of the token. */
  readonly updatedBy: string;
}

export type PolicyRecord = Resource<PolicyDocument>;

/** The policy of a record; where it is none that can be read, why, and the strictest that there is. */
export interface KeptPolicy {
  readonly policy: AdmissionPolicy;
  readonly problem: string | null;
}

/** The access policy: one document in the swarm, read from memory, so that a new one is in force on all servers at once. */
@Injectable()
export class AdmissionPolicies {
  private readonly log = new Logger('Admission');
  private readonly read = new Memo<PolicyRecord, KeptPolicy>();

  constructor(private readonly store: ResourceStore) {}

  /** Undefined while nobody has written any. */
  get record(): PolicyRecord | undefined {
    return this.store.list<PolicyDocument>(KIND).find(({ id }) => id === ID);
  }

  get inForce(): AdmissionPolicy {
    const { record } = this;
    return record ? this.kept(record).policy : DEFAULT_POLICY;
  }

  /**
   * Whatever writes configs of the swarm can write this one, so it is read as what a client sends. Nothing of one that
   * is wrong counts: it opens nothing.
   */
  kept(record: PolicyRecord): KeptPolicy {
    return this.read.of(record, null, () => {
      try {
        const input = pipe.transform(record.document.policy, {
          type: 'body',
          metatype: UpdateAccessPolicyInput,
        }) as UpdateAccessPolicyInput;
        const policy = policyFrom(input);
        refuse(checkPolicy(policy));
        return { policy, problem: null };
      } catch (error) {
        if (!isKind(error, 'invalid')) throw error;
        const problem = `What is kept is no policy (${error.message}), so nobody but admins has anything that a rule is about. Replace it: PUT /v1/access/policy.`;
        this.log.warn(problem);
        return { policy: STRICTEST_POLICY, problem };
      }
    });
  }

  /** Keeps a policy in the place of the one that there is. Fails `conflict` when somebody wrote in between. */
  write(before: PolicyRecord | undefined, document: PolicyDocument): Promise<PolicyRecord> {
    return before
      ? this.store.update(KIND, ID, before.version, document)
      : this.store.create(KIND, ID, document);
  }
}
