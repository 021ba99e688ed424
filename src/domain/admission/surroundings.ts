import type { Network } from '../network.ts';
import type { Node } from '../node.ts';
import type { Service } from '../service.ts';
import type { AdmissionPolicy } from './policy.ts';

/** What rules must know besides the spec. */
export interface Surroundings {
  readonly policy: AdmissionPolicy;
  readonly nodes: readonly Node[];
  /** Undefined for one that is not of the swarm, such as `host`. */
  readonly network: (id: string) => Network | undefined;
  /** The services on a network, without the one that is judged. */
  readonly othersOn: (networkId: string) => readonly Service[];
}
