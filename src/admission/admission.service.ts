import { Injectable } from '@nestjs/common';
import { networkPrivileges } from '../domain/admission/network-privileges.ts';
import type { Privilege } from '../domain/admission/privilege.ts';
import { programChanges, servicePrivileges } from '../domain/admission/service-privileges.ts';
import type { Surroundings } from '../domain/admission/surroundings.ts';
import { admittedBy, judge, type Admitted, type Verdict } from '../domain/admission/verdict.ts';
import type { Occupied } from '../domain/ipam.ts';
import type { NetworkSpec } from '../domain/network.ts';
import type { Principal } from '../domain/role.ts';
import type { ServiceSpec } from '../domain/service.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { AdmissionPolicies } from './admission-policies.ts';

/** A spec of a service that is to be written, and what it replaces; `id` and `before` are null for a new one. */
export interface ServiceChange {
  readonly id: string | null;
  readonly before: ServiceSpec | null;
  readonly after: ServiceSpec;
}

/** A spec of a service that was in force before and is to be again. */
export interface ServiceRollback extends ServiceChange {
  readonly before: ServiceSpec;
  /** What else changes, of which we know nothing: JSON pointers into the engine's own document. */
  readonly unknownChanges: readonly string[];
}

/** A network that is to be made. */
export interface NetworkAdmission {
  readonly spec: NetworkSpec;
  /** What has its addresses already. */
  readonly occupied: readonly Occupied[];
  /** The network that it takes the place of, which may have privileges; null for none. */
  readonly replaces: NetworkSpec | null;
}

/** Judges what is to be sent to the engine, the spec itself, by the access policy. */
@Injectable()
export class Admission {
  constructor(
    private readonly state: ClusterState,
    private readonly policies: AdmissionPolicies,
  ) {}

  /** Why somebody may write it. Fails `forbidden` with all that they may not ask for. */
  assertService(by: Principal, change: ServiceChange): Admitted {
    return admittedBy(this.service(by, change));
  }

  /**
   * The same for a spec that was in force before: its program ran with what it has, so that alone is judged which the
   * service has not now.
   */
  assertRollback(by: Principal, { unknownChanges, ...change }: ServiceRollback): Admitted {
    const unknown = unknownChanges.map((pointer): Privilege => ({
      rule: 'unknown',
      pointer,
      name: pointer,
      value: null,
    }));
    const { inForce } = this.policies;
    return admittedBy(
      judge(by, inForce, () => {
        const { asked, had } = this.privileges(change);
        return { asked: [...asked, ...unknown], had, programChanges: [] };
      }),
    );
  }

  /** Why somebody may make it. Fails `forbidden` with all that they may not ask for. */
  assertNetwork(by: Principal, admission: NetworkAdmission): Admitted {
    return admittedBy(this.network(by, admission));
  }

  service(by: Principal, change: ServiceChange): Verdict {
    const { before, after } = change;
    return judge(by, this.policies.inForce, () => ({
      ...this.privileges(change),
      programChanges: before ? programChanges(before, after) : [],
    }));
  }

  network(by: Principal, { spec, occupied, replaces }: NetworkAdmission): Verdict {
    const { inForce: policy } = this.policies;
    return judge(by, policy, () => ({
      asked: networkPrivileges(spec, { policy, occupied }),
      had: replaces ? networkPrivileges(replaces, { policy, occupied }) : [],
      programChanges: [],
    }));
  }

  private privileges({ id, before, after }: ServiceChange): { asked: Privilege[]; had: Privilege[] } {
    const around: Surroundings = {
      policy: this.policies.inForce,
      nodes: this.state.nodes.all(),
      network: (networkId) => this.state.networks.get(networkId),
      othersOn: (networkId) =>
        this.state.services.by('network', networkId).filter((other) => other.id !== id),
    };
    return {
      asked: servicePrivileges(after, before, around),
      had: before ? servicePrivileges(before, null, around) : [],
    };
  }
}
