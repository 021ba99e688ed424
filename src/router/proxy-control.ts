import type { RouterConfig } from '../domain/router-config.ts';

/** What it takes to serve a configuration, seen from what is served at the moment. */
export interface Plan {
  readonly config: RouterConfig;
  /** How many commands would do it; where a reload is needed, the part of it that does not wait: servers, above all. */
  readonly commands: number;
  /** Why commands will not do, in sentences; empty when they will. */
  readonly reloadReasons: readonly string[];
}

/** HAProxy, as far as the applier steers it. One thing is asked of it at a time, but for `check` and `keep`. */
export interface ProxyControl<P extends Plan> {
  readonly isRunning: boolean;

  /** Throws when a configuration cannot be said in HAProxy's words. */
  plan(config: RouterConfig): P;

  /**
   * Carries out what commands can do of a plan: all of it, where no reload is needed. Rejects when a command failed; which of them were done is not known then,
   * and plans need a reload until there was one.
   */
  change(plan: P): Promise<void>;

  /**
   * Writes the files of a plan and asks HAProxy whether it would take them. Rejects with RefusedByProxy, PortTaken, or an
   * error of the file system.
   */
  check(plan: P): Promise<void>;

  /** Has a new worker serve a plan that was checked, or starts HAProxy with it. Rejects as `check` does. */
  load(plan: P): Promise<void>;

  /** Writes the files of what is served, for whoever looks. Rejects with an error of the file system. */
  keep(): Promise<void>;
}

/** HAProxy does not take a configuration; the message is in its own words. */
export class RefusedByProxy extends Error {
  override readonly name = 'RefusedByProxy';
}

/** Somebody else listens on a port that a configuration needs. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
}
