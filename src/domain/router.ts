import { orderBy } from './order.ts';
import type { RouterEntrypoints, RouterNack, RouterProblem, RouterReport } from './router-report.ts';
import type { Task } from './task.ts';
import { TASK_STATES } from './task.ts';

/** A router that has said nothing for this long is `away`, in milliseconds. */
export const AWAY_AFTER_MS = 30_000;
/** One that is no task of the swarm is forgotten after this long, in milliseconds. */
export const FORGOTTEN_AFTER_MS = 10 * 60_000;
/** A router has this long to serve a new configuration before it is `lagging`, in milliseconds. */
export const LAGGING_AFTER_MS = 5_000;

export const ROUTER_STATES = ['starting', 'ok', 'lagging', 'refused', 'away'] as const;
/**
 * `starting`: it serves nothing yet. `lagging`: it serves an older configuration. `refused`: HAProxy took the newest one
 * not, and serves the last good one. `away`: nothing was heard of it for 30 s.
 */
export type RouterState = (typeof ROUTER_STATES)[number];

/** A router as it is shown: what it says, and what Swarm says of its task. */
export interface Router {
  /** Of its task; what it calls itself where it is none. */
  readonly id: string;
  readonly nodeId: string | null;
  readonly nodeHostname: string | null;
  /** The service that it is a task of; null where it is none. */
  readonly serviceId: string | null;
  readonly service: string | null;
  readonly state: RouterState;
  /** Why it is in that state, and what to do; null where there is nothing to say. */
  readonly reason: string | null;
  readonly agentVersion: string | null;
  readonly haproxyVersion: string | null;
  /** In RFC 3339. */
  readonly startedAt: string | null;
  readonly entrypoints: RouterEntrypoints;
  readonly networks: readonly RouterNetwork[];
  /** Of the newest configuration that it was sent. */
  readonly configVersion: number | null;
  /** Of the one that it serves. */
  readonly appliedVersion: number | null;
  readonly nack: RouterNack | null;
  readonly problems: readonly RouterProblem[];
  /** Milliseconds since it was heard of. */
  readonly age: number | null;
  readonly reloads: number;
  readonly runtimeChanges: number;
  readonly lastReloadReasons: readonly string[];
}

/** A network that a router is on. */
export interface RouterNetwork {
  readonly id: string;
  readonly name: string;
}

export const ROUTER_ORDER = orderBy<Router>('nodeHostname', 'service', 'id');

/** The newest configuration, and how long it has been that, in milliseconds. */
export interface NewestConfig {
  readonly hash: string;
  readonly age: number;
}

/**
 * How a router is, by what it said last.
 * @param age milliseconds since it said so
 * @param newest null before the state has been read
 */
export function stateOf(
  report: Pick<RouterReport, 'applied' | 'nack'>,
  age: number,
  newest: NewestConfig | null,
): { readonly state: RouterState; readonly reason: string | null } {
  if (age >= AWAY_AFTER_MS) {
    const seconds = Math.round(age / 1000);
    const reason = `Nothing was heard of it for ${seconds} s. If it still serves, it goes on with what it has; look at the logs of its task.`;
    return { state: 'away', reason };
  }
  const { applied, nack } = report;
  if (nack) {
    const reason = `HAProxy refuses the configuration ${nack.version}, and it will not be tried again: ${nack.reason}`;
    return { state: 'refused', reason };
  }
  if (!applied) return { state: 'starting', reason: 'It has not served any configuration yet.' };
  if (newest && applied.hash !== newest.hash && newest.age >= LAGGING_AFTER_MS) {
    return {
      state: 'lagging',
      reason: `It serves the configuration ${applied.version}, which is not the newest.`,
    };
  }
  return { state: 'ok', reason: null };
}

/** Why a router that was never heard of is not there yet, by what Swarm says of its task. */
export function reasonOfTask({ state, message, error }: Task): string {
  return state === 'running'
    ? 'Its task runs, and it has not reported yet. If that stays so, it does not reach the server: look at the logs of its task.'
    : `Its task is ${state}${(error ?? message) ? `: ${error ?? message}` : ''}.`;
}

/** Whether the task has ended, or never will do anything any more. */
export function hasEnded({ state }: Pick<Task, 'state'>): boolean {
  return TASK_STATES.indexOf(state) > TASK_STATES.indexOf('running');
}
