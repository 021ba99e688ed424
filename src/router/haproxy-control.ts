import { join } from 'node:path';
import type { RouterConfig } from '../domain/router-config.ts';
import type { RuntimeCommand } from '../proxy/command.ts';
import { compile } from '../proxy/compile.ts';
import { diff } from '../proxy/diff.ts';
import type { ProxyModel } from '../proxy/model.ts';
import { render } from '../proxy/render.ts';
import { RuntimeSocket } from '../proxy/runtime.ts';
import type { StepSources } from '../proxy/runtime-steps.ts';
import { pathsIn, type ProxySettings } from '../proxy/settings.ts';
import type { CertificateBook } from './certificate-book.ts';
import { FileSet } from './file-set.ts';
import { assertFree } from './free-port.ts';
import { HaproxyProcess, type HaproxyListener } from './haproxy-process.ts';
import type { Problems } from './problems.ts';
import { RefusedByProxy, type Plan, type ProxyControl } from './proxy-control.ts';
import { RetiredServers } from './retired-servers.ts';

/** How many of the routes that are not served are named. */
const TOLD = 5;

export interface HaproxyPlan extends Plan {
  /** What HAProxy shall be. */
  readonly model: ProxyModel;
  readonly steps: readonly RuntimeCommand[];
  /** What it is when only the steps are done. */
  readonly between: ProxyModel;
}

/** Steers a real HAProxy: what it is at the moment, as far as is known, and how it becomes something else. */
export class HaproxyControl implements ProxyControl<HaproxyPlan> {
  readonly runtime: RuntimeSocket;
  private readonly process: HaproxyProcess;
  private readonly files = new FileSet();
  private readonly retired: RetiredServers;
  private model: ProxyModel | null = null;
  /** Why it is not known what HAProxy is; null when it is. */
  private doubt: string | null = null;

  constructor(
    program: string,
    private readonly settings: ProxySettings,
    private readonly certificates: CertificateBook,
    private readonly problems: Problems,
    listener: HaproxyListener,
    private readonly beforeReload: () => Promise<void>,
  ) {
    const { runDirectory } = settings;
    const { config, socket } = pathsIn(settings);
    const paths = {
      program,
      config,
      masterSocket: join(runDirectory, 'master.sock'),
      pidFile: join(runDirectory, 'pid'),
    };
    this.process = new HaproxyProcess(paths, listener);
    this.runtime = new RuntimeSocket(socket);
    this.retired = new RetiredServers((backend, server) => this.runtime.remove(backend, server));
  }

  get isRunning(): boolean {
    return this.process.isRunning;
  }

  /** Of the program. Rejects when it is not there. */
  version(): Promise<string> {
    return this.process.version();
  }

  plan(config: RouterConfig): HaproxyPlan {
    const certificates = this.certificates.usable(config.certificates);
    const model = compile({ ...config, certificates }, this.settings, this.model ?? undefined);
    const reason = this.isRunning ? this.doubt : 'HAProxy does not run.';
    if (!this.model || reason !== null) {
      return {
        config,
        model,
        between: this.model ?? model,
        steps: [],
        commands: 0,
        reloadReasons: [reason ?? ''],
      };
    }
    const { commands: steps, reloadReasons, between } = diff(this.model, model);
    return { config, model, between, steps, commands: steps.length, reloadReasons };
  }

  async change({ steps, between, model }: HaproxyPlan): Promise<void> {
    try {
      const commands = (await Promise.all(steps.map((step) => this.revived(step)))).flat();
      await this.runtime.run(commands, this.sources);
    } catch (error) {
      this.doubt = (error as Error).message;
      throw error;
    }
    for (const step of steps) if (step.kind === 'retire') this.retired.add(step.backend, step.server);
    this.model = between;
    if (between === model) this.tellUnserved(model);
  }

  async check({ model }: HaproxyPlan): Promise<void> {
    for (const port of model.frontends.listens.keys()) {
      if (!this.model?.frontends.listens.has(port)) await assertFree(this.settings.address, port);
    }
    await this.write(model);
    // What would be asked of a HAProxy that does not run is found out by starting it.
    if (this.isRunning) await this.process.check();
  }

  async load({ model }: HaproxyPlan): Promise<void> {
    await this.write(model);
    if (this.isRunning) {
      await this.beforeReload();
      await this.process.reload();
    } else {
      await this.process.start();
    }
    this.retired.clear();
    this.model = model;
    this.doubt = null;
    this.tellUnserved(model);
    await this.runtime.info();
  }

  async keep(): Promise<void> {
    if (this.model) await this.write(this.model);
  }

  /** Lets connections end for so many milliseconds, and ends. */
  async stop(graceMs: number): Promise<void> {
    this.retired.clear();
    await this.process.stop(graceMs);
  }

  private get sources(): StepSources {
    return { settings: this.settings, pemOf: (certificate) => this.certificates.pem(certificate) };
  }

  private async write(model: ProxyModel): Promise<void> {
    let files: Map<string, string>;
    try {
      const rendering = render(model);
      files = new Map(rendering.files);
      for (const [path, certificate] of rendering.certificates) {
        files.set(path, this.certificates.pem(certificate));
      }
    } catch (error) {
      throw new RefusedByProxy((error as Error).message, { cause: error });
    }
    await this.files.write(files);
  }

  /** A server that is to come but was never quite gone is there already. */
  private async revived(command: RuntimeCommand): Promise<readonly RuntimeCommand[]> {
    if (command.kind !== 'add-server') return [command];
    const { backend, server } = command;
    if (!(await this.retired.withdraw(backend, server.name))) return [command];
    return [
      { kind: 'move', backend, server },
      { kind: 'weight', backend, server },
      { kind: server.isDraining ? 'drain' : 'ready', backend, server: server.name },
    ];
  }

  private tellUnserved({ refused }: ProxyModel): void {
    const told = refused.slice(0, TOLD).map(({ route, reason }) => `Route ${route}: ${reason}`);
    const more = refused.length > TOLD ? ` There are ${refused.length - TOLD} more.` : '';
    this.problems.set('route-unserved', refused.length === 0 ? null : `${told.join(' ')}${more}`);
  }
}
