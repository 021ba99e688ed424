import type { RouterConfig } from '../../src/domain/router-config.ts';
import { PortTaken, RefusedByProxy, type Plan, type ProxyControl } from '../../src/router/proxy-control.ts';
import { withServersOf } from '../../src/router/with-servers-of.ts';

/** A HAProxy that takes what it is told, unless told otherwise. Anything but servers is structure. */
export class FakeProxy implements ProxyControl<Plan> {
  isRunning = false;
  served: RouterConfig | null = null;
  /** What was done: `load`, `change`, `check` with the version, and when, in milliseconds of the clock of the test. */
  readonly done: {
    readonly what: 'check' | 'load' | 'change' | 'keep';
    readonly version: number;
    readonly at: number;
  }[] = [];
  /** How long each thing takes, in milliseconds. */
  takes = { check: 0, load: 0, change: 0 };
  /** Why a configuration is refused, and when; null takes it. */
  refusal: (config: RouterConfig, by: 'plan' | 'check' | 'load' | 'change') => Error | null = () => null;
  private isUnsure = false;

  plan(config: RouterConfig): Plan {
    const error = this.refusal(config, 'plan');
    if (error) throw error;
    const isSteerable = this.isRunning && !this.isUnsure;
    return {
      config,
      commands: isSteerable ? this.differences(config) : 0,
      reloadReasons: this.reasons(config),
    };
  }

  async change({ config, commands, reloadReasons }: Plan): Promise<void> {
    if (commands > 0) await this.does('change', config);
    this.served = reloadReasons.length > 0 ? withServersOf(this.served!, config) : config;
  }

  async check({ config }: Plan): Promise<void> {
    await this.does('check', config);
  }

  async load({ config }: Plan): Promise<void> {
    await this.does('load', config);
    this.isRunning = true;
    this.isUnsure = false;
    this.served = config;
  }

  async keep(): Promise<void> {
    this.done.push({ what: 'keep', version: this.served?.version ?? 0, at: performance.now() });
  }

  /** How often something was done. */
  count(what: FakeProxy['done'][number]['what']): number {
    return this.done.filter((each) => each.what === what).length;
  }

  private async does(what: 'check' | 'load' | 'change', config: RouterConfig): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.takes[what]));
    const error = this.refusal(config, what);
    if (error && what === 'change') this.isUnsure = true;
    if (error) throw error;
    this.done.push({ what, version: config.version, at: performance.now() });
  }

  private reasons(config: RouterConfig): string[] {
    if (!this.isRunning) return ['HAProxy does not run.'];
    if (this.isUnsure) return ['A command has failed.'];
    return structureOf(config) === structureOf(this.served!) ? [] : ['The routes are others.'];
  }

  private differences({ routes }: RouterConfig): number {
    const before = new Map(this.served?.routes.map(({ id, servers }) => [id, JSON.stringify(servers)]));
    return routes.filter(({ id, servers }) => before.has(id) && before.get(id) !== JSON.stringify(servers))
      .length;
  }
}

/** Everything of a configuration but its servers. */
export const structureOf = ({ settings, routes }: RouterConfig): string =>
  JSON.stringify([settings, routes.map(({ servers: _, ...route }) => route)]);

export const refused = (reason: string): Error => new RefusedByProxy(reason);
export const portTaken = (reason: string): Error => new PortTaken(reason);
export const diskFull = (): Error =>
  Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
