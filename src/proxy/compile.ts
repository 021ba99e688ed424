import type { RouterConfig, SealedCertificate } from '../domain/router-config.ts';
import { backendsOf } from './backends.ts';
import { frontendsOf } from './frontends.ts';
import type { ProxyBackend, ProxyModel } from './model.ts';
import type { ProxySettings } from './settings.ts';

/** What of a configuration HAProxy is told. */
export type Served = Pick<RouterConfig, 'settings' | 'routes' | 'certificates'>;

/**
 * What HAProxy shall be for a configuration. It does not depend on the order of what is in it. A route that can not be
 * served is in `refused`, and keeps nobody else from being served. With the model before it in hand only what changed is
 * made anew: a route that is the same object costs a comparison, one that has other servers but says the same costs
 * those, and where no route says anything new the frontends are as they were.
 */
export function compile(config: Served, settings: ProxySettings, previous?: ProxyModel): ProxyModel {
  const before = previous && isSame(previous, config, settings) ? previous : undefined;
  const { backends, refused } = backendsOf(config.routes, settings, before?.backends);
  const certificates = certificatesOf(config.certificates, before?.certificates);
  const frontends =
    before && certificates === before.certificates && sameClaims(before.backends, backends)
      ? before.frontends
      : frontendsOf({ backends, certificates, settings, router: config.settings }, before?.frontends);
  return {
    settings,
    router: config.settings,
    backends,
    frontends,
    certificates,
    refused: [...refused, ...frontends.refused].sort((a, b) => (a.route < b.route ? -1 : 1)),
  };
}

/** All texts depend on the settings, which hardly ever change. */
const isSame = (model: ProxyModel, config: Served, settings: ProxySettings): boolean =>
  isEqual(model.settings, settings) && isEqual(model.router, config.settings);

const isEqual = (a: object, b: object): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

type Certificates = ReadonlyMap<string, SealedCertificate>;

function certificatesOf(all: readonly SealedCertificate[], before: Certificates | undefined): Certificates {
  if (before?.size === all.length && all.every((each) => before.get(each.id) === each)) return before;
  return new Map([...all].sort((a, b) => (a.id < b.id ? -1 : 1)).map((each) => [each.id, each]));
}

type Backends = ReadonlyMap<string, ProxyBackend>;

function sameClaims(before: Backends, now: Backends): boolean {
  if (before.size !== now.size) return false;
  for (const [id, { claim }] of now) if (before.get(id)?.claim !== claim) return false;
  return true;
}
