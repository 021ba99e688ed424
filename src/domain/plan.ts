import type { FieldChange } from './field-changes.ts';
import type { PortProtocol, PublishMode } from './service.ts';

export const PLAN_ACTIONS = ['create', 'update', 'delete', 'replace', 'none'] as const;
export type PlanAction = (typeof PLAN_ACTIONS)[number];

export const PLAN_KINDS = [
  'service',
  'network',
  'node',
  'secret',
  'config',
  'token',
  'join-token',
  'operation',
  'route',
  'certificate',
  'policy',
  'grant',
  'role',
] as const;
export type PlanKind = (typeof PLAN_KINDS)[number];

/** What happens to the tasks of a service, counted in places: replicas, or the nodes of a global service. */
export interface TaskEffects {
  /** Ended, and started anew in the same place. */
  readonly restarted: number;
  readonly added: number;
  /** Ended with nothing in their place. */
  readonly removed: number;
  /** Why, in words. */
  readonly reasons: readonly string[];
}

/** A virtual IP that comes or goes. Which one comes is known only to Swarm, afterwards: null. */
export interface VirtualIpChange {
  readonly networkId: string;
  readonly change: 'added' | 'removed';
  readonly address: string | null;
}

/** How many addresses of a network a write takes at least, over those that it has, and how many are free. */
export interface AddressDemand {
  readonly networkId: string;
  readonly needed: number;
  readonly free: number;
}

/** A published port that opens or closes; `publishedPort` is null where Swarm or the node will choose. */
export interface PortChange {
  readonly publishedPort: number | null;
  readonly targetPort: number;
  readonly protocol: PortProtocol;
  readonly publishMode: PublishMode;
  readonly change: 'opened' | 'closed';
}

/** What a write would do. */
export interface Plan {
  readonly action: PlanAction;
  readonly kind: PlanKind;
  /** Of the object; null for one that is yet to be made. */
  readonly id: string | null;
  readonly name: string;
  /** What the plan was made from, for `If-Match`; null for an object that is yet to be made. */
  readonly version: number | null;
  readonly changes: readonly FieldChange[];
  readonly tasks: TaskEffects;
  readonly virtualIps: readonly VirtualIpChange[];
  readonly addresses: readonly AddressDemand[];
  readonly ports: readonly PortChange[];
  /** The routes that it touches, by id. */
  readonly routes: readonly string[];
  /** What works and may surprise, in words. */
  readonly warnings: readonly string[];
}

/** The tasks where none are concerned. */
export const NO_TASKS: TaskEffects = { restarted: 0, added: 0, removed: 0, reasons: [] };

/** A plan that does no more than is said. */
export function planOf(
  plan: Pick<Plan, 'action' | 'kind' | 'id' | 'name' | 'version'> & Partial<Plan>,
): Plan {
  return {
    changes: [],
    tasks: NO_TASKS,
    virtualIps: [],
    addresses: [],
    ports: [],
    routes: [],
    warnings: [],
    ...plan,
  };
}
