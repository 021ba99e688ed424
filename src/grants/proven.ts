import type { Binding } from '../domain/access/rights.ts';
import type { Identity } from '../domain/role.ts';

/** Who somebody is, and what they may do by that alone, without any grant. */
export interface Proven {
  readonly identity: Identity;
  /** Null for nothing. */
  readonly own: Binding | null;
}
