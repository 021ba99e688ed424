import { patched, type RouterConfig, type RouterConfigPatch } from '../domain/router-config.ts';
import { configHash } from '../proxy/config-hash.ts';

/** What a server sent is not a configuration, or not the one it says. The whole of it must be asked for again. */
export class UnusableEvent extends Error {
  override readonly name = 'UnusableEvent';
}

/**
 * The configuration after an event of the stream.
 * @param known the one before; null when there is none
 * @param event `config` or `patch`; others change nothing
 * @param data JSON: a RouterConfig or a RouterConfigPatch
 * @throws UnusableEvent
 */
export function afterEvent(known: RouterConfig | null, event: string, data: string): RouterConfig | null {
  if (event !== 'config' && event !== 'patch') return known;
  const config = event === 'config' ? parsed(data, isConfig) : patchedBy(known, parsed(data, isPatch));
  const hash = configHash(config);
  if (hash !== config.hash) {
    throw new UnusableEvent(
      `The server says that its configuration has the hash ${config.hash}; it has ${hash}.`,
    );
  }
  return config;
}

function patchedBy(known: RouterConfig | null, patch: RouterConfigPatch): RouterConfig {
  if (known?.hash === patch.base) return patched(known, patch);
  throw new UnusableEvent(
    `The server sent changes of the configuration ${patch.base}, but this router has ${known?.hash ?? 'none'}.`,
  );
}

function parsed<T>(data: string, fits: (value: unknown) => value is T): T {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (cause) {
    throw new UnusableEvent('The server sent an event that is not JSON.', { cause });
  }
  if (!fits(value)) {
    throw new UnusableEvent('The server sent an event without the fields of a configuration.');
  }
  return value;
}

/** Whether a value has the fields of a configuration. What routes say is looked at when it is applied. */
export function isConfig(value: unknown): value is RouterConfig {
  return (
    isObject(value) &&
    typeof value['version'] === 'number' &&
    typeof value['hash'] === 'string' &&
    isSettings(value['settings']) &&
    isListOf(value['routes'], isRoute) &&
    isListOf(value['certificates'], isCertificate)
  );
}

function isPatch(value: unknown): value is RouterConfigPatch {
  return (
    isObject(value) &&
    typeof value['base'] === 'string' &&
    typeof value['version'] === 'number' &&
    typeof value['hash'] === 'string' &&
    (value['settings'] === undefined || isSettings(value['settings'])) &&
    isListOf(value['routes'], isRoute) &&
    isListOf(value['removedRoutes'], isText) &&
    isListOf(value['certificates'], isCertificate) &&
    isListOf(value['removedCertificates'], isText)
  );
}

const isSettings = (value: unknown): boolean => isObject(value) && isListOf(value['trustedProxies'], isText);

const isRoute = (value: unknown): boolean =>
  isObject(value) &&
  typeof value['id'] === 'string' &&
  isObject(value['spec']) &&
  isListOf(value['servers'], (server) => isObject(server) && typeof server['id'] === 'string');

const isCertificate = (value: unknown): boolean =>
  isObject(value) && ['id', 'chain', 'sealedKey', 'expiresAt'].every((field) => isText(value[field]));

const isText = (value: unknown): boolean => typeof value === 'string';

const isListOf = (value: unknown, fits: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(fits);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
