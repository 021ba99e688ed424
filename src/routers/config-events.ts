import { EventStream, eventText, retryText, type EventText } from '../api/event-stream.ts';
import { ALIVE } from '../api/live-streams.ts';
import { changesById } from '../domain/changes-by-id.ts';
import type { RouterConfig, RouterConfigPatch } from '../domain/router-config.ts';
import type { RouterConfigs } from './router-configs.ts';

const NOTHING = Buffer.alloc(0);

/**
 * What one router is told: the whole configuration, then what makes the newest of the one that it was told last. Nothing
 * waits for a slow router but the difference.
 */
export class ConfigEvents implements EventText {
  readonly stream: EventStream;
  private told: RouterConfig | null = null;
  private readonly stop: () => void;

  /**
   * @param serviceId of the service that the router belongs to; null where it is not known
   * @param hash of the configuration that the router has already; null without one
   * @param heartbeatMs how often a silent stream says that it is alive, in milliseconds
   */
  constructor(
    private readonly configs: RouterConfigs,
    private readonly serviceId: string | null,
    hash: string | null,
    heartbeatMs: number,
  ) {
    const newest = configs.of(serviceId);
    const isThere = hash === newest.hash;
    if (isThere) this.told = newest;
    // A router that has it already is told so, and is not left waiting.
    const opening = isThere ? patchText(newest, newest).toString() : '';
    this.stream = new EventStream(this, `${retryText()}\n${opening}`, heartbeatMs);
    this.stop = configs.subscribe(() => this.stream.wake());
  }

  take(): Buffer {
    const newest = this.configs.of(this.serviceId);
    const { told } = this;
    this.told = newest;
    if (told?.hash === newest.hash) return NOTHING;
    return told ? patchText(told, newest) : configText(newest);
  }

  heartbeat(): string {
    return ALIVE;
  }

  release(): void {
    this.stop();
  }
}

/** How a router gets from one configuration to another. */
export function patchBetween(from: RouterConfig, to: RouterConfig): RouterConfigPatch {
  const routes = changesById(from.routes, to.routes);
  const certificates = changesById(from.certificates, to.certificates);
  const isSameSettings = JSON.stringify(from.settings) === JSON.stringify(to.settings);
  return {
    base: from.hash,
    version: to.version,
    hash: to.hash,
    ...(isSameSettings ? {} : { settings: to.settings }),
    routes: routes.changed,
    removedRoutes: routes.removed,
    certificates: certificates.changed,
    removedCertificates: certificates.removed,
  };
}

// Many routers are told the same at the same time: it is written once.
const configTexts = new WeakMap<RouterConfig, Buffer>();
const patchTexts = new WeakMap<RouterConfig, { readonly to: RouterConfig; readonly text: Buffer }>();

function configText(config: RouterConfig): Buffer {
  let text = configTexts.get(config);
  if (!text) {
    text = Buffer.from(eventText('config', JSON.stringify(config)));
    configTexts.set(config, text);
  }
  return text;
}

function patchText(from: RouterConfig, to: RouterConfig): Buffer {
  const known = patchTexts.get(from);
  if (known?.to === to) return known.text;
  const text = Buffer.from(eventText('patch', JSON.stringify(patchBetween(from, to))));
  patchTexts.set(from, { to, text });
  return text;
}
