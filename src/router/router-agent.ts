import { mkdir } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { RouterConfig } from '../domain/router-config.ts';
import type { ConfigReference, RouterReport } from '../domain/router-report.ts';
import { PROXY_SETTINGS, type ProxySettings } from '../proxy/settings.ts';
import type { AgentSettings } from './agent-settings.ts';
import { Applier } from './applier.ts';
import { CertificateBook } from './certificate-book.ts';
import { connectionLimit, openFilesLimit } from './connection-limit.ts';
import { diskProblem } from './disk-error.ts';
import { HaproxyControl, type HaproxyPlan } from './haproxy-control.ts';
import { HealthServer, type Health } from './health-server.ts';
import { LastGood } from './last-good.ts';
import { Later } from './later.ts';
import { Problems } from './problems.ts';
import { Reporter } from './reporter.ts';
import { shownAddress } from './server-address.ts';
import { ServerClient } from './server-client.ts';
import { ServerLink } from './server-link.ts';
import { StatsBook } from './stats-book.ts';
import { StatsReader } from './stats-reader.ts';

/** The last good configuration is on disk this long after it was applied, in milliseconds. */
const SAVE_WITHIN_MS = 1_000;
/** When it is tried again after the disk did not take it, in milliseconds. */
const SAVE_AGAIN_MS = 5_000;
/** How often is looked at what only time changes, in milliseconds. */
const LOOK_EVERY_MS = 60_000;
/** What servers take of a reason, in characters, and of how many. */
const REASON = 1_000;
const REASONS = 100;

/**
 * A router: follows the configuration of the servers, has HAProxy serve it, and tells how it is. What it served last it
 * serves again after a start, before any server has answered.
 */
export class RouterAgent {
  private readonly startedAt = new Date().toISOString();
  private readonly stopping = new AbortController();
  private readonly problems = new Problems((kind, detail) => this.problemChanged(kind, detail));
  private readonly stats = new StatsBook();
  private readonly client: ServerClient;
  private readonly certificates: CertificateBook;
  private readonly proxy: HaproxyControl;
  private readonly lastGood: LastGood;
  private readonly reporter: Reporter;
  private readonly reader: StatsReader;
  private readonly health = new HealthServer(() => this.healthNow());
  private readonly saving = new Later(() => void this.save());
  private applier: Applier<HaproxyPlan> | undefined;
  private link: ServerLink | undefined;
  private served: RouterConfig | null = null;
  private newest: ConfigReference | null = null;
  private haproxyVersion: string | null = null;
  private looking: NodeJS.Timeout | undefined;

  /** @param version of Swarmplane */
  constructor(
    private readonly settings: AgentSettings,
    private readonly version: string,
    private readonly log: Logger,
  ) {
    this.client = new ServerClient(settings.server, settings.token, settings.serverTls);
    this.certificates = new CertificateBook(settings.certificateKey, this.problems);
    this.proxy = new HaproxyControl(
      settings.haproxy,
      this.proxySettings(),
      this.certificates,
      this.problems,
      { ended: (reason) => this.haproxyEnded(reason), said: (line) => log.debug(line) },
      () => this.reader.read().catch(() => {}),
    );
    this.reader = new StatsReader(this.proxy.runtime, this.stats);
    this.lastGood = new LastGood(settings.dir, (path, reason) =>
      log.warn({ path, reason }, 'This file is no configuration as it was written; it is not taken.'),
    );
    this.reporter = new Reporter(
      this.client,
      () => this.head(),
      this.stats,
      (error) => log.debug({ reason: error.message }, 'A report did not arrive.'),
    );
  }

  /** Begins to serve and to follow. Rejects when it never could: there is no HAProxy, say. */
  async start(): Promise<void> {
    const { settings, log } = this;
    await this.health.listen(settings.healthPort);
    this.haproxyVersion = await this.proxy.version();
    await mkdir(settings.runDir, { recursive: true, mode: 0o700 });
    const good = await this.lastGood.read();
    const applier = new Applier<HaproxyPlan>(
      this.proxy,
      good,
      this.problems,
      { applied: (config) => this.applied(config), changed: () => this.reporter.soon() },
      log,
    );
    this.applier = applier;
    if (good) applier.want(good);
    this.link = new ServerLink(settings.server, this.client, settings.id, good, this.problems, {
      sent: ({ version, hash }) => (this.newest = { version, hash }),
      wanted: (config) => applier.want(config),
      connected: () => this.reporter.retell(),
    });
    void this.link.follow(this.stopping.signal);
    void this.reader.follow(this.stopping.signal);
    this.looking = setInterval(() => this.certificates.look(), LOOK_EVERY_MS);
    log.info(
      { router: settings.id, haproxy: this.haproxyVersion, lastGood: good?.version ?? null },
      `This router follows ${shownAddress(settings.server)}.`,
    );
  }

  /** Takes no new connections, lets those that there are end within the grace period, and ends. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearInterval(this.looking);
    this.saving.stop();
    await this.applier?.stop();
    await this.reporter.stop();
    await this.save();
    await this.proxy.stop(this.settings.graceMs);
    this.client.close();
    this.health.close();
  }

  private proxySettings(): ProxySettings {
    const { address, httpPort, httpsPort, publicHttpsPort, healthPort, runDir, accessLog } = this.settings;
    const { maxConnections, problem } = connectionLimit(openFilesLimit());
    this.problems.set('file-limit', problem);
    return {
      ...PROXY_SETTINGS,
      address,
      httpPort,
      httpsPort,
      publicHttpsPort,
      takenPorts: [healthPort],
      runDirectory: runDir,
      accessLog,
      maxConnections,
    };
  }

  private applied(config: RouterConfig): void {
    const { version, hash } = config;
    this.log.debug({ version, hash }, 'Serves this configuration.');
    this.served = config;
    this.saving.within(SAVE_WITHIN_MS);
    this.reporter.soon();
  }

  private haproxyEnded(reason: string): void {
    this.problems.set('haproxy-down', `HAProxy has ended and is started again: ${reason}`);
    this.applier?.wake();
  }

  private problemChanged(kind: string, detail: string | null): void {
    if (detail === null) this.log.info({ kind }, 'A problem is gone.');
    else this.log.warn({ kind }, detail);
    this.reporter?.soon();
  }

  private async save(): Promise<void> {
    const config = this.served;
    if (!config) return;
    try {
      await this.lastGood.write(config);
      this.problems.set('disk-full', null, this.settings.dir);
    } catch (error) {
      this.problems.set('disk-full', diskProblem(this.settings.dir, error), this.settings.dir);
      this.saving.within(SAVE_AGAIN_MS);
    }
  }

  /** What this router says of itself, but for statistics. */
  private head(): Omit<RouterReport, 'stats'> {
    const { id, nodeId, nodeHostname, httpPort, httpsPort } = this.settings;
    const {
      applied = null,
      nack = null,
      reloads = 0,
      runtimeChanges = 0,
      lastReloadReasons = [],
    } = this.applier?.status ?? {};
    return {
      id,
      nodeId,
      nodeHostname,
      agentVersion: this.version,
      haproxyVersion: this.haproxyVersion,
      startedAt: this.startedAt,
      entrypoints: { http: { port: httpPort }, https: { port: httpsPort } },
      config: this.newest,
      applied,
      nack: nack && { ...nack, reason: nack.reason.slice(0, REASON) },
      problems: this.problems.all().map(({ kind, detail }) => ({ kind, detail: detail.slice(0, REASON) })),
      reloads,
      runtimeChanges,
      lastReloadReasons: lastReloadReasons.slice(0, REASONS).map((reason) => reason.slice(0, REASON)),
    };
  }

  private healthNow(): Health {
    const ready = this.proxy.isRunning && this.served !== null && !this.stopping.signal.aborted;
    return { ready, serverAwayMs: this.link?.awayMs ?? null, ...this.head() };
  }
}
