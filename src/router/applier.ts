import type { RouterConfig } from '../domain/router-config.ts';
import type { ConfigReference, RouterNack } from '../domain/router-report.ts';
import { diskProblem, isDiskError } from './disk-error.ts';
import { Later } from './later.ts';
import type { Problems } from './problems.ts';
import { PortTaken, RefusedByProxy, type Plan, type ProxyControl } from './proxy-control.ts';
import { Refusals } from './refusals.ts';
import { RestartDelay } from './restart-delay.ts';
import { withServersOf } from './with-servers-of.ts';

/** A reload costs a worker and the connections that it kept: at most one in this time, in milliseconds. */
const RELOAD_EVERY_MS = 1_000;
/** When something that is not the configuration's fault is tried again, in milliseconds. */
const RETRY_MS = 5_000;
/** How long after a change by command the files may still be those of before, in milliseconds. */
const KEEP_WITHIN_MS = 1_000;
/** What cannot be written when the disk is full, for whoever reads of it. */
const FILES = 'The directory of rendered files';

/** The parts of a logger that the applier needs. */
export interface ApplierLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Who is told what becomes of configurations. */
export interface ApplierListener {
  /** This one is served, wholly. */
  applied(config: RouterConfig): void;
  /** Something else in `Applier.status` has changed. */
  changed(): void;
}

/** What has become of the configurations so far. */
export interface ApplierStatus {
  applied: ConfigReference | null;
  nack: RouterNack | null;
  reloads: number;
  runtimeChanges: number;
  lastReloadReasons: readonly string[];
}

/**
 * Makes HAProxy serve the newest configuration by the smallest change. Changes that come while one is made are merged.
 * What commands can do is done at once, even while a reload is waited for or was refused. A configuration that HAProxy
 * refuses is not tried again; the last good one stays, with the newest servers.
 */
export class Applier<P extends Plan = Plan> {
  readonly status: ApplierStatus = {
    applied: null,
    nack: null,
    reloads: 0,
    runtimeChanges: 0,
    lastReloadReasons: [],
  };
  private wanted: RouterConfig | null = null;
  private readonly refused = new Refusals();
  private readonly restart = new RestartDelay();
  private checking: Promise<void> | null = null;
  private checked: P | null = null;
  /** When HAProxy was last asked to take files; monotonic, in milliseconds. */
  private attemptedAt = -Infinity;
  /** Before which what has failed for another reason than the configuration is not tried again. */
  private retryAt = -Infinity;
  private isDue = false;
  private isStopped = false;
  private work: Promise<void> | null = null;
  private readonly waking = new Later(() => this.wake());
  private readonly keeping = new Later(() => this.keep());

  /** @param good the configuration that was served before the start; null when none is known */
  constructor(
    private readonly proxy: ProxyControl<P>,
    private good: RouterConfig | null,
    private readonly problems: Problems,
    private readonly listener: ApplierListener,
    private readonly log: ApplierLog,
  ) {}

  /** Has a configuration served, instead of any before. */
  want(config: RouterConfig): void {
    if (config.hash !== this.wanted?.hash) this.retryAt = -Infinity;
    this.wanted = config;
    this.wake();
  }

  /** Looks anew at what there is to do: HAProxy has ended, say. */
  wake(): void {
    this.isDue = true;
    if (this.isStopped) return;
    this.work ??= this.steps().finally(() => {
      this.work = null;
      // Something may have come after the last look.
      if (this.isDue) this.wake();
    });
  }

  /** Begins nothing more; resolves when what had begun is over. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.waking.stop();
    this.keeping.stop();
    await Promise.all([this.work, this.checking]);
  }

  private async steps(): Promise<void> {
    while (this.isDue && !this.isStopped) {
      this.isDue = false;
      if (this.wanted) await this.step(this.wanted);
    }
  }

  private async step(wanted: RouterConfig): Promise<void> {
    const target = this.servable(wanted);
    const plan = target && this.plan(target);
    if (!plan) return;
    if (plan.reloadReasons.length === 0) return this.change(plan);
    if (this.checked) return this.load(this.checked, wanted);
    // What can be done without the reload does not wait for it.
    if (this.proxy.isRunning) await this.run(plan);
    this.check(plan);
  }

  /** What should be served now; null when there is nothing that could. */
  private servable(wanted: RouterConfig): RouterConfig | null {
    if (!this.refused.has(wanted.hash)) return wanted;
    return this.good && withServersOf(this.good, wanted);
  }

  private plan(config: RouterConfig): P | null {
    try {
      return this.proxy.plan(config);
    } catch (error) {
      this.refuse(config, (error as Error).message);
      return null;
    }
  }

  private async change(plan: P): Promise<void> {
    if (this.checked) this.keeping.within(KEEP_WITHIN_MS);
    this.checked = null;
    if (!(await this.run(plan)) || plan.config !== this.wanted) return;
    this.good = plan.config;
    const { version, hash } = plan.config;
    const { applied, nack } = this.status;
    this.status.applied = { version, hash };
    this.status.nack = null;
    this.problems.set('port-taken', null);
    this.problems.set('haproxy-down', null);
    this.problems.set('disk-full', null, 'reload');
    if (nack || applied?.hash !== hash || applied.version !== version) this.listener.applied(plan.config);
  }

  /** Answers whether the plan was carried out. */
  private async run(plan: P): Promise<boolean> {
    try {
      await this.proxy.change(plan);
    } catch (error) {
      this.log.warn(
        { reason: (error as Error).message },
        'A change by command has failed; HAProxy is reloaded.',
      );
      this.isDue = true;
      return false;
    }
    if (plan.commands === 0) return true;
    this.status.runtimeChanges++;
    this.keeping.within(KEEP_WITHIN_MS);
    return true;
  }

  /** Checks aside, so that commands go on meanwhile; a later step loads it. */
  private check(plan: P): void {
    if (this.checking) return;
    const now = performance.now();
    const waitMs = this.proxy.isRunning
      ? Math.max(this.attemptedAt + RELOAD_EVERY_MS, this.retryAt) - now
      : this.restart.waitMs(now);
    if (waitMs > 0) return this.waking.in(waitMs);
    this.attemptedAt = now;
    this.checking = this.proxy
      .check(plan)
      .then(
        () => void (this.checked = plan),
        (error: unknown) => this.failed(plan, error),
      )
      .finally(() => {
        this.checking = null;
        this.wake();
      });
  }

  private async load(checked: P, wanted: RouterConfig): Promise<void> {
    this.checked = null;
    this.isDue = true;
    const { isRunning } = this.proxy;
    try {
      // Servers that came while it was checked need no check of their own.
      const plan = this.proxy.plan(withServersOf(checked.config, wanted));
      if (isRunning) this.attemptedAt = performance.now();
      else this.restart.started();
      await this.proxy.load(plan);
    } catch (error) {
      return this.failed(checked, error);
    }
    this.problems.set('haproxy-down', null);
    this.problems.set('disk-full', null, 'reload');
    const { reloadReasons: reasons, config } = checked;
    this.log.info({ reasons, version: config.version }, isRunning ? 'Reloaded HAProxy.' : 'Started HAProxy.');
    if (isRunning) {
      this.status.reloads++;
      this.status.lastReloadReasons = reasons;
    }
    this.listener.changed();
  }

  private failed(plan: P, error: unknown): void {
    const { message } = error as Error;
    if (error instanceof PortTaken) {
      this.problems.set('port-taken', message);
      this.refuse(plan.config, message, 'again');
    } else if (isDiskError(error)) {
      this.problems.set('disk-full', diskProblem(FILES, error), 'reload');
    } else if (error instanceof RefusedByProxy && plan.config.hash !== this.good?.hash) {
      this.refuse(plan.config, message);
    } else {
      // What has been good before, or nothing that a configuration could be blamed for.
      this.problems.set('haproxy-down', `HAProxy does not take its configuration: ${message}`);
    }
    this.retryAt = performance.now() + RETRY_MS;
    this.keeping.within(KEEP_WITHIN_MS);
    this.wake();
  }

  private refuse({ version, hash }: RouterConfig, reason: string, when: 'never' | 'again' = 'never'): void {
    if (when === 'never') this.refused.add(hash);
    if (this.status.nack?.hash === hash && this.status.nack.reason === reason) return;
    this.log.warn({ version, hash, reason }, 'This configuration is not served; the last good one is.');
    this.status.nack = { version, hash, reason, at: new Date().toISOString() };
    this.isDue = true;
    this.listener.changed();
  }

  private keep(): void {
    // What is being checked is in the files.
    if (this.checking || this.checked) return this.keeping.within(KEEP_WITHIN_MS);
    this.proxy.keep().then(
      () => this.problems.set('disk-full', null, 'keep'),
      (error: unknown) => {
        this.problems.set('disk-full', diskProblem(FILES, error), 'keep');
        this.keeping.within(RETRY_MS);
      },
    );
  }
}
